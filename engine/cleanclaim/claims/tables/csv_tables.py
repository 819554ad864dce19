"""Reads a claims table from delimited text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import BinaryIO

from cleanclaim.claims.delimited import read_delimited, uneven
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Reading, Reject, Warning
from cleanclaim.claims.roster_columns import is_roster
from cleanclaim.claims.tables.assembly import Assembly, Column, gather
from cleanclaim.claims.tables.binding import Binding, Bound, bind
from cleanclaim.claims.tables.facts_columns import is_facts
from cleanclaim.claims.tables.mapping import NO_MAP, TableMap
from cleanclaim.claims.tables.values import Cell, Doubted, Unreadable, Value, converter, split

_CHUNK = 16_384
_REMEMBERED = 50_000


def read_csv(
    stream: BinaryIO,
    source: str,
    mapping: TableMap = NO_MAP,
    declared: Mapping[str, ValueType] | None = None,
) -> Iterator[Reading]:
    """The claims of a delimited table in Tuva's ``medical_claim`` layout, or as ``mapping`` says.

    ``declared`` are the facts that loaded policies declare; their columns go to ``Line.facts``.
    """
    text = read_delimited(stream)
    binding = bind(text.header, source, mapping, declared or {})
    yield from binding.warnings
    if binding.rejects and is_roster(text.header):
        yield Warning(source, "header", "is a performer roster and holds no claims; give it with --roster")
        return
    if binding.rejects and is_facts(text.header, declared or {}):
        yield Warning(source, "header", "is a table of facts and holds no claims; give it with --facts")
        return
    if binding.rejects:
        yield from binding.rejects
        return
    columns = [_Column(each) for each in binding.bound if each.places]
    claim_place = next(each.places[0] for each in binding.bound if each.target.name == "claim")
    width = len(text.header)
    yield from _chunks(text.rows, source, binding, columns, width, claim_place)
    if text.recoded is not None:
        yield Warning(
            source, f"text line {text.recoded}", "is not UTF-8 and was read as Windows-1252; save the file as UTF-8"
        )


def _chunks(
    rows: Iterator[tuple[int, list[str] | str]],
    source: str,
    binding: Binding,
    columns: list[_Column],
    width: int,
    claim_place: int,
) -> Iterator[Reading]:
    assembly = Assembly(source, binding)
    while chunk := list(islice(rows, _CHUNK)):
        start = 0
        for n, (number, cells) in enumerate(chunk):
            if isinstance(cells, list) and (len(cells) == width or _fits(cells, width)):
                continue
            yield from assembly.readings(*_converted(columns, chunk[start:n]))
            yield _misshapen(source, number, cells, width, claim_place, assembly.open_claim)
            assembly.note_row()
            start = n + 1
        yield from assembly.readings(*_converted(columns, chunk[start:]))
    yield from assembly.close()


class _Column:
    """Converts the cells of one target, remembering what it has seen: codes and dates repeat."""

    def __init__(self, bound: Bound) -> None:
        self.name = bound.target.name
        self.places = bound.places
        convert: Callable[[Cell], Value] = converter(bound.target, bound.rule)
        self._slots = bound.slots
        whole = split(convert, bound.rule, gaps=bound.target.counted)
        self._seen = _Seen(whole if bound.target.listed else convert)

    def values(self, raw: list[tuple[str, ...]]) -> Column:
        """The values of the rows whose cells, column by column, are ``raw``."""
        if len(self._seen) > _REMEMBERED:
            self._seen.clear()
        return gather([self._column(raw[place]) for place in self.places], self._slots)

    def _column(self, cells: tuple[str, ...]) -> Column:
        return Column(list(map(self._seen.__getitem__, cells)), self._seen.doubtful)


class _Seen(dict[str, Value]):
    def __init__(self, convert: Callable[[Cell], Value]) -> None:
        super().__init__()
        self.doubtful = False
        self._convert = convert

    def __missing__(self, cell: str) -> Value:
        value = self[cell] = self._convert(cell)
        self.doubtful = self.doubtful or isinstance(value, Unreadable | Doubted)
        return value


def _converted(columns: list[_Column], chunk: list[tuple[int, list[str] | str]]) -> tuple[dict[str, Column], list[int]]:
    raw = list(zip(*(cells for _, cells in chunk), strict=False))
    if not raw:
        return {}, []
    return {column.name: column.values(raw) for column in columns}, [number for number, _ in chunk]


def _fits(cells: list[str], width: int) -> bool:
    """Whether only blank cells stand beyond the header's last column: a trailing delimiter."""
    return len(cells) > width and not any(cell.strip() for cell in cells[width:])


def _misshapen(
    source: str, number: int, cells: list[str] | str, width: int, claim_place: int, open_claim: str | None
) -> Reject:
    where = f"row {number}"
    if isinstance(cells, str):
        # What the lost text held is unknown; the claim before it is the one most likely cut.
        return Reject(source, where, cells, claims=0 if open_claim else 1, claim=open_claim)
    reason = f"{uneven(cells, width)}; put text that holds the delimiter in quotes"
    claim = cells[claim_place].strip() if claim_place < len(cells) else ""
    return Reject(source, where, reason, claims=0 if claim else 1, claim=claim or None)
