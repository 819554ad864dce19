"""Lines that are in a database or in files already: a query as the table of lines that programs read."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from cleanclaim.backends.relational.layout import ROW, STATUS, columns
from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import Status

_IDENTIFIERS = frozenset(
    spec.attribute for spec in BY_NAME.values() if spec.type is ValueType.TEXT and spec.name != "claim_type"
)
"""Fields of which mostly equality counts: a number is as good as its text, and compares faster."""


_WHOLE = frozenset(
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")
)


def lines_of(
    connection: duckdb.DuckDBPyConnection, query: str, facts: Mapping[str, ValueType]
) -> tuple[Mapping[str, str], str]:
    """The lines of a query, as the columns to make a program for and the query of a view.

    The query has columns by the names of :class:`cleanclaim.claims.model.Line`, and ``fact_…`` for declared facts;
    those that it lacks are missing on every line. Without a ``row`` the lines are numbered as they come, without
    a ``status`` all are judged.
    """
    given = {name: type_.replace(",", ", ") for name, type_, *_ in connection.execute(f"DESCRIBE {query}").fetchall()}
    types: dict[str, str] = {}
    cells: list[str] = []
    for name, wanted in columns(facts).items():
        found = given.get(name)
        stays = found is not None and (found == wanted or (found in _WHOLE and may_be_whole(name, wanted)))
        types[name] = found if found is not None and stays else wanted
        cells.append(f'{_cell(name, found, types[name])} AS "{name}"')
    return types, f"SELECT {', '.join(cells)} FROM ({query})"


def may_be_whole(name: str, type_: str) -> bool:
    """Whether whole numbers serve in the place of a column's own type: as identifiers, and as amounts."""
    return name in _IDENTIFIERS or type_.startswith("DECIMAL") or type_ == "BIGINT"


def _cell(name: str, given: str | None, type_: str) -> str:
    if given is not None:
        return f'"{name}"' if given == type_ else f'CAST("{name}" AS {type_})'
    if name == ROW:
        return "row_number() OVER ()"
    if name == STATUS:
        return f"'{Status.CLAIM.value}'"
    return f"CAST(NULL AS {type_})"
