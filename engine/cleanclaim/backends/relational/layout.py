"""The columns of the table of lines that a relational engine reads: one for every field and declared fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from cleanclaim.backends.relational.rows import sql_type
from cleanclaim.claims.fields import FIELDS, FieldSpec, ValueType
from cleanclaim.claims.model import Line
from cleanclaim.policy.model import FieldOf, TableSpec
from cleanclaim.policy.versions import Edition

ROW = "row"
"""Tells every line from every other; ties of the canonical order fall in its order."""
STATUS = "status"
RULE = "rule"
KEYS = (RULE, ROW)
"""What tells one question from every other: which rule, of which line."""
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


def columns(facts: Mapping[str, ValueType]) -> Mapping[str, str]:
    """The columns of the table of lines, each with its type as DuckDB names it."""
    types: dict[str, pa.DataType] = {ROW: pa.int64(), STATUS: pa.string()}
    types |= {spec.attribute: _type_of(spec) for spec in FIELDS}
    types |= {f"fact_{name}": TYPES[type_] for name, type_ in facts.items()}
    return {name: sql_type(type_) for name, type_ in types.items()}


def columns_of(spec: TableSpec) -> Mapping[str, ValueType]:
    """The columns that rules may speak of: those of its dates too."""
    dates = (name for name in (spec.start, spec.through) if name is not None)
    return {**dict.fromkeys(dates, ValueType.DATE), **spec.columns}


def table_of(lines: Sequence[Line], facts: Mapping[str, ValueType]) -> pa.Table:
    """Lines as an Arrow table; ``row`` is their place."""
    arrays: dict[str, pa.Array] = {
        ROW: pa.array(range(len(lines)), pa.int64()),
        STATUS: pa.array([line.status.value for line in lines], pa.string()),
    }
    for spec in FIELDS:
        place = Line._fields.index(spec.attribute)
        arrays[spec.attribute] = _array([line[place] for line in lines], _type_of(spec))
    for name, fact in facts.items():
        arrays[f"fact_{name}"] = _array([line.facts.get(name) for line in lines], TYPES[fact])
    return pa.table(arrays)


def _array(values: Iterable[object], type_: pa.DataType) -> pa.Array:
    return pa.array(list(values), type_)


def _type_of(spec: FieldSpec) -> pa.DataType:
    return pa.int64() if spec.name == "line" else TYPES[spec.type]
