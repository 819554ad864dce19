"""Which release a file is: its name and the dates that it is for, read from the file's name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum


class Span(Enum):
    """How long a release speaks: until the end of its quarter or year, or as its rows say."""

    QUARTER = "quarter"
    YEAR = "year"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Named:
    """A release and the first day that it is for."""

    release: str
    effective: date


_NCCI_VERSION = re.compile(r"(?:ccipra|ccioph)[-_ ]?v(\d{2})([0-3])r(\d)", re.I)
_QUARTER = re.compile(r"(20\d\d)[-_ ]?q([1-4])(?:_0?(\d)(?!\d))?", re.I)
_DAY = re.compile(r"eff(?:ective)?[-_ ]*(\d\d)-(\d\d)-(20\d\d)", re.I)
_RVU_MONTH = re.compile(r"rvu(?:20)?(\d\d)[-_ ]?(jan|apr|jul|oct)", re.I)
_RVU_LETTER = re.compile(r"(?<![a-z])rvu(\d\d)([abcd])(?![a-z])", re.I)
_YEAR = re.compile(r"(?<![a-z0-9])cy[-_ ]?(20\d\d)(?!\d)", re.I)
_MONTHS = {"jan": 1, "apr": 2, "jul": 3, "oct": 4}
SAFE = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}\Z")
"""Names of tables and releases: they are folders too."""


def named(text: str) -> Named | None:
    """The release that a file's name says.

    >>> named("ccipra-v322r0-f1.TXT")
    Named(release='2026q3', effective=datetime.date(2026, 7, 1))
    >>> named("MCR_MUE_PractitionerServices_Eff_07-01-2026.csv") == named("PPRRVU2026_Jul_nonQPP.csv")
    True
    >>> named("medicare-telehealth-services-cy2026.txt")
    Named(release='2026', effective=datetime.date(2026, 1, 1))
    """
    if found := _NCCI_VERSION.search(text):
        # Version 32 is the year 2026, and its point is the quarter counted from nought.
        return _quarter(int(found[1]) + 1994, int(found[2]) + 1, int(found[3]))
    if found := _DAY.search(text):
        return _day(int(found[3]), int(found[1]), int(found[2]))
    if found := _QUARTER.search(text):
        return _quarter(int(found[1]), int(found[2]), int(found[3] or 0))
    if found := _RVU_MONTH.search(text):
        return _quarter(2000 + int(found[1]), _MONTHS[found[2].lower()])
    if found := _RVU_LETTER.search(text):
        return _quarter(2000 + int(found[1]), "abcd".index(found[2].lower()) + 1)
    if found := _YEAR.search(text):
        return Named(found[1], date(int(found[1]), 1, 1))
    return None


def name_of(effective: date, span: Span) -> str:
    """What a release is called that begins on a day.

    >>> name_of(date(2026, 8, 15), Span.QUARTER), name_of(date(2026, 1, 1), Span.YEAR)
    ('2026q3', '2026')
    """
    match span:
        case Span.QUARTER:
            return f"{effective.year}q{(effective.month + 2) // 3}"
        case Span.YEAR:
            return str(effective.year)
        case Span.OPEN:
            return effective.isoformat()


def end_of(effective: date, span: Span) -> date | None:
    """The last day that a release speaks of; ``None`` where it is open.

    >>> end_of(date(2026, 8, 15), Span.QUARTER), end_of(date(2026, 1, 1), Span.YEAR)
    (datetime.date(2026, 9, 30), datetime.date(2026, 12, 31))
    """
    match span:
        case Span.QUARTER:
            month = (effective.month + 2) // 3 * 3
            following = date(effective.year + month // 12, month % 12 + 1, 1)
            return following - timedelta(days=1)
        case Span.YEAR:
            return date(effective.year, 12, 31)
        case Span.OPEN:
            return None


def _quarter(year: int, quarter: int, revision: int = 0) -> Named:
    name = f"{year}q{quarter}" + (f"r{revision}" if revision else "")
    return Named(name, date(year, quarter * 3 - 2, 1))


def _day(year: int, month: int, day: int) -> Named | None:
    try:
        effective = date(year, month, day)
    except ValueError:
        return None
    return Named(name_of(effective, Span.QUARTER), effective)
