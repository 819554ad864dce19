"""Spark and the definition make the same findings of random policies and random claims, byte for byte."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from cleanclaim.findings.finding import Verdict
from cleanclaim.policy.diagnostics import PolicyError
from tests.spark.judged import by_definition, by_spark, difference
from tests.strategies import regressions
from tests.strategies.examples import Example, example, rolled_written
from tests.test_regressions import CASES

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

EXAMPLES = 60
"""One program each, of some fifteen queries."""
APART = 5
"""Every fifth with all its constants as parameters."""


def drawn(number: int) -> Example | None:
    choose, written = rolled_written(f"on-spark-{number}")
    try:
        return example(choose, written, written.load(), batches=1)
    except PolicyError:
        return None


def test_random_examples_are_judged_alike(spark: SparkSession) -> None:
    verdicts: Counter[Verdict] = Counter()
    compared = 0
    for number in range(EXAMPLES):
        made = drawn(number)
        if made is None:
            continue
        edition = made.edition()
        got, left = by_spark(spark, edition, made.claims[0], apart=number % APART == 0)
        wanted = by_definition(edition, made.claims[0], left)
        assert difference(wanted, got) == "", f"on-spark-{number}"
        verdicts.update(finding.verdict for finding in wanted)
        compared += 1
    assert compared > EXAMPLES * 0.9
    assert set(verdicts) == set(Verdict)


@pytest.mark.parametrize("folder", [pytest.param(folder, id=folder.name) for folder in CASES])
def test_a_kept_example_is_judged_alike(folder: Path, spark: SparkSession) -> None:
    kept = regressions.read(folder)
    edition = kept.edition()
    for lines in kept.claims:
        got, left = by_spark(spark, edition, lines)
        assert difference(by_definition(edition, lines, left), got) == ""
