"""The functions of the policy language, on values that are there: one meaning for every back end."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from cleanclaim.claims.model import FactValue, Number
from cleanclaim.policy.model import Function, Method
from cleanclaim.policy.timed import units_of_one

MONTHS_LIMIT = 12 * 200
DAYS_LIMIT = 366 * 200


def apply(function: Function, arguments: Sequence[FactValue]) -> FactValue | None:
    """The value of a function of present arguments, typed as the loader has checked.

    ``None`` where a date would leave the calendar, or a number of days or months is not whole or
    is more than 200 years.
    """
    match function:
        case Function.ADD:
            return _add(arguments[0], arguments[1], 1)
        case Function.SUBTRACT:
            return _add(arguments[0], arguments[1], -1)
        case Function.MULTIPLY:
            return _number(arguments[0]) * _number(arguments[1])
        case Function.DAYS_BETWEEN:
            return (_date(arguments[1]) - _date(arguments[0])).days
        case Function.YEARS_BETWEEN:
            return years_between(_date(arguments[0]), _date(arguments[1]))
        case Function.MONTHS_AFTER:
            return months_after(_date(arguments[0]), _number(arguments[1]))
        case Function.TIMED_UNITS:
            return units_of_one(_number(arguments[0]), Method(arguments[1]))


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


def _date(value: FactValue) -> date:
    if isinstance(value, date):
        return value
    raise TypeError(f"expected a date, got {type(value).__name__}")
