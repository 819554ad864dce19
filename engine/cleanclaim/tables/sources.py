"""Rows of the files that hold a table: its header found below any preamble, its columns as Arrow dictionaries."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, Protocol

from cleanclaim.policy.diagnostics import quoted
from cleanclaim.tables import text
from cleanclaim.tables.arrow import arrow
from cleanclaim.tables.kind import Kind, places_of
from cleanclaim.tables.members import Member
from cleanclaim.tables.problems import ImportRefused, Problem
from cleanclaim.tables.sheets import Sheet, sheets
from cleanclaim.tables.text import Progress

# pyarrow ships no types, so its arrays are Any.
Batch = Any

DELIMITERS = "\t,;|"
FARTHEST = 60
"""A header stands in one of so many first rows."""
MOST_CONTINUED = 8


@dataclass(frozen=True, slots=True)
class Uneven:
    """A row with another number of cells than the header: which row, its cells, its text."""

    row: int
    cells: int
    text: str


@dataclass(frozen=True, slots=True)
class Header:
    """A header: its titles, where the columns stand, and how the rows below are told apart."""

    titles: tuple[str, ...]
    places: Mapping[str, int]
    delimiter: str
    end: int
    """Characters before the first row of data."""


class Source(Protocol):
    """A file that holds the table. ``uneven`` is known once ``batches`` is at its end."""

    @property
    def member(self) -> Member:
        """The file."""

    @property
    def titles(self) -> Sequence[str]:
        """The cells of its header."""

    @property
    def columns(self) -> Sequence[str]:
        """Which of the columns it has."""

    @property
    def uneven(self) -> list[Uneven]:
        """Rows that were passed over because they have another number of cells than the header."""

    def batches(self, progress: Progress) -> Iterator[Batch]:
        """The rows, each column a dictionary of text."""

    def lines_of(self, rows: Sequence[int]) -> dict[int, int]:
        """On which line of the file rows stand that were read, both counted from 0 and 1."""


def source_of(member: Member, kind: Kind) -> Source | None:
    """The rows of a file, or ``None`` where it holds no table of this kind."""
    if member.suffix in (".xlsx", ".xlsm"):
        return _sheet(member, kind)
    if member.suffix not in (".txt", ".csv", ".tsv", ".dat", ".tab", ""):
        return None
    start = text.head(member)
    if kind.fixed and _is_fixed(start, kind):
        return Fixed(member, kind)
    header = find_header(start, kind)
    return Delimited(member, kind, header) if header is not None else None


def find_header(start: str, kind: Kind) -> Header | None:
    """The header in the beginning of a text, with any separator."""
    if kind.any_columns:
        return _first_row(start)
    for delimiter in DELIMITERS:
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            lines = io.StringIO(start, newline="").readlines()
            reader = csv.reader(lines, delimiter=delimiter, quoting=quoting)
            try:
                rows = [(cells, reader.line_num) for cells in islice(reader, FARTHEST + MOST_CONTINUED)]
            except csv.Error:
                continue
            found = _header([cells for cells, _ in rows], kind)
            if found is not None:
                at, below, places = found
                end = sum(len(line) for line in lines[: rows[below - 1][1]])
                return Header(tuple(rows[at][0]), places, delimiter, end)
    return None


def _first_row(start: str) -> Header | None:
    """The first row that is filled, with the separator that gives it most cells."""
    lines = io.StringIO(start, newline="").readlines()
    best: Header | None = None
    for delimiter in DELIMITERS:
        reader = csv.reader(lines, delimiter=delimiter)
        cells = next((cells for cells in reader if any(cell.strip() for cell in cells)), [])
        if cells and (best is None or len(cells) > len(best.titles)):
            end = sum(map(len, lines[: reader.line_num]))
            places = {name: at for at, name in enumerate(cells)}
            best = Header(tuple(cells), places, delimiter, end)
    return best


def _header(rows: Sequence[Sequence[str]], kind: Kind) -> tuple[int, int, dict[str, int]] | None:
    """The row of the header, the first row below it, and where the columns stand."""
    for at, cells in enumerate(rows[:FARTHEST]):
        if kind.any_columns and not any(cell.strip() for cell in cells):
            continue
        places = {name: n for n, name in enumerate(cells)} if kind.any_columns else places_of(kind, cells)
        if places is None:
            continue
        below, first = at + 1, places[kind.keys[0]] if kind.keys else 0
        while not kind.any_columns and below < min(len(rows), at + MOST_CONTINUED) and _continues(rows[below], first):
            below += 1
        return at, below, places
    return None


def _continues(cells: Sequence[str], first: int) -> bool:
    """Whether a row goes on with the header above it: it has words, but no key."""
    return any(cell.strip() for cell in cells) and first < len(cells) and not cells[first].strip()


def _is_fixed(start: str, kind: Kind) -> bool:
    looks = re.compile(kind.line)
    found = [line for line in io.StringIO(start) if line.strip()][:FARTHEST]
    return bool(found) and sum(looks.match(line) is not None for line in found) * 2 > len(found)


def _sheet(member: Member, kind: Kind) -> Source | None:
    for sheet in sheets(member):
        top = list(islice(sheet.rows(), FARTHEST + MOST_CONTINUED))
        found = _header(top, kind)
        if found is not None:
            at, below, places = found
            return Workbook(member, kind, sheet, tuple(top[at]), places, below)
    return None


@dataclass
class Delimited:
    """A text with separators."""

    member: Member
    kind: Kind
    header: Header
    uneven: list[Uneven] = field(default_factory=list)

    @property
    def titles(self) -> Sequence[str]:
        """The header's cells."""
        return self.header.titles

    @property
    def columns(self) -> Sequence[str]:
        """The columns that the file has."""
        return tuple(self.header.places)

    def batches(self, progress: Progress) -> Iterator[Batch]:
        """See :class:`Source`."""
        pa, reader = arrow(), arrow("csv")
        names = [f"c{at}" for at in range(len(self.titles))]
        wanted = [names[at] for at in self.header.places.values()]
        stream = io.BufferedReader(text.Utf8(text.blocks(self.member, progress), self.header.end), text.BLOCK)
        if not stream.peek(1):
            return

        def skip(row: Any) -> str:
            self.uneven.append(Uneven(row.number - 1, row.actual_columns, row.text))
            return "skip"

        try:
            found = reader.open_csv(
                stream,
                reader.ReadOptions(column_names=names, use_threads=False, block_size=4 << 20),
                reader.ParseOptions(
                    delimiter=self.header.delimiter,
                    quote_char='"' if self.kind.quotes else False,
                    newlines_in_values=self.kind.quotes,
                    invalid_row_handler=skip,
                ),
                reader.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string())),
                    include_columns=wanted,
                    strings_can_be_null=False,
                ),
            )
            for batch in found:
                yield pa.RecordBatch.from_arrays(batch.columns, names=list(self.columns))
        except pa.ArrowException as error:
            raise ImportRefused(
                Problem(f"{quoted(self.member.place)} is not a table as its header says ({_first(error)})", _REPAIR)
            ) from None

    def lines_of(self, rows: Sequence[int]) -> dict[int, int]:
        """See :class:`Source`. Reads the file once more, so it is only for problems."""
        wanted, found, row = set(rows), {}, -1
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if self.kind.quotes else csv.QUOTE_NONE
        skipped = sum(1 for _ in io.StringIO(text.head(self.member)[: self.header.end], newline=""))
        below = islice(text.lines(self.member), skipped, None)
        reader = csv.reader(below, delimiter=self.header.delimiter, quoting=quoting)
        before = 0
        for cells in reader:
            if cells:
                row += 1
                if row in wanted:
                    found[row] = skipped + before + 1
                    if len(found) == len(wanted):
                        break
            before = reader.line_num
        return found


