"""Elements to values: amounts, quantities and dates, as the 837 writes them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

_NUMBER = re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})")

Span = tuple[date, date]
"""A first and a last day, both included."""


@lru_cache(maxsize=4096)
def amount(text: str) -> Decimal | None:
    """The decimal number, or None where the text is not one (no exponents, no thousands marks)."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=1024)
def quantity(text: str) -> int | Decimal | None:
    """A count: an ``int`` where it is whole (``1.00`` is 1), else a ``Decimal`` without idle zeros."""
    number = amount(text)
    if number is None:
        return None
    whole = int(number)
    return whole if whole == number else number.normalize()


@lru_cache(maxsize=4096)
def span(text: str) -> Span | None:
    """The days of a DTP03 or DMG02, told by its shape: D8, RD8, DT or RDT; None where it is no date.

    >>> span("20240102-20240105")
    (datetime.date(2024, 1, 2), datetime.date(2024, 1, 5))
    """
    first, dash, last = text.partition("-")
    start = day(first)
    end = day(last) if dash else start
    return (start, end) if start and end else None


def day(text: str) -> date | None:
    """The day of CCYYMMDD, with or without HHMM or HHMMSS behind it; None where it is no date."""
    if len(text) not in (8, 12, 14) or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def element(segment: list[str], number: int) -> str:
    """The element without blanks around it, empty where the segment is shorter."""
    return segment[number].strip() if number < len(segment) else ""
