"""NCCI procedure-to-procedure edits: pairs of codes that are not paid together, with their dates."""

from __future__ import annotations

from typing import Any

from cleanclaim.claims.fields import ValueType
from cleanclaim.tables.arrow import arrow
from cleanclaim.tables.cells import day, day_or_open, hcpcs, one_of, words
from cleanclaim.tables.kind import Column, Kind, Nature
from cleanclaim.tables.overlaps import EARLIEST, LATEST, ROW, days
from cleanclaim.tables.problems import SHOWN, RowProblem
from cleanclaim.tables.release_names import Span

# pyarrow ships no types, so its tables are Any.
Table = Any
Array = Any


def _both_directions(table: Table, kind: Kind) -> list[RowProblem]:
    """Pairs that are in force the other way round too, on some of the same days."""
    pa, pc = arrow(), arrow("compute")
    first, second = kind.keys
    table = table.filter(pc.not_equal(table["modifier_indicator"].cast("string"), "9"))
    one, two = table[first].combine_chunks(), table[second].combine_chunks()
    codes = {code: at for at, code in enumerate(sorted({*_values(one), *_values(two)}))}
    a, b = (_numbers(pa, column, codes) for column in (one, two))
    size = pa.scalar(len(codes), pa.int64())
    # Both directions of a pair get one number, so that they are neighbours once it is sorted.
    pair = pc.add(pc.multiply(pc.min_element_wise(a, b), size), pc.max_element_wise(a, b))
    order = pc.sort_indices(pair)
    sorted_, turned = pair.take(order), pc.less(a, b).take(order)
    last = len(table) - 1
    if last < 1:
        return []
    met = pc.and_(pc.equal(sorted_.slice(1), sorted_.slice(0, last)), pc.xor(turned.slice(1), turned.slice(0, last)))
    if not pc.any(met).as_py():
        return []
    some = pc.is_in(pair, value_set=pc.unique(sorted_.slice(1).filter(met)))
    windows: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
    rows = table.filter(some)
    begin, end = days(pc, rows[kind.start], EARLIEST), days(pc, rows[kind.through], LATEST)
    for x, y, start, through, row in zip(
        *(each.to_pylist() for each in (rows[first], rows[second], begin, end, rows[ROW])), strict=True
    ):
        windows.setdefault((x, y), []).append((start, through, row))
    found: dict[int, str] = {}
    for (x, y), some_windows in windows.items():
        for start, through, row in some_windows if x < y else ():
            if any(start <= end and begin <= through for begin, end, _ in windows.get((y, x), ())):
                found[row] = f"{x} with {y}, and {y} with {x}"
    if not found:
        return []
    ordered = sorted(found)
    what, help = "pairs are in force in both directions", "they are stored as published, and rules see both"
    return [RowProblem(what, help, tuple(ordered[:SHOWN]), len(ordered), found.__getitem__, refuses=False)]


def _values(column: Array) -> list[str]:
    return [value for value in column.dictionary.to_pylist() if value is not None]


def _numbers(pa: Any, column: Array, codes: dict[str, int]) -> Array:
    return pa.array([codes[value] for value in column.dictionary.to_pylist()], pa.int64()).take(column.indices)


NCCI_PTP = Kind(
    name="ncci-ptp",
    columns=(
        Column("column_1", ValueType.CODE, hcpcs, ("column1",)),
        Column("column_2", ValueType.CODE, hcpcs, ("column2",)),
        Column("effective", ValueType.DATE, day, ("effective",)),
        Column("deletion", ValueType.DATE, day_or_open, ("deletion",)),
        Column("modifier_indicator", ValueType.CODE, one_of("0", "1", "9"), ("modifier",)),
        Column("rationale", ValueType.TEXT, words, ("ptpeditrationale", "rationale"), optional=True),
    ),
    keys=("column_1", "column_2"),
    decides=("modifier_indicator",),
    nature=Nature.CUMULATIVE,
    span=Span.QUARTER,
    header="Column 1, Column 2, …, Effective, Deletion, Modifier, PTP Edit Rationale",
    through="deletion",
    void=("modifier_indicator", "9"),
    # Tab-separated as CMS writes it, where a quotation mark is a character like any other.
    quotes=False,
    suppliers={
        "practitioner": "ncci-ptp-practitioner",
        "hospital": "ncci-ptp-hospital",
        "outpatient": "ncci-ptp-hospital",
    },
    clues=(
        ("ccipra", "ncci-ptp-practitioner"),
        ("practitioner", "ncci-ptp-practitioner"),
        ("ccioph", "ncci-ptp-hospital"),
        ("hospital", "ncci-ptp-hospital"),
        ("outpatient", "ncci-ptp-hospital"),
    ),
    parts=4,
    also_by=("column_2",),
    check=_both_directions,
)
