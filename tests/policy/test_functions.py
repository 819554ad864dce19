"""The functions of values, at the edges of months, leap years and the calendar."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cleanclaim.claims.model import FactValue
from cleanclaim.policy.functions import apply
from cleanclaim.policy.model import Function


def test_days_between_counts_from_the_first_to_the_second() -> None:
    assert apply(Function.DAYS_BETWEEN, (date(2020, 2, 28), date(2020, 3, 1))) == 2
    assert apply(Function.DAYS_BETWEEN, (date(2020, 3, 1), date(2020, 2, 28))) == -2


def test_years_between_is_an_age() -> None:
    def age(born: date, on: date) -> FactValue | None:
        return apply(Function.YEARS_BETWEEN, (born, on))

    assert age(date(1956, 7, 1), date(2021, 6, 30)) == 64
    assert age(date(1956, 7, 1), date(2021, 7, 1)) == 65
    assert age(date(2000, 2, 29), date(2021, 2, 28)) == 20
    assert age(date(2000, 2, 29), date(2021, 3, 1)) == 21


def test_months_after_stops_at_the_end_of_a_month() -> None:
    assert apply(Function.MONTHS_AFTER, (date(2019, 11, 30), 3)) == date(2020, 2, 29)
    assert apply(Function.MONTHS_AFTER, (date(2020, 2, 29), -12)) == date(2019, 2, 28)


def test_what_leaves_the_calendar_or_is_not_whole_is_missing() -> None:
    assert apply(Function.MONTHS_AFTER, (date(9999, 12, 1), 1)) is None
    assert apply(Function.MONTHS_AFTER, (date(2020, 1, 1), Decimal("0.5"))) is None
    assert apply(Function.ADD, (date.max, 1)) is None
    assert apply(Function.ADD, (date(2020, 1, 1), Decimal("1.5"))) is None


def test_arithmetic_is_exact() -> None:
    assert apply(Function.ADD, (Decimal("0.1"), Decimal("0.2"))) == Decimal("0.3")
    assert apply(Function.MULTIPLY, (3, Decimal("19.99"))) == Decimal("59.97")
    assert apply(Function.SUBTRACT, (date(2020, 3, 1), 1)) == date(2020, 2, 29)
