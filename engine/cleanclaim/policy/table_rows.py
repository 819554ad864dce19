"""The rows of a CSV file as typed cells; every bad row and cell with its place and what to write."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from io import StringIO
from pathlib import Path

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.diagnostics import Diagnostic, printable, quoted
from cleanclaim.policy.model import TableSpec
from cleanclaim.policy.table_cells import BadCell, cell

Row = Mapping[str, Scalar | None]

MOST_PROBLEMS = 50
"""A column of the wrong type is wrong in every row; more than these help nobody."""

_QUOTES = "close the quotation mark; inside a quoted cell a quotation mark is written twice"


class _TooManyProblems(Exception):
    """Reading on would help nobody."""


class TableFile:
    """One file, and what was wrong with it once its rows are read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Diagnostic] = []
        self._lines: list[str] = []
        self._first = self._end = 0
        """The lines on which the row that is read now begins, and before which it ends."""

    def rows(self, spec: TableSpec) -> list[Row]:
        """The rows with the columns that the policy declares; what is wrong stands in ``problems``."""
        found: list[Row] = []
        with suppress(_TooManyProblems):
            self._read()
            if not self.problems:
                types = _types(spec)
                found += self._typed(spec, types, self._header(types))
        return found

    def _read(self) -> None:
        """Takes the file's lines."""
        try:
            content = self.path.read_bytes()
            # As the reader of CSV splits them: at no other of the ends that Unicode has.
            self._lines = StringIO(content.decode("utf-8-sig"), newline="").readlines()
        except OSError as error:
            self._problem(f"the table cannot be read ({error.strerror})", "check that it is a file you may read")
        except UnicodeDecodeError as error:
            self._first = content.count(b"\n", 0, error.start)
            message = f"the table is not UTF-8 text: byte {content[error.start]:#04x} on this line"
            self._problem(message, "save it as CSV in UTF-8")

    def _header(self, types: Mapping[str, ValueType]) -> Sequence[str]:
        """The names of the columns; those that the policy names must be there, and none twice."""
        names = [name.strip() for name in next(self._records(), [])]
        for at, name in enumerate(names):
            if name and name in names[:at]:
                message = f"two columns are named {quoted(name)}"
                self._problem(message, "remove one of them, or give it another name", at)
        absent = [column for column in types if column not in names]
        if absent and not self.problems:
            message = f"the table has no column {', '.join(map(quoted, absent))}"
            self._problem(message, "add it, or correct the policy")
        return names

    def _typed(self, spec: TableSpec, types: Mapping[str, ValueType], header: Sequence[str]) -> Iterator[Row]:
        columns = [(at, name, types[name]) for at, name in enumerate(header) if name in types]
        seen: dict[tuple[str, ...], int] = {}
        for written in self._records():
            cells = tuple(text.strip() for text in written)
            if not any(cells):
                continue
            if len(cells) != len(header):
                self._uneven(len(cells), len(header))
                continue
            first = seen.setdefault(cells, self._first)
            if first != self._first:
                self._problem(f"this row is the same as line {first + 1}", "remove one of them")
            row = {name: self._cell(cells[at], name, type_, at) for at, name, type_ in columns}
            self._in_order(spec, row, header)
            yield row

    def _cell(self, text: str, name: str, type_: ValueType, at: int) -> Scalar | None:
        try:
            return cell(text, type_) if text else None
        except BadCell as bad:
            self._problem(f"{name}: {bad.message}", bad.help, at)
            return None

    def _in_order(self, spec: TableSpec, row: Row, header: Sequence[str]) -> None:
        if spec.start is None or spec.through is None:
            return
        start, through = row.get(spec.start), row.get(spec.through)
        if isinstance(start, date) and isinstance(through, date) and start > through:
            message = f"the row ends on {through}, before it begins on {start}, and is never in force"
            self._problem(message, "correct the dates", header.index(spec.through))

    def _uneven(self, cells: int, columns: int) -> None:
        if cells < columns:
            help = "write every comma; a cell may be blank"
            self._problem(f"this row has {cells} cells, and the header {columns}", help)
        else:
            help = "remove the extra cell; put a cell that holds a comma in quotes, and write amounts without commas"
            self._problem(f"this row has {cells} cells, and the header {columns}", help, columns)

    # --- records and places ---------------------------------------------------------------------

    def _records(self) -> Iterator[list[str]]:
        """The cells of each row from where the last reading ended."""
        offset = self._end
        reader = csv.reader(self._lines[offset:], strict=True)
        while True:
            self._first = offset + reader.line_num
            try:
                written = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                never = "unexpected end" in str(error)
                self._end = self._first + 1
                message = "a quotation mark opens here and is never closed" if never else f"not valid CSV: {error}"
                self._problem(message, _QUOTES)
                return
            self._end = offset + reader.line_num
            yield written

    def _problem(self, message: str, help: str, at: int | None = None) -> None:
        """Reports a problem of the row that is read now, or of one of its cells."""
        line, column, length = self._first, 0, 1
        if at is not None:
            places = list(_places(self._lines[self._first : self._end]))
            if at < len(places):
                down, column, length = places[at]
                line += down
        if len(self.problems) >= MOST_PROBLEMS:
            message, help = "there are more errors in this table", "correct the others first"
        text = self._lines[line].rstrip("\r\n") if line < len(self._lines) else ""
        problem = Diagnostic(
            "table",
            printable(message),
            self.path.as_posix(),
            line + 1,
            column + 1,
            text,
            printable(help),
            max(1, length),
        )
        self.problems.append(problem)
        if len(self.problems) > MOST_PROBLEMS:
            raise _TooManyProblems


def _types(spec: TableSpec) -> dict[str, ValueType]:
    dates = {column: ValueType.DATE for column in (spec.start, spec.through) if column is not None}
    return {**spec.columns, **dates}


def _places(lines: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Where each cell of a row stands: lines down, column, and its length on that line."""
    down = start = 0
    inside = False
    for at, line in enumerate(lines):
        text = line.rstrip("\r\n")
        for column, character in enumerate(text):
            if character == '"':
                inside = not inside
            elif character == "," and not inside:
                yield down, start, column - start if down == at else 1
                down, start = at, column + 1
        if at == len(lines) - 1:
            yield down, start, len(text) - start if down == at else 1
