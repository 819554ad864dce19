"""The list of services that Medicare pays for by telehealth, one list a year."""

from __future__ import annotations

from cleanclaim.claims.fields import ValueType
from cleanclaim.tables.cells import hcpcs, words, yes_or_no
from cleanclaim.tables.kind import Column, Kind, Nature
from cleanclaim.tables.release_names import Span

TELEHEALTH = Kind(
    name="telehealth",
    columns=(
        Column("code", ValueType.CODE, hcpcs, ("code", "hcpcs", "cpthcpcs", "cptcode", "cpt")),
        Column("audio_only", ValueType.BOOLEAN, yes_or_no, ("canaudioonly", "audioonly", "audio"), optional=True),
        Column("status", ValueType.TEXT, words, ("status", "proposedaction", "finalaction", "action"), optional=True),
    ),
    keys=("code",),
    decides=("audio_only",),
    nature=Nature.SNAPSHOT,
    span=Span.YEAR,
    header="HCPCS (or Code), Short Descriptor, …",
    # Found and not stored: descriptors are the American Medical Association's.
    needs=("shortdesc",),
)
