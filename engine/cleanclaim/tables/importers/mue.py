"""Medically unlikely edits: the most units of a code, by the kind of supplier that bills it."""

from __future__ import annotations

from cleanclaim.claims.fields import ValueType
from cleanclaim.tables.cells import hcpcs, leading, whole, words
from cleanclaim.tables.kind import Column, Kind, Nature
from cleanclaim.tables.release_names import Span

MUE = Kind(
    name="mue",
    columns=(
        Column("code", ValueType.CODE, hcpcs, ("hcpcscptcode", "hcpcs", "cptcode")),
        Column(
            "units",
            ValueType.NUMBER,
            whole,
            ("practitionerservicesmue", "outpatienthospitalservicesmue", "dmesupplierservicesmue", "muevalue"),
        ),
        Column("adjudication", ValueType.CODE, leading("1", "2", "3"), ("mueadjudicationindicator",)),
        Column("rationale", ValueType.TEXT, words, ("muerationale", "rationale"), optional=True),
    ),
    keys=("code",),
    decides=("units", "adjudication"),
    nature=Nature.SNAPSHOT,
    span=Span.QUARTER,
    header="HCPCS/CPT Code, … Services MUE Values, MUE Adjudication Indicator, MUE Rationale",
    suppliers={
        "practitioner": "mue-practitioner",
        "outpatient": "mue-outpatient",
        "hospital": "mue-outpatient",
        "dme": "mue-dme",
    },
    clues=(
        ("practitioner", "mue-practitioner"),
        ("outpatienthospital", "mue-outpatient"),
        ("outpatient", "mue-outpatient"),
        ("dmesupplier", "mue-dme"),
    ),
)
