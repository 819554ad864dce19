"""The providers named on a claim or on one of its lines: NM1 with the PRV and N4 that follow it."""

from __future__ import annotations

from typing import NamedTuple

from cleanclaim.claims.x12.codes import FACILITY, RENDERING
from cleanclaim.claims.x12.segments import Segment
from cleanclaim.claims.x12.values import element


class Provider(NamedTuple):
    """One provider; ``placed`` says that an address was given, whether or not its state reads."""

    npi: str | None
    taxonomy: str | None = None
    state: str | None = None
    placed: bool = False


class Providers(NamedTuple):
    """Who is named in one loop; the first of a kind counts (a second DN is not the referring one)."""

    rendering: Provider | None = None
    facility: Provider | None = None
    referring: Provider | None = None
    ordering: Provider | None = None
    supervising: Provider | None = None

    def over(self, claim: Providers) -> Providers:
        """What a line names beats what its claim names."""
        return Providers(*(mine or theirs for mine, theirs in zip(self, claim, strict=True)))


_ROLES = {
    RENDERING: "rendering",
    **dict.fromkeys(FACILITY, "facility"),
    "DN": "referring",
    "P3": "referring",
    "DK": "ordering",
    "DQ": "supervising",
}


def read_providers(segments: list[Segment], first: int, end: int) -> Providers:
    """The providers in ``segments[first:end]``; a P3 (primary care) refers only where no DN does."""
    named: dict[str, Provider] = {}
    role = ""
    for segment in segments[first:end]:
        identifier = segment[0]
        if identifier == "NM1":
            code = element(segment, 1)
            role = _ROLES.get(code, "")
            if code == "P3":
                role = "primary care"
            if role in named:
                role = ""
            elif role:
                named[role] = Provider(npi(segment))
        elif not role:
            continue
        elif identifier == "PRV":
            named[role] = named[role]._replace(taxonomy=element(segment, 3) or None)
        elif identifier == "N4":
            named[role] = named[role]._replace(state=state(segment), placed=True)
    primary_care = named.pop("primary care", None)
    if primary_care and "referring" not in named:
        named["referring"] = primary_care
    return Providers(**named)


def npi(segment: Segment) -> str | None:
    """NM109 where NM108 says that it is an NPI; 4010 has other identifiers there."""
    return (element(segment, 9) or None) if element(segment, 8) == "XX" else None


def state(segment: Segment) -> str | None:
    """N402 where it is a state's two letters."""
    letters = element(segment, 2).upper()
    return letters if len(letters) == 2 and letters.isascii() and letters.isalpha() else None
