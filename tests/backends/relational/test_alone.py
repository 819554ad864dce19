"""Rules of a line by itself are judged among the lines that one pass finds, and say of them what they say of all."""

from __future__ import annotations

from datetime import date

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.backends.relational.layout import columns
from cleanclaim.backends.relational.program import program
from cleanclaim.backends.relational.world import Keep
from cleanclaim.policy.load import load_text
from cleanclaim.policy.versions import Edition
from tests.strategies.choose import Rolled
from tests.strategies.claims import lines
from tests.strategies.compare import judge
from tests.strategies.relational import RelationalEngine

POLICY = """
policy: general/lines
title: Rules of a line by itself
published: 2019-01-01
effective: {from: 2019-01-01}
source: {title: Made for a test, illustration: true}
rules:
  - {id: units, flag_if: {units: {gt: 2}}, message: "{units} units", fix: f, cite: c}
  - id: modifiers
    let: {given: {count: [{field: modifiers}]}}
    flag_if: {given: {gt: 1}}
    unless: {place_of_service: "11"}
    message: "{given} modifiers"
    fix: f
    cite: c
  - {id: place, flag_if: {place_of_service: {missing: true}}, message: m, fix: f, cite: c}
  - id: again
    flag_if: {another_line: {same: [patient, procedure]}}
    message: m
    fix: f
    cite: c
"""


def edition() -> Edition:
    return Edition.of((load_text(POLICY, "lines.yaml"),), date(2021, 1, 1))


def test_one_pass_finds_the_lines_of_all() -> None:
    steps = program(edition(), columns({})).steps.steps
    assert [step.name for step in steps if isinstance(step, Keep) and step.name.startswith("alone")] == ["alone_1"]


def test_they_say_what_each_says_of_all_lines() -> None:
    engine, definition, found = RelationalEngine(edition()), ReferenceEngine(edition()), 0
    for at in range(10):
        batch = lines(Rolled(f"lines alone {at}"), ("units", "modifiers", "place_of_service", "procedure"))
        for partition in edition().partitions:
            wanted = judge(definition, edition(), batch, partition)
            assert judge(engine, edition(), batch, partition) == wanted
            found += len(wanted)
    assert found > 20
