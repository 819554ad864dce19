"""Rows that say different things of the same key on the same day, and rows that say the same thing twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cleanclaim.tables.arrow import arrow
from cleanclaim.tables.kind import Kind
from cleanclaim.tables.problems import SHOWN, RowProblem

# pyarrow ships no types, so its tables are Any.
Table = Any
Array = Any

ROW = "__row"
"""The column that holds where in the input a row stood."""

EARLIEST, LATEST = -(2**31), 2**31 - 1


def in_order(table: Table, kind: Kind, keys: Sequence[str]) -> Table:
    """The rows by key and start."""
    pa, pc = arrow(), arrow("compute")
    columns = {name: _comparable(pc, table[name].combine_chunks()) for name in keys}
    if kind.start is not None and kind.start in table.column_names:
        columns["start"] = days(pc, table[kind.start], EARLIEST)
    columns["row"] = table[ROW]
    order = pc.sort_indices(pa.table(columns), sort_keys=[(name, "ascending") for name in columns])
    return table.take(order)


def problems(table: Table, kind: Kind, keys: Sequence[str]) -> list[RowProblem]:
    """What neighbours in a sorted table contradict or repeat; takes the answer of :func:`in_order`."""
    pc = arrow("compute")
    if kind.void is not None:
        name, value = kind.void
        table = table.filter(pc.fill_null(pc.not_equal(table[name].cast("string"), value), True))
    if len(table) < 2 or not keys:
        return []
    same = _all(pc, [_alike(pc, table[name]) for name in keys])
    dates = [name for name in (kind.start, kind.through) if name is not None and name in table.column_names]
    overlap, starts = same, same
    if dates:
        begin = days(pc, table[dates[0]], EARLIEST) if dates[0] == kind.start else None
        end = days(pc, table[dates[-1]], LATEST) if dates[-1] == kind.through else None
        if begin is not None and end is not None:
            overlap = pc.and_(same, pc.less_equal(begin.slice(1), end.slice(0, len(end) - 1)))
        if begin is not None:
            starts = pc.and_(overlap, pc.equal(begin.slice(1), begin.slice(0, len(begin) - 1)))
    alike = _all(pc, [_alike(pc, table[name]) for name in kind.decides if name in table.column_names])
    whole = _all(pc, [_alike(pc, table[name]) for name in table.column_names if name != ROW])
    differ = pc.and_(overlap, pc.invert(alike)) if alike is not None else pc.and_(overlap, False)
    twice = pc.and_(overlap, whole)
    decided = " and ".join(kind.decides)
    together = "begin on the same day and differ" if dates else "differ"
    return [
        *_told(
            pc, table, keys, pc.and_(differ, starts), f"two rows of one key {together} in {decided}",
            "nothing says which one is right; remove one", True,
        ),
        *_told(
            pc, table, keys, pc.and_(differ, pc.invert(starts)), f"rows of one key overlap and differ in {decided}",
            "both are stored; the one that begins later answers", False,
        ),
        *_told(
            pc, table, keys, pc.and_(pc.and_(overlap, pc.invert(differ)), pc.invert(twice)),
            "rows of one key overlap and say the same", "they are stored, and change no answer", False,
        ),
        *_told(
            pc, table, keys, twice, "rows stand in the files twice", "they are stored, and change no answer", False,
        ),
    ]  # fmt: skip


def ends_before_it_begins(table: Table, kind: Kind) -> list[RowProblem]:
    """Rows that are never in force because a date is wrong."""
    pc = arrow("compute")
    names = table.column_names
    if kind.start is None or kind.through is None or not {kind.start, kind.through} <= set(names):
        return []
    wrong = table.filter(pc.fill_null(pc.less(table[kind.through], table[kind.start]), False))
    if not len(wrong):
        return []
    first = wrong.slice(0, SHOWN).to_pylist()
    said = {row[ROW]: f"from {row[kind.start]} through {row[kind.through]}" for row in first}
    help = "one of the dates is wrong; correct the row, or report it to whoever published the file"
    what = "rows end before they begin, and would never be in force"
    return [RowProblem(what, help, tuple(said), len(wrong), said.__getitem__)]


def _told(
    pc: Any, table: Table, keys: Sequence[str], mask: Array, what: str, help: str, refuses: bool
) -> list[RowProblem]:
    rows = pc.indices_nonzero(mask)
    if not len(rows):
        return []
    first = [at + 1 for at in rows.slice(0, SHOWN).to_pylist()]
    said = {table[ROW][at].as_py(): " ".join(str(table[key][at].as_py() or "-") for key in keys) for at in first}
    return [RowProblem(what, help, tuple(said), len(rows), said.__getitem__, refuses)]


def _comparable(pc: Any, column: Array) -> Array:
    """A column as integers in the order of its values; a blank is before all."""
    indices = column.indices if hasattr(column, "indices") else column.cast("int32")
    return pc.fill_null(indices, -1)


def _alike(pc: Any, column: Array) -> Array:
    """Whether each row has the value of the row before it."""
    whole = column.combine_chunks()
    values = _comparable(pc, whole)
    return pc.equal(values.slice(1), values.slice(0, len(values) - 1))


def _all(pc: Any, masks: Sequence[Array]) -> Array | None:
    found = None
    for mask in masks:
        found = mask if found is None else pc.and_(found, mask)
    return found


def days(pc: Any, column: Array, blank: int) -> Array:
    """Dates as numbers of days, a blank as a day before or after all."""
    whole = column.combine_chunks() if hasattr(column, "combine_chunks") else column
    return pc.fill_null(whole.cast("int32"), blank)
