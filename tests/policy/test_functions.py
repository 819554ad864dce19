"""The functions of values, at the edges of months, leap years and the calendar."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cleanclaim.claims.model import FactValue, Number
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


@pytest.mark.parametrize(
    ("dividend", "divisor", "expected"),
    [
        (1, 3, Decimal("0.3333")),
        (2, 3, Decimal("0.6667")),
        (-2, 3, Decimal("-0.6667")),
        (1, 32, Decimal("0.0313")),
        (-1, 32, Decimal("-0.0313")),
        (1, -32, Decimal("-0.0313")),
        (Decimal("0.00005"), 1, Decimal("0.0001")),
        (Decimal("0.00004999"), 1, 0),
        (Decimal("-0.00004999"), 1, 0),
        (Decimal("100.00"), Decimal("2.5"), 40),
        (Decimal("100.00"), Decimal("33.33"), Decimal("3.0003")),
        (Decimal("45.00"), 2, Decimal("22.5")),
        (0, 7, 0),
        (10**31, 3, Decimal("3333333333333333333333333333333.3333")),
        (10**20, 3, Decimal("33333333333333333333.3333")),
        (Decimal(10) ** 20, Decimal("0.5"), 2 * 10**20),
    ],
)
def test_a_quotient_has_four_decimals_half_away_from_zero(dividend: Number, divisor: Number, expected: Number) -> None:
    found = apply(Function.DIVIDE, (dividend, divisor))
    assert found == expected
    # A whole number is an int, so that it is shown and joined like any other.
    assert type(found) is type(expected)


@pytest.mark.parametrize("nought", [0, Decimal(0), Decimal("0.00"), Decimal("-0.0")])
def test_a_quotient_by_nought_is_missing(nought: Number) -> None:
    assert apply(Function.DIVIDE, (5, nought)) is None
    assert apply(Function.DIVIDE, (nought, 5)) == 0


def test_lists_are_counted_with_and_without_repeats() -> None:
    codes = ("59", "GP", "59")
    assert apply(Function.COUNT, (codes,)) == 3
    assert apply(Function.DISTINCT, (codes,)) == 2
    assert apply(Function.FIRST, (codes,)) == "59"
    assert apply(Function.FIRST, (codes[1:],)) == "GP"
    assert [apply(function, ((),)) for function in (Function.COUNT, Function.DISTINCT, Function.FIRST)] == [0, 0, None]


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("1234567893", True),
        ("1234567890", False),
        ("1234567983", False),
        # With 80840 the sum is 24 + 2 (the doubled 1) + 4 = 30.
        ("1000000004", True),
        # 24 + 4 (the doubled 2) + 2 = 30.
        ("2000000002", True),
        # The check digit is right, the first digit is not one of an NPI: 24 + 6 + 0 = 30.
        ("3000000000", False),
        ("0000000006", False),
        ("123456789", False),
        ("12345678930", False),
        ("", False),
        (" 1234567893", False),
        ("1234567893 ", False),
        ("123-456-7893", False),
        ("123456789X", False),
        ("１２３４５６７８９３", False),
        ("1٢٣٤٥٦٧٨٩3", False),
        ("123456789²", False),
    ],
)
def test_an_npi_has_ten_digits_and_a_check_digit(text: str, valid: bool) -> None:
    assert apply(Function.VALID_NPI, (text,)) is valid


def test_one_check_digit_of_ten_is_right() -> None:
    assert [last for last in range(10) if apply(Function.VALID_NPI, (f"123456789{last}",))] == [3]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 20), date(2026, 11, 20)),
        (date(2026, 11, 21), date(2026, 11, 23)),
        (date(2026, 11, 22), date(2026, 11, 23)),
        (date(2026, 11, 23), date(2026, 11, 23)),
        (date(2020, 2, 29), date(2020, 3, 2)),
        (date(2022, 12, 31), date(2023, 1, 2)),
        # The calendar ends on a Friday, so that no weekend leaves it.
        (date(9999, 12, 25), date(9999, 12, 27)),
        (date.max, date.max),
        (date.min, date.min),
    ],
)
def test_a_weekend_moves_to_monday(day: date, expected: date) -> None:
    assert apply(Function.NEXT_WEEKDAY, (day,)) == expected
