"""The columns of the performer roster's CSV, and how a file shows by them that it is one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RosterColumn:
    """One column of the roster's CSV; ``required`` columns may be blank only where ``doc`` says so."""

    name: str
    doc: str
    required: bool = False
    pattern: str = ""
    date: bool = False


COLUMNS: tuple[RosterColumn, ...] = (
    RosterColumn("npi", "NPI of the performer, ten digits.", True, r"^\d{10}$"),
    RosterColumn(
        "license_type",
        "Type of licence as policies name it (LMT, DC, PT …). Blank: the performer is known and this row gives no "
        "licence, as for an unlicensed assistant.",
        True,
    ),
    RosterColumn("license_number", "The licence's number, for the roster's own keeper; it is not used."),
    RosterColumn("state", "Two-letter state that the licence is good for. Blank only where license_type is.", True),
    RosterColumn("from", "First day in force (YYYY-MM-DD). Blank only where license_type is.", True, date=True),
    RosterColumn("through", "Last day in force (YYYY-MM-DD). Blank: still in force.", date=True),
    RosterColumn("supervisor", "NPI of who supervises the performer under this row.", pattern=r"^(\d{10})?$"),
)
_REQUIRED = {column.name for column in COLUMNS if column.required}


def is_roster(header: Iterable[str]) -> bool:
    """Whether a table with this header has every column that a roster must have.

    >>> is_roster(["NPI", "License_Type", "State", "From"]), is_roster(["claim_id", "npi", "license_type"])
    (True, False)
    """
    return {name.strip().casefold() for name in header} >= _REQUIRED
