"""Table tests and lookups compiled to closures that remember their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product

from cleanclaim.backends.durable.local import REMEMBERED, Judged, Test, ValueAt, value_at
from cleanclaim.backends.durable.sides import grounds_of_value
from cleanclaim.backends.durable.truth import FALSE, TRUE, UNKNOWN, Truth
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import FactValue, Line, Scalar
from cleanclaim.policy.model import CodeSet, Condition, InTable, Lookup, Member
from cleanclaim.policy.tables import Row, Table
from cleanclaim.policy.versions import Tables

Met = tuple[FactValue | None, ...]


@dataclass(frozen=True, eq=False)
class Pairing:
    """A table test of both lines, as what the judged line's part of the key is paired with.

    ``other`` are the other line's values in the key, ``line`` the judged line's, ``on`` the date.
    """

    table: Table
    other: tuple[ValueAt, ...]
    line: tuple[ValueAt, ...]
    on: ValueAt
    pairs: Mapping[Met, Mapping[Met, Sequence[Row]]]

    def partners(self, line: Line, judged: Judged) -> Mapping[Met, Sequence[Row]] | None:
        """The rows for a judged line by the other line's part of the key; ``None`` if there is none."""
        met = _met(self.line, line, judged, -1)
        return None if met is None else self.pairs.get(met)

    def holds(self, rows: Sequence[Row], line: Line, judged: Judged) -> bool:
        """Whether one of the rows is in force."""
        day = self.on(line, judged, -1)
        return isinstance(day, date) and any(self.table.covers(row, day) for row in rows)


@dataclass(frozen=True, eq=False)
class TableTests:
    """What the tables of one version make of table tests."""

    tables: Tables
    _implied: dict[InTable, tuple[Condition, ...]] = field(default_factory=dict)
    _pairings: dict[InTable, Pairing | None] = field(default_factory=dict)
    """What whole tables were read for, since several rules ask the same."""

    def test(self, condition: InTable, values: Sequence[ValueAt]) -> Test:
        """A closure for a table test, given those of its key and date."""
        table = self.tables[condition.table]
        columns = tuple(column for column, _ in condition.key)
        known: dict[tuple[FactValue, ...], list[Row]] = {}
        *keys, on = values

        def test(line: Line, judged: Judged, other: int) -> Truth:
            met = _met(keys, line, judged, other)
            day = on(line, judged, other)
            if met is None or day is None:
                return UNKNOWN
            rows = known.get(met)
            if rows is None:
                if len(known) >= REMEMBERED:
                    known.clear()
                rows = known[met] = [row for row in _rows(table, columns, met) if _passes(row, condition.where)]
            if not rows:
                return FALSE
            assert isinstance(day, date)
            return TRUE if any(table.covers(row, day) for row in rows) else FALSE

        return test

    def implied(self, condition: InTable) -> tuple[Condition, ...]:
        """What must hold of each key value for the table to have a row: it stands somewhere in its column."""
        if condition not in self._implied:
            self._implied[condition] = tuple(self._read_implied(condition))
        return self._implied[condition]

    def pairing(self, condition: InTable) -> Pairing | None:
        """A table test of both lines as a pairing; ``None`` if a key is a list, or of both lines at once."""
        if condition not in self._pairings:
            self._pairings[condition] = self._read_pairing(condition)
        return self._pairings[condition]

    def _read_implied(self, condition: InTable) -> Iterator[Condition]:
        columns = tuple(column for column, _ in condition.key)
        cells: list[set[Scalar]] = [set() for _ in columns]
        for row in self.tables[condition.table].rows:
            key = [row.get(column) for column in columns]
            if None not in key and _passes(row, condition.where):
                for cell, of_column in zip(key, cells, strict=True):
                    if cell is not None:
                        of_column.add(cell)
        for (_, value), of_column in zip(condition.key, cells, strict=True):
            if value.type is not ValueType.CODES:
                # In any order: it is only asked what is in it.
                yield Member(value, tuple(of_column))

    def _read_pairing(self, condition: InTable) -> Pairing | None:
        sides = [grounds_of_value(value) for _, value in condition.key]
        if any(value.type is ValueType.CODES for _, value in condition.key) or grounds_of_value(condition.on).other:
            return None
        if any(side.line and side.other for side in sides):
            return None
        table = self.tables[condition.table]
        others = [column for (column, _), side in zip(condition.key, sides, strict=True) if side.other]
        own = [column for (column, _), side in zip(condition.key, sides, strict=True) if not side.other]
        pairs: dict[Met, dict[Met, list[Row]]] = {}
        for row in table.rows:
            theirs = tuple([cell for column in others if (cell := row.get(column)) is not None])
            ours = tuple([cell for column in own if (cell := row.get(column)) is not None])
            if len(theirs) == len(others) and len(ours) == len(own) and _passes(row, condition.where):
                pairs.setdefault(ours, {}).setdefault(theirs, []).append(row)
        values = dict(condition.key)
        return Pairing(
            table,
            tuple(value_at(values[column]) for column in others),
            tuple(value_at(values[column]) for column in own),
            value_at(condition.on),
            pairs,
        )


def lookup_at(lookup: Lookup, tables: Tables) -> ValueAt:
    """A closure for a lookup; ``None`` where a key, the date or the cell is missing."""
    table = tables[lookup.table]
    columns = tuple(column for column, _ in lookup.key)
    keys = [value_at(value) for _, value in lookup.key]
    on = value_at(lookup.on)
    known: dict[tuple[tuple[FactValue, ...], date], FactValue | None] = {}

    def value(line: Line, judged: Judged, other: int) -> FactValue | None:
        met = _met(keys, line, judged, other)
        day = on(line, judged, other)
        if met is None or day is None:
            return None
        assert isinstance(day, date)
        if (met, day) not in known:
            if len(known) >= REMEMBERED:
                known.clear()
            rows = (row for key in _keys(met) for row in table.in_force(columns, key, day))
            known[met, day] = _read(lookup, rows)
        return known[met, day]

    return value


def _read(lookup: Lookup, rows: Iterator[Row]) -> FactValue | None:
    if lookup.distinct:
        return len({row[lookup.column] for row in rows} - {None})
    first = next(rows, None)
    return first[lookup.column] if first is not None else lookup.default


def _met(values: Sequence[ValueAt], line: Line, judged: Judged, other: int) -> tuple[FactValue, ...] | None:
    met: list[FactValue] = []
    for value in values:
        found = value(line, judged, other)
        if found is None:
            return None
        met.append(found)
    return tuple(met)


def _rows(table: Table, columns: tuple[str, ...], met: tuple[FactValue, ...]) -> Iterator[Row]:
    index = table.index(columns)
    for key in _keys(met):
        yield from index.get(key, ())


def _keys(met: tuple[FactValue, ...]) -> Iterator[tuple[Scalar, ...]]:
    """The keys that values stand for; a list stands for each of its codes."""
    return product(*(value if isinstance(value, tuple) else (value,) for value in met))


def _passes(row: Row, where: Sequence[tuple[str, CodeSet | tuple[Scalar, ...]]]) -> bool:
    for column, among in where:
        cell = row[column]
        if cell is None or cell not in among:
            return False
    return True
