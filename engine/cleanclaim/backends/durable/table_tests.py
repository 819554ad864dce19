"""Table tests and lookups compiled to closures that remember their answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product

from cleanclaim.backends.durable.local import REMEMBERED, Judged, TableTest, Test, ValueAt, value_at
from cleanclaim.backends.durable.truth import FALSE, TRUE, UNKNOWN, Truth
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import FactValue, Line, Scalar
from cleanclaim.policy.model import CodeSet, Condition, InTable, Lookup, Member
from cleanclaim.policy.tables import Row, Table
from cleanclaim.policy.versions import Tables


def table_tests(tables: Tables) -> TableTest:
    """What makes closures for the table tests of one version."""

    def in_table(condition: InTable, values: Sequence[ValueAt]) -> Test:
        table = tables[condition.table]
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

    return in_table


def implied_by(condition: InTable, tables: Tables) -> Iterator[Condition]:
    """What must hold of each key value for the table to have a row: it stands somewhere in its column."""
    columns = tuple(column for column, _ in condition.key)
    cells: list[set[Scalar]] = [set() for _ in columns]
    for row in tables[condition.table].rows:
        key = [row.get(column) for column in columns]
        if None not in key and _passes(row, condition.where):
            for cell, of_column in zip(key, cells, strict=True):
                if cell is not None:
                    of_column.add(cell)
    for (_, value), of_column in zip(condition.key, cells, strict=True):
        if value.type is not ValueType.CODES:
            # In any order: it is only asked what is in it.
            yield Member(value, tuple(of_column))


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
            row = next((row for key in _keys(met) for row in table.in_force(columns, key, day)), None)
            known[met, day] = row[lookup.column] if row is not None else lookup.default
        return known[met, day]

    return value


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
