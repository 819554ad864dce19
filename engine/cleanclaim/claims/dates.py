"""Reads a day as claims files write it."""

from __future__ import annotations

import re
from datetime import date

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_BASIC = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)


def read_day(text: str) -> date | None:
    """The day of ``YYYY-MM-DD``, with or without a time after it, or ``YYYYMMDD``; ``None`` for anything else.

    >>> read_day("20200229"), read_day("2020-02-30"), read_day("1/2/2020")
    (datetime.date(2020, 2, 29), None, None)
    """
    found = _ISO.fullmatch(text) or _BASIC.fullmatch(text)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
