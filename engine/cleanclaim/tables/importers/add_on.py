"""NCCI add-on codes with the primary codes beside which they are paid.

CMS publishes a text in which each column has its place (since 2022) and a workbook. A line of the
text is the type, the add-on code, its deletion, the primary code, its deletion, and the edit's own
dates, all dates as year and day of the year. ``CCCCC`` stands where the contractor names the primaries.
"""

from __future__ import annotations

from typing import Any

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.tables.arrow import arrow
from cleanclaim.tables.cells import day_of_year, day_of_year_or_open, hcpcs, leading
from cleanclaim.tables.kind import Column, Kind, Nature
from cleanclaim.tables.overlaps import ROW
from cleanclaim.tables.problems import SHOWN, RowProblem
from cleanclaim.tables.release_names import Span

# pyarrow ships no types, so its tables are Any.
Table = Any

_CONTRACTOR = "CCCCC"


def _primary(text: str) -> Scalar | None:
    return None if text in ("", _CONTRACTOR) else hcpcs(text)


def _types_and_primaries(table: Table, kind: Kind) -> list[RowProblem]:
    """Add-on codes of type 1 and 3 name primaries, those of type 2 do not."""
    pc = arrow("compute")
    closed = pc.equal(table["type"].cast("string"), "1")
    contractor = pc.equal(table["type"].cast("string"), "2")
    blank = pc.is_null(table["primary"])
    found = []
    for mask, what, help, refuses in (
        (
            pc.and_(closed, blank),
            "add-on codes of type 1, whose list of primaries is closed, have a row without a primary",
            "without it nobody can say what the code goes with; report it to CMS",
            True,
        ),
        (
            pc.and_(contractor, pc.invert(blank)),
            "add-on codes of type 2, which have no list of primaries, have a row with one",
            "it is stored as published",
            False,
        ),
    ):
        rows = table.filter(mask)
        if len(rows):
            said = {row[ROW]: row["add_on"] for row in rows.slice(0, SHOWN).to_pylist()}
            found.append(RowProblem(what, help, tuple(said), len(rows), said.__getitem__, refuses))
    return found


ADD_ON = Kind(
    name="add-on",
    columns=(
        Column("add_on", ValueType.CODE, hcpcs, ("addoncode", "addon", "aoccode")),
        Column("primary", ValueType.CODE, _primary, ("primarycode", "primary")),
        Column("type", ValueType.CODE, leading("1", "2", "3"), ("aocedittype", "edittype", "type")),
        # The edit's own dates; those of the two codes say nothing of the pair.
        Column("effective", ValueType.DATE, day_of_year, ("aocediteff", "editeff", "effective")),
        Column("deletion", ValueType.DATE, day_of_year_or_open, ("aoceditdel", "editdel", "deletion")),
    ),
    keys=("add_on", "primary"),
    decides=("type",),
    nature=Nature.CUMULATIVE,
    span=Span.QUARTER,
    header="AOC_Edit_Type, Add-On_Code, …, Primary_Code, …, AOC_Edit_EffDT, AOC_Edit_DelDT",
    through="deletion",
    fixed={"add_on": (1, 6), "primary": (13, 18), "type": (0, 1), "effective": (25, 32), "deletion": (32, 39)},
    line=r"[0-9][0-9A-Z]{5}[0-9 ]{7}[0-9A-Z]{5}[0-9 ]{7}[0-9]{7}",
    check=_types_and_primaries,
)
