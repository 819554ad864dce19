"""One cell of a reference table as its column's type, or what to write instead."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.keys import DATE
from cleanclaim.policy.model import MONEY_EXPONENT
from cleanclaim.policy.reading import as_date
from cleanclaim.policy.scalars import DECIMALS, WHOLE_DIGITS, A, as_code

_NUMBER = re.compile(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)\Z", re.ASCII)
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?\Z", re.ASCII)
_DAY = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})\Z", re.ASCII)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})\Z", re.ASCII)
_ISO = re.compile(DATE, re.ASCII)
_FLOAT_CODE = re.compile(r"[0-9]{4,}\.[0-9]*\Z", re.ASCII)
"""No code has four digits before a point; a spreadsheet's number has."""
_CENTS = -int(MONEY_EXPONENT.as_tuple().exponent)
_TRUTHS = {"yes": "true", "y": "true", "1": "true", "no": "false", "n": "false", "0": "false"}


class BadCell(Exception):
    """A cell that is not of its column's type, and what to write."""

    def __init__(self, message: str, help: str) -> None:
        self.message, self.help = message, help
        super().__init__(message, help)


def cell(text: str, type_: ValueType) -> Scalar:
    """The value of a cell that is not blank. Raises :class:`BadCell`.

    >>> cell("m54.50".upper(), ValueType.CODE), cell("2.0", ValueType.NUMBER), cell("20260131", ValueType.DATE)
    ('M5450', 2, datetime.date(2026, 1, 31))
    """
    match type_:
        case ValueType.NUMBER | ValueType.MONEY:
            return _number(text, type_)
        case ValueType.DATE:
            return _date(text)
        case ValueType.BOOLEAN:
            if text.lower() not in ("true", "false"):
                raise BadCell(
                    f"{quoted(text)} is not true or false", f"write {_TRUTHS.get(text.lower(), 'true or false')}"
                )
            return text.lower() == "true"
        case ValueType.CODE:
            return _code(text)
        case _:
            return text


def _code(text: str) -> str:
    found = as_code(text.upper())
    if found is not None and text == text.upper() and not _FLOAT_CODE.match(text):
        return found
    message = f"{quoted(text)} is not a code"
    if _FLOAT_CODE.match(text):
        raise BadCell(
            message, f"write {text.partition('.')[0]}; a spreadsheet made a number of it, so format the column as text"
        )
    if found is not None:
        raise BadCell(f"{quoted(text)} is in lower case, and a code never is", f"write {text.upper()}")
    low, dash, high = (part.strip() for part in text.partition("-"))
    if dash and as_code(low.upper()) is not None and as_code(high.upper()) is not None:
        raise BadCell(
            f"{quoted(text)} is a range, and a table's row is of one code",
            f"write one row for each code from {low} to {high}",
        )
    if text.endswith("*") and as_code(text[:-1].upper()) is not None:
        raise BadCell(
            f"{quoted(text)} is a prefix, and a table's row is of one code",
            f"write one row for each code that begins with {text[:-1]}",
        )
    raise BadCell(message, "write one code of letters and digits, for example 97124 or M54.50")


def _number(text: str, type_: ValueType) -> Scalar:
    if not _NUMBER.match(text):
        raise BadCell(f"{quoted(text)} is not {A[type_]}", f"write {_plain(text) or _example(type_)}")
    number = Decimal(text)
    whole, _, decimals = text.lstrip("-").partition(".")
    most = _CENTS if type_ is ValueType.MONEY else DECIMALS
    if len(whole.lstrip("0")) > WHOLE_DIGITS or len(decimals.rstrip("0")) > most:
        help = f"write at most {WHOLE_DIGITS} digits, and {most} after the point"
        raise BadCell(f"{quoted(text)} is not {A[type_]} that can be compared exactly", help)
    return int(number) if type_ is ValueType.NUMBER and number == number.to_integral_value() else number


def _plain(text: str) -> str | None:
    """The amount that somebody meant by `$90` or `1,200.00`."""
    found = text.replace("$", "").replace(" ", "")
    if _GROUPED.match(found):
        found = found.replace(",", "")
    return found if _NUMBER.match(found) else None


def _example(type_: ValueType) -> str:
    return "dollars as a plain number such as 25.00" if type_ is ValueType.MONEY else "a plain number such as 4 or 0.5"


def _date(text: str) -> date:
    compact = _COMPACT.match(text)
    day = as_date("-".join(compact.groups()) if compact is not None else text)
    if day is not None:
        return day
    message = f"{quoted(text)} is not a date"
    if compact is not None or _ISO.match(text):
        raise BadCell(message, "there is no such day in the calendar; correct it")
    raise BadCell(message, f"write {_iso(text) or 'the date as YYYY-MM-DD'}")


def _iso(text: str) -> str | None:
    """The day that somebody meant by `1/31/2026`; where the order could be either, the American one is named."""
    found = _DAY.match(text)
    if found is None:
        return None
    first, second, year = found.groups()
    american, european = (f"{year}-{month:0>2}-{day:0>2}" for month, day in ((first, second), (second, first)))
    if as_date(american) is None:
        return european if as_date(european) is not None else None
    both = american != european and as_date(european) is not None
    return f"{american}, if the month stands first" if both else american
