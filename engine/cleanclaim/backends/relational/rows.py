"""Rows of our own for a database: columns of values with their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

Rows = Mapping[str, tuple[pa.DataType, Sequence[object]]]
"""Values by column, each column with its type."""

FEW = 20_000
"""Up to so many rows are handed over as values: for more Arrow is faster, and brings pandas in."""


def load(connection: duckdb.DuckDBPyConnection, name: str, rows: Rows) -> None:
    """Makes a table of rows, in the place of one that was there."""
    if all(len(values) <= FEW for _, values in rows.values()):
        columns = ", ".join(f'unnest(?::{sql_type(type_)}[]) AS "{column}"' for column, (type_, _) in rows.items())
        values = [list(values) for _, values in rows.values()]
        connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT {columns}', values)
    else:
        load_arrow(
            connection, name, pa.table({name: pa.array(values, type_) for name, (type_, values) in rows.items()})
        )


def load_arrow(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """Makes a table of an Arrow table, in the place of one that was there."""
    connection.register("incoming", table)
    connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM incoming')
    connection.unregister("incoming")


def sql_type(type_: pa.DataType) -> str:
    """A type as DuckDB names it."""
    if pa.types.is_list(type_):
        return f"{sql_type(type_.value_type)}[]"
    if pa.types.is_decimal(type_):
        return f"DECIMAL({type_.precision}, {type_.scale})"
    return _TYPES[type_]


def type_of(name: str) -> pa.DataType:
    """The type that DuckDB names so, of those that :func:`sql_type` names; raises ``ValueError`` for others."""
    if name.endswith("[]"):
        return pa.list_(type_of(name[:-2]))
    if name.startswith("DECIMAL("):
        precision, scale = name.removeprefix("DECIMAL(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    found = next((type_ for type_, each in _TYPES.items() if each == name), None)
    if found is None:
        raise ValueError(f"{name} is none of our types")
    return found


_TYPES: Mapping[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.date32(): "DATE",
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
}
