"""Every expression can be said to Spark too."""

from __future__ import annotations

import ibis.expr.types as ir

from cleanclaim.backends.relational.gather import gathered
from cleanclaim.backends.relational.layout import columns, declared
from cleanclaim.backends.relational.program import program
from cleanclaim.backends.relational.sql import text
from cleanclaim.backends.relational.world import Drop, Emit, Keep, Settle, Step
from cleanclaim.policy.diagnostics import PolicyError
from tests.strategies.examples import example, rolled_written


def made_by(step: Step) -> list[ir.Table]:
    match step:
        case Drop():
            return []
        case Settle(_, inner, made):
            return [*(each.made for each in inner), *made]
        case Keep(made=made) | Emit(made):
            return [made]


def test_every_expression_can_be_said_to_spark() -> None:
    said = 0
    for number in range(12):
        choose, written = rolled_written(f"spark-{number}")
        try:
            made = example(choose, written, written.load())
        except PolicyError:
            continue
        edition = made.edition()
        steps = program(edition, columns(declared(edition)), apart=number % 2 == 1).steps.steps
        for each in (each for step in steps for each in made_by(step)):
            assert "SELECT" in text(each, "pyspark")
            said += 1
    for joined in (False, True):
        assert "SELECT" in text(gathered(joined=joined), "pyspark")
    assert said > 50
