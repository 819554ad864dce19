"""Reference tables that policies look things up in: typed, dated rows with an index by key."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.model import TableSpec

Row = Mapping[str, Scalar | None]
Key = tuple[Scalar, ...]


class TableError(Exception):
    """A table that cannot be read as its policy declares it; every problem, each with its place."""

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of one table. ``start`` and ``through`` name the columns of a row's dates."""

    name: str
    rows: Sequence[Row]
    start: str | None = None
    through: str | None = None
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

    A blank cell is ``None``. Raises :class:`TableError` with every bad cell.
    """
    types = dict(spec.columns)
    for column in (spec.start, spec.through):
        if column is not None:
            types[column] = ValueType.DATE
    problems: list[str] = []
    rows: list[Row] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            absent = [column for column in types if column not in (reader.fieldnames or ())]
            if absent:
                raise TableError(path, [f"no column {', '.join(absent)} in the header"])
            for cells in reader:
                row: dict[str, Scalar | None] = {}
                for column, type_ in types.items():
                    text = (cells[column] or "").strip()
                    try:
                        row[column] = _cell(text, type_) if text else None
                    except ValueError:
                        problems.append(f"row {reader.line_num}: {column}: {text!r} is not a {type_.value}")
                rows.append(row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(path, [f"cannot be read: {error}"]) from error
    if problems:
        raise TableError(path, problems)
    return Table(spec.name, rows, spec.start, spec.through)


def _cell(text: str, type_: ValueType) -> Scalar:
    match type_:
        case ValueType.NUMBER | ValueType.MONEY:
            try:
                number = Decimal(text)
            except InvalidOperation:
                raise ValueError(text) from None
            if not number.is_finite():
                raise ValueError(text)
            return int(number) if type_ is ValueType.NUMBER and number == number.to_integral_value() else number
        case ValueType.DATE:
            return date.fromisoformat(text)
        case ValueType.BOOLEAN:
            if text.lower() not in ("true", "false"):
                raise ValueError(text)
            return text.lower() == "true"
        case ValueType.CODE:
            return text.upper().replace(".", "")
        case _:
            return text
