"""The relative value file of Medicare's fee schedule (PPRRVU): status and global period of every code."""

from __future__ import annotations

from cleanclaim.claims.fields import ValueType
from cleanclaim.tables.cells import hcpcs, letter, one_of, plain
from cleanclaim.tables.kind import Column, Kind, Nature
from cleanclaim.tables.release_names import Span

FEE_SCHEDULE = Kind(
    name="fee-schedule",
    columns=(
        Column("code", ValueType.CODE, hcpcs, ("hcpcs",), at=0),
        Column("modifier", ValueType.CODE, plain(ValueType.CODE, blank=True), ("mod",), at=1),
        Column("status", ValueType.CODE, letter, at=3),
        Column(
            "global_days",
            ValueType.CODE,
            one_of("000", "010", "090", "XXX", "YYY", "ZZZ", "MMM", blank=True),
            ("days", "glob"),
            at=14,
        ),
    ),
    keys=("code", "modifier"),
    decides=("status", "global_days"),
    nature=Nature.SNAPSHOT,
    span=Span.QUARTER,
    header="HCPCS, MOD, DESCRIPTION, … (PPRRVU, 31 or 32 columns)",
    needs=("description",),
    narrowest=28,
    widest=34,
    prefers="nonqpp",
)
