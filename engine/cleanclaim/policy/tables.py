"""Reference tables that policies look things up in: typed, dated rows with an index by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cleanclaim.claims.model import Scalar
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.model import Period, TableSpec
from cleanclaim.policy.table_rows import TableFile

Row = Mapping[str, Scalar | None]
Key = tuple[Scalar, ...]


class TableError(PolicyError):
    """A table that cannot be read as its policy declares it, with everything that is wrong with it."""


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of one table. ``start`` and ``through`` name the columns of a row's dates.

    ``coverage`` are the dates of service that an imported table speaks of, ``None`` all: outside them a
    row that is not there says nothing, so rules that need the table are not judged.
    """

    name: str
    rows: Sequence[Row]
    start: str | None = None
    through: str | None = None
    coverage: tuple[Period, ...] | None = None
    _indexes: dict[tuple[str, ...], dict[Key, list[Row]]] = field(default_factory=dict, repr=False)

    def index(self, columns: tuple[str, ...]) -> Mapping[Key, Sequence[Row]]:
        """Rows by the values of some columns; a row with a blank among them is in no key."""
        if columns not in self._indexes:
            index: dict[Key, list[Row]] = {}
            for row in self.rows:
                key = tuple(cell for column in columns if (cell := row.get(column)) is not None)
                if len(key) == len(columns):
                    index.setdefault(key, []).append(row)
            self._indexes[columns] = index
        return self._indexes[columns]

    def in_force(self, columns: tuple[str, ...], key: Key, on: date) -> list[Row]:
        """Rows with this key in force on a date, the latest-starting first, else in file order."""
        rows = [row for row in self.index(columns).get(key, ()) if self.covers(row, on)]
        if self.start is not None and len(rows) > 1:
            rows.sort(key=self._starts, reverse=True)
        return rows

    def speaks_of(self, day: date) -> bool:
        """Whether the table is for a date of service at all."""
        return self.coverage is None or any(day in period for period in self.coverage)

    def covers(self, row: Row, on: date) -> bool:
        """Whether a row is in force on a date."""
        starts = row[self.start] if self.start is not None else None
        ends = row[self.through] if self.through is not None else None
        return (not isinstance(starts, date) or starts <= on) and (not isinstance(ends, date) or on <= ends)

    def _starts(self, row: Row) -> date:
        starts = row[self.start] if self.start is not None else None
        return starts if isinstance(starts, date) else date.min


def read_table(spec: TableSpec, path: Path) -> Table:
    """Reads a CSV table (UTF-8, a header row) with the columns its policy declares.

    A blank cell is ``None``; rows without any cell filled are no rows. Raises :class:`TableError`
    with every bad row and cell.
    """
    file = TableFile(path)
    rows = file.rows(spec)
    if file.problems:
        raise TableError(file.problems)
    return Table(spec.name, rows, spec.start, spec.through)
