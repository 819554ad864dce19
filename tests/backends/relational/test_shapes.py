"""Rules that differ only in constants are judged together, and say what each says by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.backends.relational.layout import columns, declared
from cleanclaim.backends.relational.program import program
from cleanclaim.backends.relational.shapes import spelled
from cleanclaim.backends.relational.world import Emit
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import CodeSet, Policy
from cleanclaim.policy.versions import Edition
from tests.strategies.choose import Rolled
from tests.strategies.claims import lines
from tests.strategies.compare import answers, difference, judge
from tests.strategies.examples import Example, example, rolled_written
from tests.strategies.relational import RelationalEngine

EXAMPLES = 25
HEAD = """
policy: contract/{at}
title: A contract
published: 2019-01-01
effective: {{from: {start}}}
scope: {{payers: [{payer}]}}
source: {{title: Made for a test, illustration: true}}
rules:
"""
RULE = """
  - id: most-{at}
    for: {{procedure: [{codes}]}}
    let: {{billed: {{total: units, of: {{procedure: [{codes}]}}, same: [patient, service_date]}}}}
    flag_if: {{billed: {{gt: {most}}}}}
    message: "{{billed}} units, clause {at}"
    fix: none
    cite: "{at}"
  - id: beside-{at}
    for: {{procedure: [{codes}]}}
    flag_if: {{another_line: {{procedure: [{others}], same: [patient], within: {{days: {days}}}}}}}
    unless: {{modifiers: {{has_any: [{modifier}]}}}}
    message: "{{procedure}} near {{other.procedure}}, clause {at}"
    fix: none
    cite: "{at}"
"""
CODES = ("97124", "97140", "98940", '"98940-98942"', "0591T")


def contracts() -> Iterator[Policy]:
    roll = Rolled("contracts")
    for at, payer in enumerate(("ACME", "BETA", "Acme Health")):
        text = HEAD.format(at=at, payer=payer, start=roll.pick(("2019-01-01", "2020-01-02")))
        for clause in range(5):
            text += RULE.format(
                at=clause,
                codes=", ".join(roll.some(CODES, 1, 2)),
                others=", ".join(roll.some(CODES, 1, 3)),
                most=roll.integer(0, 3),
                days=roll.integer(0, 31),
                modifier=roll.pick(('"59"', "XS", "GP")),
            )
        yield load_text(text, f"contract-{at}.yaml")


def test_one_statement_judges_all_rules_of_a_shape() -> None:
    edition = Edition.of(tuple(contracts()), date(2021, 1, 1))
    made = program(edition, columns(declared(edition)))
    assert len(made.asked) == 30
    assert sum(isinstance(step, Emit) for step in made.steps.steps) == 2


def test_rules_of_one_shape_say_what_each_says_by_itself() -> None:
    edition = Edition.of(tuple(contracts()), date(2021, 1, 1))
    fields = ("payer", "payer_name", "units", "modifiers", "rendering_npi")
    together = 0
    engine, definition = RelationalEngine(edition), ReferenceEngine(edition)
    for at in range(20):
        batch = lines(Rolled(f"contract lines {at}"), fields)
        wanted = judge(definition, edition, batch, ("patient",))
        assert judge(engine, edition, batch, ("patient",)) == wanted
        together += len(wanted)
    assert together > 100


def test_every_constant_may_be_a_parameter() -> None:
    compared = 0
    for number in range(EXAMPLES):
        choose, written = rolled_written(f"apart-{number}")
        try:
            made: Example = example(choose, written, written.load(), batches=1)
        except PolicyError:
            continue
        right = list(answers(made, made.edition(), ReferenceEngine))
        found = difference(made, lambda edition: RelationalEngine(edition, apart=True), right=right)
        assert found is None, f"apart-{number}: {found}"
        compared += 1
    assert compared > EXAMPLES // 2


@pytest.mark.parametrize(
    ("codes", "all_of_them"),
    [
        (CodeSet(None, frozenset({"A1"}), (("97110", "97112"),)), ("97110", "97111", "97112", "A1")),
        (CodeSet(None, ranges=(("J1098", "J1101"),)), ("J1098", "J1099", "J1100", "J1101")),
        (CodeSet(None, ranges=(("0591T", "0591T"),)), ("0591T",)),
        (CodeSet(None, ranges=(("0591T", "0593T"),)), None),
        (CodeSet(None, ranges=(("00100", "99999"),)), None),
        (CodeSet(None, prefixes=("97",)), None),
    ],
)
def test_ranges_are_counted_out_where_they_can_be(codes: CodeSet, all_of_them: tuple[str, ...] | None) -> None:
    assert spelled(codes) == all_of_them
    assert all(code in codes for code in all_of_them or ())
