"""Lines that are in a database or in files already: a query as the table of lines that programs read."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import ibis
import ibis.expr.datatypes as dt
from ibis.backends.sql.datatypes import DuckDBType

from cleanclaim.backends.relational.layout import ROW, STATUS, schema
from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import Status

_IDENTIFIERS = frozenset(
    spec.attribute for spec in BY_NAME.values() if spec.type is ValueType.TEXT and spec.name != "claim_type"
)
"""Fields of which mostly equality counts: a number is as good as its text, and compares faster."""


def lines_of(
    connection: duckdb.DuckDBPyConnection, query: str, facts: Mapping[str, ValueType]
) -> tuple[ibis.Schema, str]:
    """The lines of a query, as a schema to make a program for and the query of a view.

    The query has columns by the names of :class:`cleanclaim.claims.model.Line`, and ``fact_…`` for declared facts;
    those that it lacks are missing on every line. Without a ``row`` the lines are numbered as they come, without
    a ``status`` all are judged.
    """
    given = {
        name: DuckDBType.from_string(type_) for name, type_, *_ in connection.execute(f"DESCRIBE {query}").fetchall()
    }
    types: dict[str, dt.DataType] = {}
    columns: list[str] = []
    for name, wanted in schema(facts).items():
        types[name] = given[name] if name in given and serves(name, given[name], wanted) else wanted
        columns.append(f'{_column(name, given, types[name])} AS "{name}"')
    return ibis.schema(types), f"SELECT {', '.join(columns)} FROM ({query})"


def serves(name: str, given: dt.DataType, wanted: dt.DataType) -> bool:
    """Whether a column can stay as it is: identifiers may be whole numbers, and so may amounts."""
    if given.copy(nullable=True) == wanted:
        return True
    return given.is_integer() and (name in _IDENTIFIERS or wanted.is_decimal() or wanted.is_integer())


def _column(name: str, given: Mapping[str, dt.DataType], type_: dt.DataType) -> str:
    if name in given:
        return f'"{name}"' if given[name] == type_ else f'CAST("{name}" AS {DuckDBType.to_string(type_)})'
    if name == ROW:
        return "row_number() OVER ()"
    if name == STATUS:
        return f"'{Status.CLAIM.value}'"
    return f"CAST(NULL AS {DuckDBType.to_string(type_)})"
