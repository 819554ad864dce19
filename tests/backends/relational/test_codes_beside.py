"""Rules whose lines are found by the codes beside them say what they say where each line is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.backends.relational import codes_beside
from cleanclaim.backends.relational.layout import columns, declared
from cleanclaim.backends.relational.program import program
from cleanclaim.backends.relational.world import Keep
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import Policy
from cleanclaim.policy.versions import Edition
from tests.strategies.choose import Choose, Rolled
from tests.strategies.claims import lines
from tests.strategies.compare import judge
from tests.strategies.relational import RelationalEngine

LIBRARIES, BATCHES = 20, 5
FIELDS = ("payer", "payer_name", "units", "charge", "modifiers", "rendering_npi")
CODES = ("97124", "97140", "98940", '"98940-98942"', "0591T")
HEAD = """
policy: contract/{at}
title: A contract
published: 2019-01-01
effective: {{from: 2019-01-01}}
scope: {{payers: [{payer}]}}
source: {{title: Made for a test, illustration: true}}
rules:
"""
RULE = """
  - id: r{at}
    for: {{procedure: [{own}]}}
    {said}
    message: "{{procedure}}, {{units}} units"
    fix: none
    cite: none
"""
SAID = (
    "flag_if: {{another_line: {{procedure: [{other}], same: [patient, service_date]}}}}",
    "flag_if: {{units: {{gt: {most}}}, another_line: {{procedure: [{own}], same: [patient, rendering_npi], "
    "units: {{gt: 1}}, within: {{days: {days}, before: true}}}}}}",
    "flag_if: {{another_line: {{procedure: [{other}], same: [patient], within: {{days: {days}}}, "
    "units: {{gt: {most}}}}}}}\n    unless: {{modifiers: {{has_any: [{modifier}]}}}}",
    "let: {{sum: {{total: {measure}, of: {{procedure: [{own}]}}, same: [patient, service_date]}}}}\n"
    "    flag_if: {{sum: {{{op}: {least}}}}}",
    "let: {{sum: {{total: {measure}, of: {{procedure: [{other}], units: {{ge: 1}}}}, same: [patient, rendering_npi], "
    "within: calendar_month}}}}\n    flag_if: {{sum: {{{op}: {least}}}, modifiers: {{has_none: [{modifier}]}}}}",
)


def contracts(roll: Choose, said: str) -> Iterator[Policy]:
    """Three contracts of rules of one shape."""
    low = roll.weighted(((80, 1), (20, -1)))
    measure, op = roll.pick(("units", "charge", "lines")), roll.pick(("gt", "ge"))
    for at, payer in enumerate(("ACME", "BETA", "Acme Health")):
        text = HEAD.format(at=at, payer=payer)
        for clause in range(4):
            own = ", ".join(roll.some(CODES, 1, 3))
            words = said.format(
                own=own,
                other=", ".join(roll.some(CODES, 1, 3)),
                most=roll.integer(0, 2),
                least=low + roll.integer(0, 4),
                days=roll.pick((0, 2, 40)),
                modifier=roll.pick(('"59"', "XS", "GP")),
                measure=measure,
                op=op,
            )
            text += RULE.format(at=clause, own=own, said=words)
        yield load_text(text, f"contract-{at}.yaml")


def test_the_codes_beside_a_line_find_its_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes_beside, "MANY_RULES", 2)
    found = narrowed = 0
    for number in range(LIBRARIES):
        roll = Rolled(f"codes beside {number}")
        edition = Edition.of(tuple(contracts(roll, SAID[number % len(SAID)])), date(2021, 1, 1))
        steps = program(edition, columns(declared(edition))).steps.steps
        narrowed += any(isinstance(step, Keep) and step.name.startswith("beside") for step in steps)
        engine, definition = RelationalEngine(edition), ReferenceEngine(edition)
        for _ in range(BATCHES):
            batch = lines(roll, FIELDS)
            for partition in edition.partitions:
                wanted = judge(definition, edition, batch, partition)
                assert judge(engine, edition, batch, partition) == wanted, number
                found += len(wanted)
    assert narrowed > LIBRARIES * 0.7
    assert found > 100
