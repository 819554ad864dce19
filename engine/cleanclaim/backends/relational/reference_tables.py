"""Reference tables in the database: the rows that policies bring, and those of imported tables, read in their files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from cleanclaim.backends.relational.duckdb_functions import FIRST_DAY, LAST_DAY
from cleanclaim.backends.relational.layout import TYPES, columns_of
from cleanclaim.backends.relational.rows import Rows, sql_type
from cleanclaim.policy.model import TableSpec
from cleanclaim.policy.tables import Row, Table
from cleanclaim.tables.in_place import Part, StoredRows

_PLACE, _PART = "__place", "__part"


@dataclass(frozen=True)
class InFiles:
    """The rows of a table as a query of files, and the values that it binds."""

    query: str
    values: tuple[object, ...]

    def load(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        """Makes a table of them, in the place of one that was there."""
        connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS {self.query}', self.values)

    def arrow(self) -> pa.Table:
        """The same for another database, of which DuckDB reads the files."""
        with duckdb.connect() as connection:
            return connection.execute(self.query, self.values).to_arrow_table()


Incoming = Rows | InFiles


def incoming(table: Table, spec: TableSpec) -> Incoming:
    """A reference table: its columns, the first and last date of every row, and its rank among rows of one key."""
    return _in_files(table, table.rows, spec) if isinstance(table.rows, StoredRows) else rows_of(table, spec)


def rows_of(table: Table, spec: TableSpec) -> Rows:
    """The same of any table, by its rows."""
    rows = list(table.rows)
    columns: dict[str, tuple[pa.DataType, Sequence[object]]] = {
        f"c_{name}": (TYPES[type_], [row[name] for row in rows]) for name, type_ in columns_of(spec).items()
    }
    starts = [_day(row, table.start) or date.min for row in rows]
    ends = [_day(row, table.through) or date.max for row in rows]
    # The latest-starting row counts first, and of those the first in the file.
    order = sorted(range(len(rows)), key=lambda at: starts[at], reverse=True)
    ranks = {at: rank for rank, at in enumerate(order)}
    columns |= {"starts": (pa.date32(), starts), "ends": (pa.date32(), ends)}
    return columns | {"rank": (pa.int64(), [ranks[at] for at in range(len(rows))])}


def _day(row: Row, column: str | None) -> date | None:
    day = row[column] if column is not None else None
    return day if isinstance(day, date) else None


def _in_files(table: Table, rows: StoredRows, spec: TableSpec) -> InFiles:
    values: list[object] = []
    parts = " UNION ALL ".join(_part(number, part, rows, values) for number, part in enumerate(rows.parts))
    wanted = []
    for column, codes in rows.values.items():
        if column in rows.types:
            wanted.append(f'("{column}" IS NULL OR "{column}" IN (SELECT unnest(?::VARCHAR[])))')
            values.append(sorted(codes))
    every = f"SELECT * FROM ({parts}) WHERE {' AND '.join(wanted) or 'TRUE'}"
    if rows.superseding:
        keys = ", ".join(f'"{column}"' for column in rows.superseding)
        every += f" QUALIFY {_PART} = min({_PART}) OVER (PARTITION BY {keys})"
    starts, ends = _or(table.start, FIRST_DAY), _or(table.through, LAST_DAY)
    columns = "".join(f'"{column}" AS "c_{column}", ' for column in columns_of(spec))
    rank = f"row_number() OVER (ORDER BY {starts} DESC, {_PART}, {_PLACE}) - 1"
    query = f"SELECT {columns}{starts} AS starts, {ends} AS ends, {rank} AS rank FROM ({every})"
    return InFiles(query, tuple(values))


def _part(number: int, part: Part, rows: StoredRows, values: list[object]) -> str:
    """The rows of one release with the types that the policy declares."""
    cells, joined = [], ""
    for at, (column, type_) in enumerate(rows.types.items()):
        wanted = sql_type(TYPES[type_])
        if column in part.given:
            cells.append(f'CAST(? AS {wanted}) AS "{column}"')
            values.append(part.given[column])
        elif column in part.read:
            cells.append(f'r{at}.value AS "{column}"')
            joined += f" LEFT JOIN (SELECT unnest(?::VARCHAR[]) AS text, unnest(?::{wanted}[]) AS value) AS r{at} "
            joined += f'ON s."{column}" = r{at}.text'
        else:
            cells.append(f's."{column}"')
    for column in rows.types:
        if column not in part.given and column in part.read:
            values += [list(part.read[column]), list(part.read[column].values())]
    path = str(part.path).replace("'", "''")
    source = f"read_parquet(['{path}'], file_row_number = true) AS s"
    return f"SELECT {', '.join(cells)}, {number} AS {_PART}, s.file_row_number AS {_PLACE} FROM {source}{joined}"


def _or(column: str | None, day: str) -> str:
    return f'coalesce("{column}", {day})' if column is not None else day
