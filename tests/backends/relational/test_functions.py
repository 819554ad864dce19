"""The functions that DuckDB is given mean what those of the policy language mean, at their edges too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import ibis
import ibis.expr.types as ir
import pytest

from cleanclaim.backends.relational import functions
from cleanclaim.backends.relational.duckdb_functions import definitions
from cleanclaim.claims.fields import ValueType
from cleanclaim.findings.compose import as_json
from cleanclaim.policy import functions as definition
from cleanclaim.policy.model import Method
from cleanclaim.policy.timed import units_of_one

LARGEST = Decimal("999999999999.999999")
NUMBERS: tuple[int | Decimal, ...] = (
    *(0, 1, 2, 3, 7, -1, -32, 15, 999_999_999_999),
    *(Decimal("0.5"), Decimal("-1.5"), Decimal("0.00005"), Decimal("0.00015"), Decimal("0.000001"), LARGEST),
)
DAYS = (
    *map(date.fromisoformat, ("2000-02-29", "2018-02-28", "2018-03-01", "2020-08-31", "2020-12-31", "2021-01-01")),
    *(date.min, date.max, date(1, 1, 31), date(9999, 11, 30)),
)


@pytest.fixture(scope="module")
def ask() -> Callable[[ir.Value], object]:
    connection = duckdb.connect()
    for statement in definitions():
        connection.execute(statement)

    def answer(value: ir.Value) -> object:
        found = connection.execute(str(ibis.to_sql(value, dialect="duckdb"))).fetchone()
        assert found is not None
        return found[0]

    return answer


def number(value: int | Decimal) -> ir.Value:
    return ibis.literal(Decimal(value), "decimal(18, 6)")


@pytest.mark.parametrize("divisor", NUMBERS)
@pytest.mark.parametrize("dividend", NUMBERS)
def test_a_quotient(ask: Callable[[ir.Value], object], dividend: Decimal, divisor: Decimal) -> None:
    assert ask(functions.quotient(number(dividend), number(divisor))) == definition.quotient(dividend, divisor)


@pytest.mark.parametrize("day", DAYS)
def test_days_months_and_weekdays(ask: Callable[[ir.Value], object], day: date) -> None:
    for n in (0, 1, -1, 6, 12, 2400, -2400, 2401, 73_200, 73_201, Decimal("1.5"), Decimal("2")):
        assert ask(functions.days_after(ibis.literal(day), number(n))) == definition.days_after(day, n)
        assert ask(functions.months_after(ibis.literal(day), number(n))) == definition.months_after(day, n)
    assert ask(functions.next_weekday(ibis.literal(day))) == definition.next_weekday(day)


def test_the_day_after_a_weekend(ask: Callable[[ir.Value], object]) -> None:
    for n in range(14):
        day = date(2026, 11, 16) + timedelta(n)
        assert ask(functions.next_weekday(ibis.literal(day))) == definition.next_weekday(day)


@pytest.mark.parametrize("first", DAYS)
def test_an_age(ask: Callable[[ir.Value], object], first: date) -> None:
    for last in DAYS:
        asked = functions.years_between(ibis.literal(first), ibis.literal(last))
        assert ask(asked) == definition.years_between(first, last)


@pytest.mark.parametrize("method", Method)
def test_units_of_minutes(ask: Callable[[ir.Value], object], method: Method) -> None:
    for minutes in (0, 7, Decimal("7.999999"), 8, Decimal("8.5"), 14, 15, 22, Decimal("22.5"), 23, 60, -30):
        asked = functions.units_of_one(number(minutes), ibis.literal(method.value))
        assert ask(asked) == units_of_one(minutes, method)
    assert ask(functions.units_of_one(ibis.null("decimal(18, 6)"), ibis.literal(method.value))) is None


def test_the_check_digit_of_an_npi(ask: Callable[[ir.Value], object]) -> None:
    texts = ("1234567893", "1234567890", "3234567891", "123456789", "12345678930", "", "12345678\uff193", " 234567893")
    for text in (*texts, *(f"1000000{n:03}" for n in range(60))):
        assert ask(functions.valid_npi(ibis.literal(text))) == definition.valid_npi(text)


def test_numbers_and_money_as_text(ask: Callable[[ir.Value], object]) -> None:
    for value in NUMBERS:
        assert ask(functions.number(number(value))) == str(as_json(value, ValueType.NUMBER))
    for amount in map(Decimal, ("0.00", "12.50", "12.5051", "0.001", "999999999999.99", "-3.10", "7")):
        held = ibis.literal(amount, "decimal(38, 8)")
        assert ask(functions.money(held)) == as_json(amount, ValueType.MONEY)


def test_a_part_is_measured_in_characters(ask: Callable[[ir.Value], object]) -> None:
    for text in ("", "97124", "é", "日本", "a\U0001f600"):
        assert ask(functions.part(ibis.literal(text))) == f"{len(text)}:{text}"


def test_lists_are_the_same_whatever_their_order(ask: Callable[[ir.Value], object]) -> None:
    lists = (["A"], ["A", "B"], ["B", "A"], ["A", "A"], ["A", "A", "B"], ["AB"], ["B"])
    for one in lists:
        for two in lists:
            asked = functions.unordered(ibis.literal(one)) == functions.unordered(ibis.literal(two))
            assert ask(asked) == (sorted(one) == sorted(two))
