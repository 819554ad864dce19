"""Loops 2400 to 2430: the service lines of a claim."""

from __future__ import annotations

import re
from typing import NamedTuple

from cleanclaim.claims.model import Line, Number
from cleanclaim.claims.pointers import pointed_diagnoses
from cleanclaim.claims.x12.claim import ClaimFacts, Identity, Oddities, claim_facts, rendering, service_state
from cleanclaim.claims.x12.codes import LEVEL_ENTITIES
from cleanclaim.claims.x12.composite import component
from cleanclaim.claims.x12.errors import LostLevel, UnreadableClaim
from cleanclaim.claims.x12.parties import Parties
from cleanclaim.claims.x12.providers import Provider, read_providers
from cleanclaim.claims.x12.segments import Segment
from cleanclaim.claims.x12.values import Span, amount, element, quantity, span

_MINUTES = "MJ"
_MINUTES_NOTE = re.compile(r"(?:MINUTES[ =]|MIN )([0-9]{1,5})", re.IGNORECASE)
"""Our convention for documented minutes: a line note (NTE02) of exactly ``MINUTES 60``,
``MINUTES=60`` or ``MIN 60``."""

_NO_POINTER = 100
"""SV107 has two digits."""

_BEFORE_LINES = frozenset(("HI", "CL1"))
"""Claim-level segments: behind a service line they tell that the CLM between them is lost."""


class _Layout(NamedTuple):
    """Where SV1 and SV2 hold what both have."""

    name: str
    procedure: int
    charge: int
    unit: int


_SV1 = _Layout("SV1", 1, 2, 3)
_SV2 = _Layout("SV2", 2, 3, 4)


def read_lines(
    segments: list[Segment], separator: str, identity: Identity, parties: Parties, damaged: bool
) -> tuple[tuple[Line, ...], Oddities]:
    """The lines of the claim whose segments these are, CLM first, and what was odd about them.

    ``damaged`` says that some segment in it had no readable identifier. Raises
    :class:`UnreadableClaim` where a line lacks what it must have.
    """
    starts, institutional = _starts(segments)
    odd: Oddities = []
    numbers = _numbers(segments, starts, damaged, odd)
    facts = claim_facts(segments, starts[0], institutional, separator, identity, parties, odd)
    ends = [*starts[1:], len(segments)]
    return (
        tuple(
            _line(segments, start, end, number, facts, separator, odd)
            for start, end, number in zip(starts, ends, numbers, strict=True)
        ),
        odd,
    )


def _starts(segments: list[Segment]) -> tuple[list[int], bool]:
    """Where each line begins, and whether the claim is institutional (SV2) or professional (SV1)."""
    starts: list[int] = []
    kinds: set[str] = set()
    awaited: int | None = None
    for i, segment in enumerate(segments):
        identifier = segment[0]
        if identifier == "LX":
            if awaited is not None:
                break
            starts.append(i)
            awaited = i
        elif identifier in ("SV1", "SV2", "SV3"):
            if awaited is None:
                starts.append(i)
            awaited = None
            kinds.add(identifier)
            if identifier == "SV3":
                raise UnreadableClaim(i, "this is a dental claim (SV3); only professional and institutional are judged")
            if len(kinds) > 1:
                raise UnreadableClaim(i, "the claim has professional (SV1) and institutional (SV2) lines")
        elif starts and identifier in _BEFORE_LINES:
            raise UnreadableClaim(
                i, f"{identifier} stands behind service lines: a CLM before it is missing or unreadable"
            )
        elif starts and (identifier == "SBR" or (identifier == "NM1" and element(segment, 1) in LEVEL_ENTITIES)):
            raise LostLevel(i, f"{identifier} stands behind service lines: an HL before it is missing or unreadable")
    if awaited is not None:
        raise UnreadableClaim(awaited, "the service line has no SV1 and no SV2")
    if not starts:
        raise UnreadableClaim(0, "the claim has no service lines (LX, SV1 or SV2)")
    return starts, "SV2" in kinds


def _numbers(segments: list[Segment], starts: list[int], damaged: bool, odd: Oddities) -> list[int]:
    """LX01 of every line; by position where one is missing, unreadable or there twice."""
    numbers: list[int] = []
    taken: set[int] = set()
    reason, place = "", 0
    for start in starts:
        text = element(segments[start], 1) if segments[start][0] == "LX" else ""
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
        if not reason and not number:
            reason, place = "a service line has no LX number", start
        elif not reason and number in taken:
            reason, place = "a service line's LX number repeats", start
        taken.add(number)
        numbers.append(number)
    if not reason:
        return numbers
    if damaged:
        raise UnreadableClaim(
            place, f"{reason} and a segment of the claim is unreadable: its lines cannot be told apart"
        )
    odd.append((place, f"{reason}; the claim's lines are numbered by position"))
    return list(range(1, len(starts) + 1))


