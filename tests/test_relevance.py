"""A run compiles the rules that its lines can come under, and loses no finding by it."""

from __future__ import annotations

from datetime import date

import pytest

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.claims.model import Line
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import CodeSet
from cleanclaim.policy.procedures import has_any
from cleanclaim.policy.versions import Edition
from cleanclaim.relevance import Relevance
from tests.strategies.compare import judge
from tests.strategies.examples import example, rolled_written

POLICY = """\
policy: p/massage
title: Massage
published: 2020-01-01
effective: {from: 2020-01-01}
scope: {payers: [ACME]}
source: {title: Example, illustration: true}
codes:
  massage: ["97124", "97140-97149"]
  drugs: ["J*"]
rules:
"""
RULE = """\
  - id: ID
    WHEN
    message: m
    fix: f
    cite: c
"""
RULES = {
    "range": "for: {procedure: massage}\n    flag_if: {units: {gt: 1}}",
    "prefix": "flag_if: {procedure: drugs, units: {gt: 1}}",
    "either": "for: {any: [{procedure: drugs}, {procedure: '99213'}]}\n    flag_if: {units: {gt: 1}}",
    "others": "for: {not: {procedure: massage}}\n    flag_if: {units: {gt: 1}}",
    "anything": "flag_if: {units: {gt: 1}}",
}


def kept(*procedures: str | None, payer: str = "ACME", day: date = date(2021, 1, 1)) -> set[str]:
    text = POLICY + "".join(RULE.replace("ID", id_).replace("WHEN", when) for id_, when in RULES.items())
    relevance = Relevance()
    for procedure in procedures:
        line = Line("c", 1, "p", day, day)._replace(procedure=procedure, payer=payer)
        relevance.note(line)
    edition = relevance.narrowed(Edition.of([load_text(text)], date(2026, 1, 1)))
    assert [len(known.versions) for known in edition.policies] == [1]
    return {rule.id for known in edition.policies for policy in known.versions for rule in policy.rules}


def test_rules_of_procedures_that_no_line_has_are_left_out() -> None:
    assert kept("97145") == {"range", "others", "anything"}
    assert kept("97100", "J1100") == {"prefix", "either", "others", "anything"}
    assert kept("99213", "97150") == {"either", "others", "anything"}
    assert kept("97145", payer="OTHER") == set()
    assert kept("97145", day=date(2019, 12, 31)) == set()


def test_a_line_without_a_procedure_may_be_of_any() -> None:
    assert kept("10000", None) == set(RULES)


def test_a_code_of_another_shape_lies_in_no_range() -> None:
    codes = CodeSet(None, ranges=(("97140", "97149"),), prefixes=("J1", "Q"))
    assert not has_any(codes, ["9714A", "9714", "I9", "J", "P"])
    assert has_any(codes, ["97139", "97149"])
    assert has_any(codes, ["A", "J19", "P"])


@pytest.mark.parametrize("number", range(60))
def test_no_finding_is_lost(number: int) -> None:
    choose, written = rolled_written(f"relevance-{number}")
    try:
        made = example(choose, written, written.load())
    except PolicyError:
        pytest.skip("not a policy")
    edition = made.edition()
    for lines in made.claims:
        relevance = Relevance()
        for line in lines:
            relevance.note(line)
        narrowed = relevance.narrowed(edition)
        for partition in edition.partitions:
            whole = judge(ReferenceEngine(edition), edition, lines, partition)
            assert judge(ReferenceEngine(narrowed), narrowed, lines, partition) == whole
