"""Local coverage determinations: which diagnoses cover a procedure, as the user takes them from the articles."""

from __future__ import annotations

from cleanclaim.claims.fields import ValueType
from cleanclaim.tables.cells import day_or_open, hcpcs, plain, yes_or_no
from cleanclaim.tables.kind import Column, Kind, Nature
from cleanclaim.tables.release_names import Span

LCD = Kind(
    name="lcd",
    columns=(
        Column("lcd", ValueType.TEXT, plain(ValueType.TEXT), ("lcd",)),
        Column("procedure", ValueType.CODE, hcpcs, ("procedure", "hcpcs", "cpt")),
        Column("diagnosis", ValueType.CODE, plain(ValueType.CODE), ("diagnosis", "icd10")),
        Column("group", ValueType.NUMBER, plain(ValueType.NUMBER, blank=True), ("group",), optional=True),
        Column("covered", ValueType.BOOLEAN, yes_or_no, ("covered",)),
        Column("effective", ValueType.DATE, day_or_open, ("effective", "from"), optional=True),
        Column("through", ValueType.DATE, day_or_open, ("through",), optional=True),
    ),
    keys=("procedure", "diagnosis", "lcd", "group"),
    decides=("covered",),
    nature=Nature.UNITED,
    span=Span.OPEN,
    header="lcd, procedure, diagnosis, covered; group, effective and through if there are any",
)
