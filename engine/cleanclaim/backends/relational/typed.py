"""Types and schemas of tables as Ibis knows them."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa
from ibis.backends.sql.datatypes import DuckDBType

from cleanclaim.backends.relational.rows import Rows
from cleanclaim.claims.fields import ValueType

IBIS_TYPES: Mapping[ValueType, dt.DataType] = {
    ValueType.CODE: dt.string,
    ValueType.CODES: dt.Array(dt.string),
    ValueType.TEXT: dt.string,
    ValueType.NUMBER: dt.Decimal(18, 6),
    ValueType.MONEY: dt.Decimal(18, 2),
    ValueType.DATE: dt.date,
    ValueType.BOOLEAN: dt.boolean,
}


def schema(columns: Mapping[str, str]) -> ibis.Schema:
    """The schema of columns whose types are named as DuckDB names them."""
    return ibis.schema({name: DuckDBType.from_string(type_) for name, type_ in columns.items()})


def schema_of(rows: Rows) -> ibis.Schema:
    """The types of the columns of rows of our own."""
    return ibis.Schema.from_pyarrow(pa.schema([(name, type_) for name, (type_, _) in rows.items()]))
