"""Puts converted columns together into lines, and the lines of neighbouring rows into claims."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, islice, repeat
from operator import itemgetter
from typing import cast

from cleanclaim.claims.doubts import Doubts
from cleanclaim.claims.fields import FIELDS
from cleanclaim.claims.keys import lone_patient
from cleanclaim.claims.model import NO_FACTS, Claim, FactValue, Line, Reading, Reject, Status, Warning
from cleanclaim.claims.pointers import BEYOND, pointed_diagnoses
from cleanclaim.claims.tables.binding import Binding, Bound
from cleanclaim.claims.tables.targets import STATUS
from cleanclaim.claims.tables.values import Doubted, Unreadable, Value, converter, split


@dataclass(frozen=True, slots=True)
class Column:
    """The values of one target, row by row; ``doubtful``: some may be :class:`Unreadable` or :class:`Doubted`."""

    values: list[Value]
    doubtful: bool = False


_ATTRIBUTE = {spec.name: spec.attribute for spec in FIELDS}
_DEFAULTS = dict(Line._field_defaults)
_EMPTY_LISTS = ("modifiers", "diagnoses", "related_causes")
_claim_of = itemgetter(Line._fields.index("claim"))


class Assembly:
    """Makes readings of one table, chunk by chunk, in row order.

    Rows of one claim that do not follow one another come as several :class:`Claim` readings; a
    refused row is a :class:`Reject` with ``claim`` set, by which the batch withdraws the rest.
    """

    def __init__(self, source: str, binding: Binding) -> None:
        self._source = source
        self._bound = {each.target.name: each for each in binding.bound}
        self._facts = [name for name, each in self._bound.items() if each.target.fact]
        self._pending: list[Line] = []
        self._without_patient = 0
        self._doubts = Doubts()
        self._empty = True

    def readings(self, columns: Mapping[str, Column], numbers: Sequence[int]) -> Iterator[Reading]:
        """The readings of the next rows, numbered ``numbers``; ``columns`` holds those of every bound target."""
        rows = len(numbers)
        if not rows:
            return
        self.note_row()
        whole = {
            name: columns[name].values if each.places else [constant(each)] * rows for name, each in self._bound.items()
        }
        doubtful = [
            name
            for name, each in self._bound.items()
            if (columns[name].doubtful if each.places else isinstance(whole[name][0], Unreadable | Doubted))
        ]
        self._settle_doubts(whole, doubtful, numbers)
        bad = self._bad_rows(whole, doubtful)
        lines = self._lines(whole, numbers)
        start = 0
        for n in sorted(bad):
            yield from self._claims(islice(lines, n - start))
            yield self._reject(n, numbers[n], bad[n], whole)
            next(lines)
            start = n + 1
        yield from self._claims(lines)

    def note_row(self) -> None:
        """The table has a row, though it may be one that is not even a row of cells."""
        self._empty = False

    @property
    def open_claim(self) -> str | None:
        """The claim whose lines may go on in the next row."""
        return self._pending[-1].claim if self._pending else None

    def close(self) -> Iterator[Reading]:
        """The last claim, and what is to be said of the table as a whole."""
        if self._pending:
            yield Claim(tuple(self._pending))
            self._pending = []
        if self._empty:
            yield Reject(self._source, "file", "no claims in it: it has a header and no rows; export the claims again")
        yield from self._doubts.warnings(self._source)
        if self._without_patient:
            yield Warning(
                self._source,
                "person_id",
                f"rows that name no person: {self._without_patient}; each of their claims is looked at alone",
            )

    def _settle_doubts(self, columns: dict[str, list[Value]], doubtful: Sequence[str], numbers: Sequence[int]) -> None:
        """Note the values that are used though they are odd, and put what is used in their place."""
        for name in doubtful:
            values = columns[name]
            odd = [n for n, value in enumerate(values) if isinstance(value, Doubted)]
            if not odd:
                continue
            columns[name] = values = list(values)
            for n in odd:
                doubt = cast(Doubted, values[n])
                self._doubts.note(self._bound[name].target.column, f"row {numbers[n]}", doubt.reason)
                values[n] = doubt.value

    def _bad_rows(self, columns: Mapping[str, list[Value]], doubtful: Sequence[str]) -> dict[int, list[str]]:
        bad: dict[int, list[str]] = {}
        for name in doubtful:
            for n, value in enumerate(columns[name]):
                if isinstance(value, Unreadable):
                    remedy = f"; {value.remedy}" if value.remedy else ""
                    bad.setdefault(n, []).append(f"{self._bound[name].target.column} {value.reason}{remedy}")
        for name in ("claim", "line", "service_date"):
            if None in columns[name]:
                for n, value in enumerate(columns[name]):
                    if value is None:
                        bad.setdefault(n, []).append(f"{self._bound[name].target.column} is blank")
        return bad

    def _lines(self, columns: Mapping[str, list[Value]], numbers: Sequence[int]) -> Iterator[Line]:
        rows = len(numbers)
        given: dict[str, Sequence[object]] = {_ATTRIBUTE.get(name, name): column for name, column in columns.items()}
        given["patient"] = self._patients(columns)
        given["service_through"] = _or_else(columns.get("service_through"), columns["service_date"])
        given["claim_type"] = self._claim_types(columns, rows)
        if "diagnosis_pointers" in columns:
            given["pointed_diagnoses"] = self._pointed(columns, numbers)
        if "diagnoses" in columns:
            given["diagnoses"] = [
                tuple(filter(None, codes)) if isinstance(codes, tuple) and "" in codes else codes
                for codes in columns["diagnoses"]
            ]
        for name in _EMPTY_LISTS:
            if name in given and None in given[name]:
                given[name] = [() if value is None else value for value in given[name]]
        if STATUS in columns:
            given["status"] = [Status(value) if isinstance(value, str) else Status.CLAIM for value in columns[STATUS]]
        if self._facts:
            given["facts"] = self._declared(columns)
        given["source"] = [f"{self._source}, row {n}" for n in numbers]
        wide = [given[name] if name in given else repeat(_DEFAULTS[name]) for name in Line._fields]
        return map(Line._make, zip(*wide, strict=False))

    def _patients(self, columns: Mapping[str, list[Value]]) -> Sequence[object]:
        people = columns["patient"]
        if None not in people:
            return people
        self._without_patient += people.count(None)
        return [
            lone_patient(self._source, str(claim)) if person is None else person
            for person, claim in zip(people, columns["claim"], strict=True)
        ]

    def _pointed(self, columns: Mapping[str, list[Value]], numbers: Sequence[int]) -> list[Value]:
        """The diagnoses that lines point to: as given, else as their pointers count the diagnoses."""
        rows = len(numbers)
        given, pointers = columns.get("pointed_diagnoses", [None] * rows), columns["diagnosis_pointers"]
        diagnoses = columns.get("diagnoses", [None] * rows)
        known: dict[tuple[Value, Value], Value] = {}
        found: list[Value] = []
        for n, (own, key) in enumerate(zip(given, zip(pointers, diagnoses, strict=True), strict=True)):
            if own is not None or not isinstance(key[0], tuple):
                found.append(own)
                continue
            if key not in known:
                known[key] = pointed_diagnoses(key[0], key[1] if isinstance(key[1], tuple) else ())
            if known[key] is None and not isinstance(key[1], Unreadable):
                self._doubts.note(self._bound["diagnosis_pointers"].target.column, f"row {numbers[n]}", BEYOND)
            found.append(known[key])
        return found

    def _claim_types(self, columns: Mapping[str, list[Value]], rows: int) -> Sequence[object]:
        given = columns.get("claim_type")
        if given is not None and None not in given:
            return given
        signs = [columns[name] for name in ("bill_type", "revenue_code") if name in columns]
        guessed: list[Value] = (
            ["professional" if not any(seen) else "institutional" for seen in zip(*signs, strict=True)]
            if signs
            else ["professional"] * rows
        )
        return _or_else(given, guessed)

    def _declared(self, columns: Mapping[str, list[Value]]) -> list[Mapping[str, FactValue]]:
        known: dict[tuple[Value, ...], Mapping[str, FactValue]] = {}
        facts: list[Mapping[str, FactValue]] = []
        for values in zip(*(columns[name] for name in self._facts), strict=True):
            # Numbers of equal worth are one key, but 1 and True are not the same fact.
            key = values if not any(isinstance(value, bool | int | Decimal) for value in values) else None
            named = known.get(key) if key is not None else None
            if named is None:
                present = {
                    name: value
                    for name, value in zip(self._facts, values, strict=True)
                    if value is not None and not isinstance(value, Unreadable | Doubted)
                }
                named = present or NO_FACTS
                if key is not None:
                    known[key] = named
            facts.append(named)
        return facts

    def _claims(self, lines: Iterable[Line]) -> Iterator[Claim]:
        for claim, group in groupby(lines, _claim_of):
            if self._pending and self._pending[0].claim != claim:
                yield Claim(tuple(self._pending))
                self._pending = []
            self._pending.extend(group)

    def _reject(self, n: int, number: int, reasons: list[str], columns: Mapping[str, list[Value]]) -> Reject:
        claim = columns["claim"][n]
        where = f"row {number}"
        if not isinstance(claim, str):
            # Nothing says which claim it belongs to, so it counts as one of its own.
            return Reject(self._source, where, "; ".join(reasons), claims=1)
        history = STATUS in columns and columns[STATUS][n] == Status.HISTORY.value
        return Reject(self._source, where, "; ".join(reasons), claim=None if history else claim)


def gather(columns: Sequence[Column], slots: tuple[int, ...] = ()) -> Column:
    """One list-valued column from the columns of a family, each cell a list or ``None``.

    Where the family counts places, ``slots`` are those of the columns.
    """
    if len(columns) == 1 and slots in ((), (0,)):
        return columns[0]
    known: dict[tuple[Value, ...], Value] = {}
    gathered: list[Value] = []
    for cells in zip(*(column.values for column in columns), strict=True):
        if cells not in known:
            known[cells] = joined(cells, slots)
        gathered.append(known[cells])
    return Column(gathered, any(column.doubtful for column in columns))


def joined(cells: tuple[Value, ...], slots: tuple[int, ...] = ()) -> Value:
    """The codes of several cells in one list, ``None`` where there are none; with ``slots`` gaps are ``""``.

    >>> joined((("A",), None, ("B",))), joined((("A",), None, ("B",)), (0, 1, 2))
    (('A', 'B'), ('A', '', 'B'))
    """
    codes: list[str] = []
    for n, cell in enumerate(cells):
        if isinstance(cell, Unreadable):
            return cell
        if cell is not None:
            codes += [""] * (slots[n] - len(codes)) if slots else ()
            codes.extend(cast("tuple[str, ...]", cell))
    return tuple(codes) or None


def constant(bound: Bound) -> Value:
    """What a mapping rule with ``value:`` says of every row."""
    convert = converter(bound.target, bound.rule)
    return split(convert, bound.rule)(bound.rule.value) if bound.target.listed else convert(bound.rule.value)


def _or_else(given: list[Value] | None, otherwise: list[Value]) -> list[Value]:
    if given is None:
        return otherwise
    if None not in given:
        return given
    return [instead if value is None else value for value, instead in zip(given, otherwise, strict=True)]