def _line(
    segments: list[Segment], start: int, end: int, number: int, facts: ClaimFacts, separator: str, odd: Oddities
) -> Line:
    service: Segment = []
    at = start
    days: Span | None = None
    note: int | None = None
    authorization = facts.authorization
    providers, named = facts.providers, False
    own_authorization = None
    for i in range(start, end):
        segment = segments[i]
        identifier = segment[0]
        if identifier == "DTP":
            if element(segment, 1) == "472":
                days = _service_days(segment, i, days)
        elif identifier == "SV1" or identifier == "SV2":
            service, at = segment, i
        elif identifier == "NM1":
            if not named:
                named = True
                providers = read_providers(segments, i, end).over(facts.providers)
        elif identifier == "REF":
            # REF04 (2U) and loop 2420G say that the number was given by another payer.
            if element(segment, 1) == "G1" and not named and not element(segment, 4):
                own_authorization = own_authorization or element(segment, 2) or None
        elif identifier == "NTE" and note is None:
            match = _MINUTES_NOTE.fullmatch(element(segment, 2))
            note = int(match[1]) if match else None
    days = days or facts.statement
    if days is None:
        raise UnreadableClaim(start, "the service line has no date of service (DTP*472), nor has the claim (DTP*434)")

    layout = _SV2 if facts.institutional else _SV1
    procedure, modifiers = _procedure(service, layout, separator, at, odd)
    charge = amount(element(service, layout.charge))
    if charge is None and element(service, layout.charge):
        raise UnreadableClaim(at, f"the charge ({layout.name}0{layout.charge}) is not an amount of money")
    units = quantity(element(service, layout.unit + 1))
    if units is None and element(service, layout.unit + 1):
        raise UnreadableClaim(at, f"the units ({layout.name}0{layout.unit + 1}) are not a number")
    if (charge is not None and charge < 0) or (units is not None and units < 0):
        odd.append((at, f"the charge or the units ({layout.name}) are negative, which is odd; they are used"))
    minutes: Number | None = note
    if element(service, layout.unit) == _MINUTES and units is not None:
        minutes = units
    place, revenue, pointers, pointed = facts.place_of_service, None, None, None
    if facts.institutional:
        revenue = element(service, 1).upper() or None
        if revenue and len(revenue) == 3 and revenue.isdigit():
            revenue = f"0{revenue}"
    else:
        place = element(service, 5).upper() or place
        pointers, pointed = _pointers(element(service, 7), separator, facts, at, odd)
    rendering_npi, rendering_taxonomy = rendering(facts, providers)
    parties = facts.parties
    return Line(
        claim=facts.identity.claim,
        line=number,
        patient=facts.identity.patient,
        service_date=days[0],
        service_through=days[1],
        claim_type="institutional" if facts.institutional else "professional",
        payer=parties.payer,
        payer_name=parties.payer_name,
        payer_type=parties.payer_type,
        plan=parties.plan,
        submitted=facts.identity.submitted,
        admitted=facts.admitted,
        discharged=facts.discharged,
        discharge_status=facts.discharge_status,
        procedure=procedure,
        modifiers=modifiers,
        revenue_code=revenue,
        drg=facts.drg,
        place_of_service=place,
        bill_type=facts.bill_type,
        claim_frequency=facts.frequency,
        units=units,
        minutes=minutes,
        charge=charge,
        claim_charge=facts.charge,
        diagnoses=facts.diagnoses,
        pointed_diagnoses=pointed,
        diagnosis_pointers=pointers,
        rendering_npi=rendering_npi,
        billing_npi=parties.billing_npi,
        billing_tin=parties.billing_tin,
        facility_npi=_npi(providers.facility),
        referring_npi=_npi(providers.referring),
        ordering_npi=_npi(providers.ordering),
        supervising_npi=_npi(providers.supervising),
        rendering_taxonomy=rendering_taxonomy,
        billing_taxonomy=parties.billing_taxonomy,
        state=service_state(facts, providers),
        patient_birth_date=parties.birth_date,
        patient_sex=parties.sex,
        authorization=own_authorization or authorization,
        related_causes=facts.related_causes,
        source=facts.identity.source,
    )


def _service_days(segment: Segment, index: int, before: Span | None) -> Span:
    days = span(element(segment, 3))
    if days is None:
        raise UnreadableClaim(index, "the date of service (DTP03) is not a date")
    if days[1] < days[0]:
        raise UnreadableClaim(index, "the dates of service (DTP03) end before they begin")
    if before is not None and before != days:
        raise UnreadableClaim(index, "the service line has two different dates of service (DTP*472)")
    return days


def _procedure(
    service: Segment, layout: _Layout, separator: str, index: int, odd: Oddities
) -> tuple[str | None, tuple[str, ...]]:
    """The HCPCS code and its modifiers; a code of another list (HIPPS, drugs) is no procedure."""
    composite = element(service, layout.procedure)
    if not composite:
        return None, ()
    parts = composite.split(separator)
    place = f"{layout.name}0{layout.procedure}"
    code = component(parts, 2).upper()
    if not code:
        raise UnreadableClaim(index, f"the procedure ({place}) has no code behind its qualifier")
    modifiers = tuple(m.strip().upper() for m in parts[2:6] if m.strip())
    if component(parts, 1) not in ("HC", ""):
        odd.append((index, f"the code in {place} is not of the HCPCS (qualifier HC); the procedure is left unknown"))
        return None, modifiers
    return code, modifiers


def _pointers(
    composite: str, separator: str, facts: ClaimFacts, index: int, odd: Oddities
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """The pointers of SV107, and the diagnoses that they point to; None where there are none or they say nothing."""
    pointers: list[str] = []
    for part in composite.split(separator):
        place = quantity(part.strip())
        if place is None and not part.strip():
            continue
        if not isinstance(place, int) or not 0 <= place < _NO_POINTER:
            odd.append((index, "SV107 holds what is no pointer to a diagnosis; the line's pointers are left unknown"))
            return None, None
        pointers.append(str(place))
    if not pointers or facts.pointable is None:
        return tuple(pointers) or None, None
    pointed = pointed_diagnoses(pointers, facts.pointable)
    if pointed is None:
        odd.append((index, "SV107 points to a diagnosis that the claim does not have; what it points to is unknown"))
    return tuple(pointers), pointed


def _npi(provider: Provider | None) -> str | None:
    return provider.npi if provider is not None else None
