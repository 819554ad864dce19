"""What a claim's frequency code makes of other claims: a replacement stands for its original, a void bills nothing.

Lines belong together that have one claim number (as given), one patient and one date of service: a number alone
may be a patient's account, which many claims share.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cleanclaim.claims.claim_numbers import as_given
from cleanclaim.claims.model import Line, Warning

REPLACEMENT = "7"
VOID = "8"

Identity = tuple[str, str, date]


def without_voids(judged: list[Line]) -> tuple[list[Line], int, list[Warning]]:
    """Lines that bill something, how many claims are voids, and what is to be said of each."""
    kept = [line for line in judged if line.claim_frequency != VOID]
    if len(kept) == len(judged):
        return judged, 0, []
    voids = {line.claim: line for line in judged if line.claim_frequency == VOID}
    reason = "claims that are voids (frequency 8): they bill nothing, and no rule is run on them"
    return kept, len(voids), [Warning(line.source, f"claim {line.claim}", reason) for line in voids.values()]


def without_replaced(past: list[Line], judged: Iterable[Line]) -> list[Line]:
    """History without what is void, and without originals that a replacement stands for."""
    gone = {_identity(line) for line in judged if line.claim_frequency in (REPLACEMENT, VOID)}
    gone |= {_identity(line) for line in past if line.claim_frequency == VOID}
    replaced = {_identity(line) for line in past if line.claim_frequency == REPLACEMENT}
    if not gone and not replaced:
        return past
    return [
        line
        for line in past
        if (identity := _identity(line)) not in gone
        and (identity not in replaced or line.claim_frequency == REPLACEMENT)
    ]


def _identity(line: Line) -> Identity:
    return as_given(line.claim), line.patient, line.service_date
