"""Loops 2300 to 2330: what a claim says above its lines, and the claim as lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from cleanclaim.claims.x12.codes import INPATIENT_BILLS, OTHER_DIAGNOSIS, PRINCIPAL_DIAGNOSIS, SEGMENTS, STILL_PATIENT
from cleanclaim.claims.x12.composite import component
from cleanclaim.claims.x12.errors import UnreadableClaim
from cleanclaim.claims.x12.parties import Parties
from cleanclaim.claims.x12.providers import Providers, read_providers
from cleanclaim.claims.x12.segments import Segment
from cleanclaim.claims.x12.values import Span, amount, element, span

Oddities = list[tuple[int, str]]
"""Index of the segment in the claim, and what is odd about it."""


class Identity(NamedTuple):
    """What a claim is called: its number, its patient, where it stands and when its transaction was made."""

    claim: str
    patient: str
    source: str
    submitted: date | None = None


class ClaimFacts(NamedTuple):
    """What every line of the claim inherits."""

    identity: Identity
    parties: Parties
    institutional: bool
    charge: Decimal | None
    place_of_service: str | None
    bill_type: str | None
    frequency: str | None
    statement: Span | None
    admitted: date | None
    discharged: date | None
    discharge_status: str | None
    drg: str | None
    diagnoses: tuple[str, ...] | None
    """Principal first; None where one of them could not be read."""
    pointable: tuple[str, ...] | None
    """The same in the order that pointers count."""
    authorization: str | None
    related_causes: tuple[str, ...]
    providers: Providers


def claim_facts(
    segments: list[Segment],
    end: int,
    institutional: bool,
    separator: str,
    identity: Identity,
    parties: Parties,
    odd: Oddities,
) -> ClaimFacts:
    """The facts of ``segments[:end]``, the claim's own loops before its first line.

    Loop 2320 and what follows it speak of other payers and are not read.
    """
    end = next((i for i in range(end) if segments[i][0] == "SBR"), end)
    clm = segments[0]
    total = element(clm, 2)
    charge = amount(total)
    if total and charge is None:
        raise UnreadableClaim(0, "the total charge (CLM02) is not an amount of money")
    place = element(clm, 5).split(separator)
    facility, frequency = component(place, 1).upper(), component(place, 3).upper()
    if component(place, 2) == ("B" if institutional else "A"):
        kind = "a place of service" if institutional else "a type of bill"
        odd.append((0, f"CLM05 gives {kind}, which does not suit the claim's lines; it is left unknown"))
        facility = ""
    dates = _dates(segments, end)
    discharge_status = authorization = None
    drg = None
    damaged = 0
    codes = _Diagnoses()
    for i in range(1, end):
        segment = segments[i]
        identifier = segment[0]
        if identifier == "HI":
            drg = _drg(segment, separator) or drg
            codes.add(i, segment, separator, odd)
        elif identifier == "CL1":
            discharge_status = element(segment, 3) or None
        elif identifier == "REF" and element(segment, 1) == "G1":
            authorization = authorization or element(segment, 2) or None
        elif identifier not in SEGMENTS and not damaged:
            damaged = i
    if damaged and codes.principal is None:
        codes.broken = True
        odd.append((damaged, "the segment may have held the claim's diagnoses; they are left unknown"))
    statement, admission, discharge = dates.get("434"), dates.get("435"), dates.get("096")
    discharged = discharge[1] if discharge else None
    inpatient = institutional and facility[-2:] in INPATIENT_BILLS
    if discharged is None and inpatient and statement and discharge_status != STILL_PATIENT:
        discharged = statement[1]
    return ClaimFacts(
        identity=identity,
        parties=parties,
        institutional=institutional,
        charge=charge,
        place_of_service=None if institutional else facility or None,
        bill_type=f"{facility}{frequency}" if institutional and facility else None,
        frequency=frequency or None,
        statement=statement,
        admitted=admission[0] if admission else None,
        discharged=discharged,
        discharge_status=discharge_status,
        drg=drg,
        diagnoses=None if codes.broken else codes.principal_first(),
        pointable=None if codes.broken else tuple(codes.given),
        authorization=authorization,
        related_causes=tuple(c.upper() for c in map(str.strip, element(clm, 11).split(separator)[:3]) if c),
        providers=read_providers(segments, 1, end),
    )


def rendering(facts: ClaimFacts, providers: Providers) -> tuple[str | None, str | None]:
    """NPI and taxonomy of who performed the service: as named, else who bills."""
    named = providers.rendering
    if named is not None:
        return named.npi, named.taxonomy
    return facts.parties.billing_npi, facts.parties.billing_taxonomy


def service_state(facts: ClaimFacts, providers: Providers) -> str | None:
    """The state of the service facility where its address is given, else the billing provider's."""
    facility = providers.facility
    if facility is not None and facility.placed:
        return facility.state
    return facts.parties.billing_state


_DATED = {"434": "statement", "435": "admission", "096": "discharge"}


def _dates(segments: list[Segment], end: int) -> dict[str, Span]:
    found: dict[str, Span] = {}
    for i in range(1, end):
        segment = segments[i]
        if segment[0] != "DTP":
            continue
        what = _DATED.get(element(segment, 1))
        if what is None or element(segment, 2) == "TM":
            continue
        days = span(element(segment, 3))
        if days is None:
            raise UnreadableClaim(i, f"the {what} date (DTP03) is not a date")
        if days[1] < days[0]:
            raise UnreadableClaim(i, f"the {what} dates (DTP03) end before they begin")
        found[element(segment, 1)] = days
    return found


_DIAGNOSES = PRINCIPAL_DIAGNOSIS | OTHER_DIAGNOSIS


class _Diagnoses:
    """The diagnoses of a claim's HI segments, as they come."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.principal: str | None = None
        self.broken = False

    def add(self, index: int, segment: Segment, separator: str, odd: Oddities) -> None:
        unreadable = False
        for value in segment[1:]:
            value = value.strip()
            if not value:
                continue
            parts = value.split(separator)
            qualifier, code = component(parts, 1).upper(), component(parts, 2).replace(".", "").upper()
            if not code:
                # What another list lacks (an occurrence, a value) is no diagnosis.
                unreadable = unreadable or len(parts) < 2 or not qualifier or qualifier in _DIAGNOSES
            elif qualifier in PRINCIPAL_DIAGNOSIS:
                if self.principal is None:
                    self.principal = code
                elif self.principal == code:
                    continue
                self.given.append(code)
            elif qualifier in OTHER_DIAGNOSIS:
                self.given.append(code)
        if unreadable:
            self.broken = True
            odd.append(
                (index, "a code in HI has no qualifier or no code beside it; the claim's diagnoses are left unknown")
            )

    def principal_first(self) -> tuple[str, ...]:
        if self.principal is None or self.given[0] == self.principal:
            return tuple(self.given)
        others = list(self.given)
        others.remove(self.principal)
        return (self.principal, *others)


def _drg(segment: Segment, separator: str) -> str | None:
    for value in segment[1:]:
        parts = value.strip().split(separator)
        if component(parts, 1) == "DR":
            return component(parts, 2).upper() or None
    return None
