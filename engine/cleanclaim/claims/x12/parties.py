"""Loops 2000 and 2010: who bills, who is insured, who pays and who the patient is."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from cleanclaim.claims.x12.codes import PAYER_TYPES
from cleanclaim.claims.x12.providers import npi, state
from cleanclaim.claims.x12.segments import Segment
from cleanclaim.claims.x12.values import element, span

Placed = tuple[int, Segment]
"""A segment with its number in the file."""

Odd = tuple[int, str, str]
"""Segment number, identifier, and what is odd about it."""


class Parties(NamedTuple):
    """What a claim inherits from the loops above it."""

    billing_npi: str | None
    billing_tin: str | None
    billing_taxonomy: str | None
    billing_state: str | None
    payer: str | None
    payer_name: str | None
    payer_type: str | None
    plan: str | None
    patient: str | None
    birth_date: date | None
    sex: str | None


class Person(NamedTuple):
    """The facts that tell one patient from another."""

    identifier: str = ""
    first_name: str = ""
    birth_date: date | None = None
    sex: str | None = None


def read_parties(
    billing: list[Placed], subscriber: list[Placed], dependant: list[Placed] | None
) -> tuple[Parties, list[Odd]]:
    """The parties of the claims below these hierarchical levels, and what was odd."""
    odd: list[Odd] = []
    insured, payer, filing = _subscriber(subscriber, odd)
    patient: str | None = insured.identifier or None
    person = insured
    if dependant is not None:
        person, second_payer, _ = _subscriber(dependant, odd, "QC")
        payer = payer or second_payer
        patient = _dependant_key(insured.identifier, person)
    code = element(filing, 9)
    parties = Parties(
        *_billing(billing),
        payer=(element(payer, 9) or None) if payer else None,
        payer_name=(element(payer, 3) or None) if payer else None,
        payer_type=PAYER_TYPES.get(code, "other") if code else None,
        plan=element(filing, 3) or element(filing, 4) or None,
        patient=patient,
        birth_date=person.birth_date,
        sex=person.sex,
    )
    return parties, odd


def _billing(segments: list[Placed]) -> tuple[str | None, str | None, str | None, str | None]:
    """NPI, TIN, taxonomy and state of loops 2000A and 2010AA (2010AB is the address to pay to)."""
    found: dict[str, str] = {}
    entity = ""
    for _, segment in segments:
        identifier, code = segment[0], element(segment, 1)
        if identifier == "NM1":
            entity = code
            if entity == "85":
                found["npi"] = npi(segment) or ""
                if element(segment, 8) in ("24", "34"):
                    found["tin"] = element(segment, 9)
        elif identifier == "PRV" and code == "BI":
            found.setdefault("taxonomy", element(segment, 3))
        elif entity != "85":
            continue
        elif identifier == "N4":
            found.setdefault("state", state(segment) or "")
        elif identifier == "REF" and code in ("EI", "SY"):
            found.setdefault("tin", element(segment, 2))
    tin = found.get("tin", "").replace("-", "")
    return found.get("npi") or None, tin or None, found.get("taxonomy") or None, found.get("state") or None


def _subscriber(segments: list[Placed], odd: list[Odd], role: str = "IL") -> tuple[Person, Segment | None, Segment]:
    """The person named with ``role``, the NM1 of the payer and the SBR of one 2000B or 2000C loop."""
    person = Person()
    payer: Segment | None = None
    filing: Segment = ["SBR"]
    for position, segment in segments:
        identifier = segment[0]
        if identifier == "SBR":
            filing = segment
        elif identifier == "NM1":
            code = element(segment, 1)
            if code == role:
                person = person._replace(identifier=element(segment, 9), first_name=element(segment, 4))
            elif code == "PR" and payer is None:
                payer = segment
        elif identifier == "DMG":
            born = span(element(segment, 2))
            if born is None and element(segment, 2):
                odd.append((position, "DMG", "the birth date (DMG02) is not a date; it is left unknown"))
            sex = element(segment, 3).upper()
            person = person._replace(birth_date=born[0] if born else None, sex=sex if sex in ("F", "M", "U") else None)
    return person, payer, filing


def _dependant_key(member: str, person: Person) -> str | None:
    """Family members share a member id, so a dependant is told by birth date and first name too."""
    if not member:
        return person.identifier or None
    if person.birth_date is None and not person.first_name:
        return None
    born = person.birth_date.isoformat() if person.birth_date else ""
    return f"{member}|{born}|{person.first_name.upper()}"
