"""The functions of the policy language, on values that are there: one meaning for every back end."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from cleanclaim.claims.model import FactValue, Number
from cleanclaim.policy.model import Function, Method
from cleanclaim.policy.timed import units_of_one

MONTHS_LIMIT = 12 * 200
DAYS_LIMIT = 366 * 200
QUOTIENT_DECIMALS = 4
_NPI_PREFIX = 24
"""What the digits 80840 before an NPI add to its Luhn sum."""
_SATURDAY = 5


def apply(function: Function, arguments: Sequence[FactValue]) -> FactValue | None:
    """The value of a function of present arguments, typed as the loader has checked.

    ``None`` where a date would leave the calendar, a number of days or months is not whole or
    is more than 200 years, a divisor is 0, or a list has no first entry.
    """
    match function:
        case Function.ADD:
            return _add(arguments[0], arguments[1], 1)
        case Function.SUBTRACT:
            return _add(arguments[0], arguments[1], -1)
        case Function.MULTIPLY:
            return _number(arguments[0]) * _number(arguments[1])
        case Function.DIVIDE:
            return quotient(_number(arguments[0]), _number(arguments[1]))
        case Function.DAYS_BETWEEN:
            return (_date(arguments[1]) - _date(arguments[0])).days
        case Function.YEARS_BETWEEN:
            return years_between(_date(arguments[0]), _date(arguments[1]))
        case Function.MONTHS_AFTER:
            return months_after(_date(arguments[0]), _number(arguments[1]))
        case Function.TIMED_UNITS:
            return units_of_one(_number(arguments[0]), Method(arguments[1]))
        case Function.COUNT:
            return len(_codes(arguments[0]))
        case Function.DISTINCT:
            return len(set(_codes(arguments[0])))
        case Function.FIRST:
            return next(iter(_codes(arguments[0])), None)
        case Function.VALID_NPI:
            return valid_npi(str(arguments[0]))
        case Function.NEXT_WEEKDAY:
            return next_weekday(_date(arguments[0]))


def quotient(dividend: Number, divisor: Number) -> Number | None:
    """The quotient to four decimals, half away from zero; an ``int`` where it is whole.

    >>> quotient(2, 3), quotient(Decimal("45.00"), 2), quotient(6, 3), quotient(1, 0)
    (Decimal('0.6667'), Decimal('22.5'), 2, None)
    """
    if not divisor:
        return None
    exact = Fraction(dividend) / Fraction(divisor)
    scaled: int = (abs(exact.numerator) * 10**QUOTIENT_DECIMALS * 2 + exact.denominator) // (exact.denominator * 2)
    whole, rest = divmod(scaled, int(10**QUOTIENT_DECIMALS))
    if not rest:
        return -whole if exact < 0 else whole
    # From text, because arithmetic would round to the digits of the decimal context.
    return Decimal(f"{'-' if exact < 0 else ''}{whole}.{rest:0{QUOTIENT_DECIMALS}}".rstrip("0"))


def valid_npi(text: str) -> bool:
    """Whether a text can be an NPI: ten digits, the first 1 or 2, the last by the Luhn formula over 80840 and them.

    >>> valid_npi("1234567893"), valid_npi("1234567890"), valid_npi("3234567891"), valid_npi("123456789")
    (True, False, False, False)
    """
    if len(text) != 10 or not (text.isascii() and text.isdigit()) or text[0] not in "12":
        return False
    doubled = (int(digit) * 2 for digit in text[-2::-2])
    others = sum(int(digit) for digit in text[-1::-2])
    return (_NPI_PREFIX + others + sum(digit // 10 + digit % 10 for digit in doubled)) % 10 == 0


def next_weekday(day: date) -> date | None:
    """The day itself, or the Monday after a Saturday or Sunday; ``None`` past the calendar.

    >>> next_weekday(date(2026, 11, 21)), next_weekday(date(2026, 11, 23))
    (datetime.date(2026, 11, 23), datetime.date(2026, 11, 23))
    """
    return days_after(day, max(0, 7 - day.weekday()) if day.weekday() >= _SATURDAY else 0)


def years_between(first: date, last: date) -> int:
    """Whole years from one date to another, negative if it lies before.

    >>> years_between(date(2000, 2, 29), date(2018, 2, 28)), years_between(date(2000, 2, 29), date(2018, 3, 1))
    (17, 18)
    """
    years = last.year - first.year
    return years - ((last.month, last.day) < (first.month, first.day))


def months_after(day: date, months: Number) -> date | None:
    """The same day some whole months on (or back), at most the last day of that month.

    >>> months_after(date(2020, 8, 31), 6)
    datetime.date(2021, 2, 28)
    """
    if months != int(months) or not -MONTHS_LIMIT <= months <= MONTHS_LIMIT:
        return None
    years, month = divmod(day.month - 1 + int(months), 12)
    year = day.year + years
    if not date.min.year <= year <= date.max.year:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days_after(day: date, days: Number) -> date | None:
    """The day some whole days on (or back)."""
    if days != int(days) or not -DAYS_LIMIT <= days <= DAYS_LIMIT:
        return None
    try:
        return day + timedelta(days=int(days))
    except OverflowError:
        return None


def _add(left: FactValue, right: FactValue, sign: int) -> FactValue | None:
    if isinstance(left, date):
        return days_after(left, sign * _number(right))
    return _number(left) + sign * _number(right)


def _number(value: FactValue) -> Number:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    raise TypeError(f"expected a number, got {type(value).__name__}")


def _codes(value: FactValue) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    raise TypeError(f"expected a list of codes, got {type(value).__name__}")


def _date(value: FactValue) -> date:
    if isinstance(value, date):
        return value
    raise TypeError(f"expected a date, got {type(value).__name__}")
