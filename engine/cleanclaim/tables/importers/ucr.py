"""Usual and customary charges by DRG and area, from a table that the user keeps or buys."""

from __future__ import annotations

import re

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.table_cells import BadCell
from cleanclaim.tables.cells import day_or_open, plain, words
from cleanclaim.tables.kind import Column, Kind, Nature
from cleanclaim.tables.release_names import Span

_DRG = re.compile(r"[0-9]{3}\Z", re.ASCII)


def _drg(text: str) -> Scalar | None:
    if _DRG.match(text):
        return text
    shortened = text.isdigit() and len(text) < 3
    raise BadCell(
        f"{quoted(text)} is not a DRG" if text else "there is no DRG",
        f"write {text:0>3}; format the column as text" if shortened else "a DRG has three digits, such as 470",
    )


UCR = Kind(
    name="ucr",
    columns=(
        Column("drg", ValueType.CODE, _drg, ("drg", "msdrg")),
        Column("area", ValueType.TEXT, words, ("area",)),
        Column("per_diem", ValueType.MONEY, plain(ValueType.MONEY, blank=True), ("perdiem",)),
        Column("length_of_stay", ValueType.NUMBER, plain(ValueType.NUMBER, blank=True), ("lengthofstay",)),
        Column("effective", ValueType.DATE, day_or_open, ("effective", "from"), optional=True),
        Column("through", ValueType.DATE, day_or_open, ("through",), optional=True),
    ),
    keys=("drg", "area"),
    decides=("per_diem", "length_of_stay"),
    nature=Nature.UNITED,
    span=Span.OPEN,
    header="drg, area, per_diem, length_of_stay; effective and through if rows have dates",
)
