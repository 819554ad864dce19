"""Reads a facts file: a table keyed by claim and line that says what the claims themselves do not carry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cleanclaim.claims.delimited import uneven
from cleanclaim.claims.facts import Facts, Key, Said
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Reject, Warning
from cleanclaim.claims.nearest import did_you_mean
from cleanclaim.claims.tables.facts_columns import CLAIM, LINE, OF_A_LINE, facts_targets
from cleanclaim.claims.tables.plain_rows import Cells, PlainRows, plain_rows
from cleanclaim.claims.tables.targets import CATALOGUE, Target, columns_of
from cleanclaim.claims.tables.values import Cell, Doubted, Unreadable, Value, as_text, codes_of, converter

Problems = list[Reject | Warning]


def read_facts(file: str | Path | BinaryIO, declared: Mapping[str, ValueType], source: str | None = None) -> Facts:
    """Read a facts file, CSV or Parquet; what of it cannot be used is among ``problems``, with its row.

    Its columns are ``claim_id``, ``claim_line_number`` (blank or absent: all lines of the claim), the
    ``declared`` facts by name, and the fields that others than the claim know.
    """
    if not isinstance(file, str | Path):
        return _read(file, declared, source or "facts")
    name = source or str(file)
    try:
        with Path(file).open("rb") as stream:
            return _read(stream, declared, name)
    except OSError as error:
        return Facts(
            name, problems=(Reject(name, "file", f"cannot be opened: {error.strerror or 'the system refused'}"),)
        )


def _read(stream: BinaryIO, declared: Mapping[str, ValueType], source: str) -> Facts:
    table = plain_rows(stream)
    if isinstance(table, str):
        return Facts(source, problems=(Reject(source, "file", table),))
    known = facts_targets(declared)
    problems: Problems = []
    columns = _columns(table.header, source, known, problems)
    if columns is None:
        return Facts(source, problems=tuple(problems))
    reader = _Rows(source, len(table.header), columns, problems)
    for number, cells in table.rows:
        reader.row(number, cells)
    if not reader.rows and not problems:
        problems.append(Warning(source, "file", "has no rows, so it says nothing of any claim"))
    problems.extend(_recoded(source, table))
    return Facts(source, reader.said, reader.rows, frozenset(reader.doubtful), tuple(problems))


def _recoded(source: str, table: PlainRows) -> Iterator[Warning]:
    if table.recoded is not None:
        reason = "is not UTF-8 and was read as Windows-1252; save the file as UTF-8"
        yield Warning(source, f"text line {table.recoded}", reason)


@dataclass(frozen=True, slots=True)
class _Column:
    target: Target
    places: tuple[int, ...]
    convert: Callable[[Cell], Value]

    def value(self, cells: Cells) -> Value:
        """The value of a row; a list of codes is put together from all its columns."""
        if not self.target.listed:
            cell = cells[self.places[0]]
            return Unreadable("holds a list") if isinstance(cell, list) else self.convert(cell)
        codes: list[str] = []
        for place in self.places:
            cell = cells[place]
            for each in cell if isinstance(cell, list) else (cell,):
                code = self.convert(each)
                if isinstance(code, Unreadable):
                    # --map, which the remedy speaks of, is for claims.
                    return Unreadable(f"{code.reason}; give each code its own column, {self.target.column}_1 and so on")
                codes += codes_of(code)
        return tuple(codes) or None


def _columns(
    header: Sequence[str], source: str, known: Mapping[str, Target], problems: Problems
) -> list[_Column] | None:
    """The key columns, claim first, and those of facts; ``None`` where the file cannot be used."""
    places: dict[str, int] = {}
    repeated = []
    for n, name in enumerate(header):
        if name.strip() and places.setdefault(name.strip().casefold(), n) != n:
            repeated.append(name.strip())
    columns = [column for target in (CLAIM, LINE) for column in _bound(target, places)]
    told = [column for target in known.values() for column in _bound(target, places)]
    names = ", ".join(target.column for target in known.values())
    if not columns or columns[0].target is not CLAIM:
        hint = did_you_mean(CLAIM.column, header) if told else ""
        reason = f"is not a file of facts: its header lacks {CLAIM.column}{hint}, which says whose facts they are"
        problems.append(Reject(source, "header", reason))
        return None
    unknown = sorted(set(places.values()) - {place for column in (*columns, *told) for place in column.places})
    if unknown:
        reasons = ", ".join(_stranger(header[place].strip(), known) for place in unknown)
        problems.append(Warning(source, "header", f"columns not used: {reasons}"))
    if repeated:
        problems.append(Warning(source, "header", f"columns given twice, the first is used: {', '.join(repeated)}"))
    if not told:
        problems.append(Reject(source, "header", f"has no column of a fact; the loaded policies know {names}"))
        return None
    return [*columns, *told]


def _bound(target: Target, places: Mapping[str, int]) -> Iterator[_Column]:
    members = [places[name] for name in target.members if name in places]
    single = [places[name] for name in columns_of(target)[len(target.members) :] if name.casefold() in places]
    found = tuple(members or single[:1])
    if found:
        yield _Column(target, found, converter(target))


def _stranger(name: str, known: Mapping[str, Target]) -> str:
    if any(name.casefold() in columns_of(target) for target in CATALOGUE.values()):
        return f"{name} (the claim itself says it)"
    near = did_you_mean(name, [column for target in known.values() for column in columns_of(target)])
    return f"{name}{near or ' (no loaded policy declares it)'}"


class _Rows:
    """Takes in rows one by one; rows of one key add to each other."""

    def __init__(self, source: str, width: int, columns: list[_Column], problems: Problems) -> None:
        self.said: dict[Key, dict[str, Said]] = {}
        self.rows: dict[Key, int] = {}
        self.doubtful: set[str] = set()
        self._source = source
        self._width = width
        self._claim = columns[0]
        self._line = columns[1] if columns[1].target is LINE else None
        self._facts = [column for column in columns if column.target not in (CLAIM, LINE)]
        self._problems = problems

    def row(self, number: int, cells: Cells | str) -> None:
        """One row of the file, or the reason why it is none."""
        if isinstance(cells, str):
            self._reject(number, [cells])
            return
        wrong: list[str] = []
        short = len(cells) < self._width
        beyond = any(as_text(cell) is not None for cell in cells[self._width :] if not isinstance(cell, list))
        if short or beyond:
            wrong.append(f"{uneven(cells, self._width)}; what it says is left unknown")
        key = self._key([*cells, *[None] * (self._width - len(cells))], wrong)
        if key is not None:
            self.rows.setdefault(key, number)
            said = self.said.setdefault(key, {})
            for column in self._facts:
                value = Unreadable("") if short or beyond else column.value(cells)
                self._take(said, column.target, value, number, key, wrong)
        if wrong:
            self._reject(number, wrong)

    def _key(self, cells: Cells, wrong: list[str]) -> Key | None:
        claim = self._claim.value(cells)
        if not isinstance(claim, str):
            wrong.append(f"{CLAIM.column} is blank")
            return None
        line = self._line.value(cells) if self._line is not None else None
        if line is None or (isinstance(line, int) and not isinstance(line, bool)):
            return claim, line
        reason = line.reason if isinstance(line, Unreadable) else "is not a whole number"
        wrong.append(f"{LINE.column} {reason}; nothing is said of any line of its claim")
        self.doubtful.add(claim)
        return None

    def _take(
        self, said: dict[str, Said], target: Target, value: Value, number: int, key: Key, wrong: list[str]
    ) -> None:
        if isinstance(value, Doubted):
            self._problems.append(Warning(self._source, f"row {number}", f"{target.column} {value.reason}"))
            value = value.value
        if value is None:
            return
        before = said.get(target.name)
        if isinstance(value, Unreadable):
            if value.reason:
                wrong.append(f"{target.column} {value.reason}; it is left unknown")
            said[target.name] = Said(None, number)
        elif target.name in OF_A_LINE and key[1] is None:
            wrong.append(f"{target.column} is of one line; give its {LINE.column} beside it")
        elif before is None:
            said[target.name] = Said(value, number)
        elif before.value is not None and not _same(before.value, value):
            wrong.append(f"{target.column} is not what row {before.row} says; it is left unknown: keep one")
            said[target.name] = Said(None, number)

    def _reject(self, number: int, wrong: Sequence[str]) -> None:
        self._problems.append(Reject(self._source, f"row {number}", "; ".join(wrong)))


def _same(one: Value, other: Value) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)
