"""What a claim is: service lines, and what could not be read as one.

A line carries the facts of its claim too, as a warehouse row does, so that a policy sees one
flat thing. It is a named tuple because readers make millions of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

Number = int | Decimal
Scalar = str | int | Decimal | date | bool
FactValue = Scalar | tuple[str, ...]

NO_FACTS: Mapping[str, FactValue] = {}


class Status(Enum):
    """Why a line is here."""

    CLAIM = "claim"
    """It is billed on a claim that is to be judged."""
    HISTORY = "history"
    """It was billed before: it counts as another line and is never judged."""
    LOG = "log"
    """It was performed but not billed: only its minutes count, where timed services are pooled."""


class Line(NamedTuple):
    """One service line. ``None`` is a missing fact; the field catalogue says what each one is.

    Codes are text in upper case, diagnoses without the point, money is ``Decimal`` dollars,
    ``units`` and ``minutes`` are ``int`` or ``Decimal`` (never float, never bool).
    ``performer_licences`` is ``None`` where nothing is known of the performer, and an empty
    tuple where the roster knows the performer and no licence was in force. ``diagnoses`` is empty
    where the claim has none, and ``None`` where one of them could not be read.
    """

    claim: str
    line: int
    patient: str
    service_date: date
    service_through: date
    claim_type: str = "professional"
    payer: str | None = None
    payer_name: str | None = None
    payer_type: str | None = None
    plan: str | None = None
    received: date | None = None
    submitted: date | None = None
    admitted: date | None = None
    discharged: date | None = None
    discharge_status: str | None = None
    procedure: str | None = None
    modifiers: tuple[str, ...] = ()
    revenue_code: str | None = None
    drg: str | None = None
    place_of_service: str | None = None
    bill_type: str | None = None
    claim_frequency: str | None = None
    units: Number | None = None
    minutes: Number | None = None
    charge: Decimal | None = None
    claim_charge: Decimal | None = None
    allowed: Decimal | None = None
    paid: Decimal | None = None
    diagnoses: tuple[str, ...] | None = ()
    pointed_diagnoses: tuple[str, ...] | None = None
    diagnosis_pointers: tuple[str, ...] | None = None
    rendering_npi: str | None = None
    billing_npi: str | None = None
    billing_tin: str | None = None
    facility_npi: str | None = None
    referring_npi: str | None = None
    ordering_npi: str | None = None
    supervising_npi: str | None = None
    rendering_taxonomy: str | None = None
    billing_taxonomy: str | None = None
    state: str | None = None
    patient_birth_date: date | None = None
    patient_sex: str | None = None
    authorization: str | None = None
    related_causes: tuple[str, ...] = ()
    performer_licences: tuple[str, ...] | None = None
    performer_supervisor_npi: str | None = None
    facts: Mapping[str, FactValue] = NO_FACTS
    """Declared facts by name: what no claim form carries and a policy asks for."""
    status: Status = Status.CLAIM
    source: str = ""
    """Where it was read, for people: ``batch.837, set 0001, claim 3``. Holds no patient data."""


def canonical_order(line: Line) -> tuple[date, bool, str, int, str]:
    """The order in which lines of one patient are looked at: date, what was billed before, claim, line number."""
    return (line.service_date, line.status is not Status.HISTORY, line.claim, line.line, line.status.value)


@dataclass(frozen=True, slots=True)
class Claim:
    """The lines of one claim as one reader met them, at least one."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Reject:
    """Something in the input that could not be judged; ``claims`` of it were lost.

    ``where`` is a place in the source (``segment 12 (CLM)``, ``row 7``) and ``reason`` says what
    is wrong and what to do. Neither holds patient data. ``claim`` is set where a row of a table is
    refused: its claim may have other rows, which :class:`~cleanclaim.claims.batch.Batch` withdraws.
    """

    source: str
    where: str
    reason: str
    claims: int = 0
    claim: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Warning:
    """Something odd in the input that did not stop it from being judged."""

    source: str
    where: str
    reason: str


Reading = Claim | Reject | Warning
"""What a reader yields, in input order."""
