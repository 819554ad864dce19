"""Tells whether a line of the history is a judged line over again, or another service under the same number."""

from __future__ import annotations

from operator import itemgetter

from cleanclaim.claims.model import Line

BILLED = (
    "patient",
    "service_date",
    "service_through",
    "claim_type",
    "procedure",
    "modifiers",
    "revenue_code",
    "units",
    "charge",
)
"""What makes a line the one that was billed: it is given in every layout, and must be equal."""

APART = (
    "claim",
    "line",
    "status",
    "source",
    "received",
    "submitted",
    "allowed",
    "paid",
    "minutes",
    "facts",
    "performer_licences",
    "performer_supervisor_npi",
    # A replacement (7) says these anew of the line that it replaces.
    "claim_frequency",
    "bill_type",
    "claim_charge",
)
"""What is said of a line by others than its bill, or of its claim as a whole: it may differ."""

_billed = itemgetter(*(Line._fields.index(name) for name in BILLED))
_others = itemgetter(*(n for n, name in enumerate(Line._fields) if name not in (*BILLED, *APART)))


def same_billed_line(one: Line, other: Line) -> bool:
    """Whether two lines of one claim and line number are one line, billed once.

    What was billed is equal, and no other fact that both give differs: a warehouse and an 837 do
    not carry the same facts, but another performer or diagnosis is another service.
    """
    if _billed(one) != _billed(other):
        return False
    mine, theirs = _others(one), _others(other)
    return mine == theirs or all(
        a == b for a, b in zip(mine, theirs, strict=True) if a is not None and b is not None and a != () and b != ()
    )


def differing(one: Line, other: Line) -> list[str]:
    """The names of the facts in which two lines differ, wherever they were read."""
    return [
        name for name, mine, theirs in zip(Line._fields, one, other, strict=True) if name != "source" and mine != theirs
    ]
