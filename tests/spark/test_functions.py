"""The functions that are written out for Spark mean what those of the policy language mean, at their edges too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import pytest

from tests.backends.relational.test_functions import (
    test_a_part_is_measured_in_characters,
    test_a_quotient,
    test_an_age,
    test_days_months_and_weekdays,
    test_lists_are_the_same_whatever_their_order,
    test_numbers_and_money_as_text,
    test_the_check_digit_of_an_npi,
    test_the_day_after_a_weekend,
    test_units_of_minutes,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = [
    "test_a_part_is_measured_in_characters",
    "test_a_quotient",
    "test_an_age",
    "test_days_months_and_weekdays",
    "test_lists_are_the_same_whatever_their_order",
    "test_numbers_and_money_as_text",
    "test_the_check_digit_of_an_npi",
    "test_the_day_after_a_weekend",
    "test_units_of_minutes",
]
"""The tests of DuckDB's functions, asked of Spark."""


@pytest.fixture(scope="module")
def ask(spark: SparkSession) -> Callable[[ir.Value], object]:
    from cleanclaim.backends.relational.spark_session import own, sql

    session = own(spark)

    def answer(value: ir.Value) -> object:
        return session.sql(sql(value.name("it").as_table())).collect()[0][0]

    return answer