@dataclass
class Fixed:
    """A text in which each column has its place in the line."""

    member: Member
    kind: Kind
    uneven: list[Uneven] = field(default_factory=list)

    @property
    def titles(self) -> Sequence[str]:
        """Such files have no header."""
        return ()

    @property
    def columns(self) -> Sequence[str]:
        """The columns that the kind says."""
        return tuple(self.kind.fixed)

    def batches(self, progress: Progress) -> Iterator[Batch]:
        """See :class:`Source`."""
        pa = arrow()
        rows = (line.rstrip("\r\n") for block in text.blocks(self.member, progress) for line in io.StringIO(block))
        found = (line for line in rows if line.strip())
        while lines := list(islice(found, 50_000)):
            columns = [
                pa.array([line[start:end].strip() for line in lines]).dictionary_encode()
                for start, end in self.kind.fixed.values()
            ]
            yield pa.RecordBatch.from_arrays(columns, names=list(self.columns))

    def lines_of(self, rows: Sequence[int]) -> dict[int, int]:
        """See :class:`Source`."""
        wanted = set(rows)
        filled = (n for n, line in enumerate(text.lines(self.member), 1) if line.strip())
        return {row: line for row, line in enumerate(filled) if row in wanted}


@dataclass
class Workbook:
    """The first sheet of a workbook that has the table."""

    member: Member
    kind: Kind
    sheet: Sheet
    titles: Sequence[str]
    places: Mapping[str, int]
    below: int
    uneven: list[Uneven] = field(default_factory=list)

    @property
    def columns(self) -> Sequence[str]:
        """The columns that the file has."""
        return tuple(self.places)

    def batches(self, progress: Progress) -> Iterator[Batch]:
        """See :class:`Source`."""
        pa = arrow()
        progress(self.member.size)
        rows = islice(self.sheet.rows(), self.below, None)
        while some := list(islice(rows, 50_000)):
            columns = [
                pa.array([row[at] if at < len(row) else "" for row in some]).dictionary_encode()
                for at in self.places.values()
            ]
            yield pa.RecordBatch.from_arrays(columns, names=list(self.columns))

    def lines_of(self, rows: Sequence[int]) -> dict[int, int]:
        """See :class:`Source`."""
        return {row: row + self.below + self.sheet.first for row in rows}


_REPAIR = "check it in a text editor, or download it again"


def _first(error: Exception) -> str:
    return str(error).splitlines()[0][:120]
