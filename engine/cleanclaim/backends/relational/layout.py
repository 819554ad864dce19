"""The columns of the table of lines that a relational engine reads: one for every field and declared fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa

from cleanclaim.claims.fields import FIELDS, ValueType
from cleanclaim.claims.model import Line
from cleanclaim.policy.model import FieldOf
from cleanclaim.policy.versions import Edition

ROW = "row"
"""Tells every line from every other; ties of the canonical order fall in its order."""
STATUS = "status"
OTHER = "o_"
"""What the columns of the other line are prefixed with, where two lines stand beside each other."""

NUMBER = pa.decimal128(18, 6)
MONEY = pa.decimal128(18, 2)
TYPES: Mapping[ValueType, pa.DataType] = {
    ValueType.CODE: pa.string(),
    ValueType.CODES: pa.list_(pa.string()),
    ValueType.TEXT: pa.string(),
    ValueType.NUMBER: NUMBER,
    ValueType.MONEY: MONEY,
    ValueType.DATE: pa.date32(),
    ValueType.BOOLEAN: pa.bool_(),
}
"""How values are held: exact decimals in 64 bits, as the inputs and the policies limit them."""

IBIS_TYPES: Mapping[ValueType, dt.DataType] = {
    ValueType.CODE: dt.string,
    ValueType.CODES: dt.Array(dt.string),
    ValueType.TEXT: dt.string,
    ValueType.NUMBER: dt.Decimal(18, 6),
    ValueType.MONEY: dt.Decimal(18, 2),
    ValueType.DATE: dt.date,
    ValueType.BOOLEAN: dt.boolean,
}


def column_of(field: FieldOf) -> str:
    """The column that holds a field or a declared fact."""
    return f"fact_{field.name}" if field.declared else field.name.replace(".", "_")


def declared(edition: Edition) -> Mapping[str, ValueType]:
    """The declared facts of all policies, by name; a library gives each one type."""
    return {
        name: fact.type
        for known in edition.policies
        for policy in known.versions
        for name, fact in sorted(policy.facts.items())
    }


def schema(facts: Mapping[str, ValueType]) -> ibis.Schema:
    """The table of lines as Ibis sees it."""
    columns: dict[str, dt.DataType] = {ROW: dt.int64, STATUS: dt.string}
    for spec in FIELDS:
        columns[spec.attribute] = dt.int64 if spec.name == "line" else IBIS_TYPES[spec.type]
    columns |= {f"fact_{name}": IBIS_TYPES[type_] for name, type_ in facts.items()}
    return ibis.schema(columns)


def table_of(lines: Sequence[Line], facts: Mapping[str, ValueType]) -> pa.Table:
    """Lines as an Arrow table; ``row`` is their place."""
    arrays: dict[str, pa.Array] = {
        ROW: pa.array(range(len(lines)), pa.int64()),
        STATUS: pa.array([line.status.value for line in lines], pa.string()),
    }
    for spec in FIELDS:
        type_ = pa.int64() if spec.name == "line" else TYPES[spec.type]
        place = Line._fields.index(spec.attribute)
        arrays[spec.attribute] = _array([line[place] for line in lines], type_)
    for name, fact in facts.items():
        arrays[f"fact_{name}"] = _array([line.facts.get(name) for line in lines], TYPES[fact])
    return pa.table(arrays)


def _array(values: Iterable[object], type_: pa.DataType) -> pa.Array:
    return pa.array(list(values), type_)
