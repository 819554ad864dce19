"""Rules judged among the lines of their payers' patients alone say what they say among all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import ibis
import pytest

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.backends.relational.circles import circles
from cleanclaim.backends.relational.duckdb_session import Session
from cleanclaim.backends.relational.layout import columns, declared, table_of
from cleanclaim.backends.relational.making import sql
from cleanclaim.backends.relational.program import program
from cleanclaim.backends.relational.shapes import shapes
from cleanclaim.backends.relational.wanted import wanted
from cleanclaim.backends.relational.world import Drop, Keep
from cleanclaim.findings.finding import Finding
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import Policy
from cleanclaim.policy.versions import Edition
from tests.strategies.choose import Rolled
from tests.strategies.claims import lines
from tests.strategies.compare import answers, difference, judge
from tests.strategies.examples import Example, example, rolled_written
from tests.strategies.relational import RelationalEngine

EXAMPLES = 20
TOGETHER = 7
"""More shapes than any of the payers has, so that those of all are one circle."""
POLICY = """
policy: {name}
title: Rules of a payer
published: 2019-01-01
effective: {{from: 2019-01-01}}
scope: {{{scope}}}
source: {{title: Made for a test, illustration: true}}
derive:
  - fact: bundled
    for: {{procedure: ["97110", "97124"]}}
    when: {{another_line: {{procedure: ["97140", "98940"], same: [patient, service_date]}}}}
rules:
  - id: units
    for: {{procedure: ["97110", "97124", "97140"]}}
    let: {{billed: {{total: units, of: {{procedure: ["97110", "97124"]}}, same: [patient, service_date]}}}}
    flag_if: {{billed: {{gt: 2}}}}
    message: "{{billed}} units"
    fix: f
    cite: c
  - id: bundle
    flag_if: {{bundled: true}}
    unless: {{modifiers: {{has_any: ["59", XS]}}}}
    message: m
    fix: f
    cite: c
  - id: across
    for: {{procedure: ["97140"]}}
    flag_if: {{another_line: {{procedure: "97140", same: [rendering_npi, service_date], units: {{gt: 1}}}}}}
    message: "with {{other.procedure}}"
    fix: f
    cite: c
  - id: again
    flag_if: {{another_line: {{procedure: "97140", same: [patient], within: {{days: 40, before: true}}}}}}
    message: "with {{other.procedure}} of {{other.claim}}"
    fix: f
    cite: c
"""
OF_CODES = """
policy: payer/of-codes
title: Rules of some procedures and one of any
published: 2019-01-01
effective: {from: 2019-01-01}
scope: {payers: [ACME]}
source: {title: Made for a test, illustration: true}
derive:
  - fact: bundled
    when: {another_line: {procedure: ["97140", "98940"], same: [patient, service_date]}}
rules:
  - id: bundle
    for: {procedure: "97110"}
    flag_if: {bundled: true}
    message: m
    fix: f
    cite: c
  - id: units
    for: {procedure: "97124"}
    let: {billed: {total: units, of: {procedure: {line: procedure}}, same: [patient, service_date]}}
    flag_if: {billed: {gt: 2}}
    message: "{billed} units"
    fix: f
    cite: c
  - id: any-procedure
    flag_if: {units: {gt: 3}}
    message: m
    fix: f
    cite: c
"""
SCOPES = (
    "payers: [ACME]",
    "payers: [BETA, GAMMA]",
    "payer_types: [medicare]",
    "payer_types: [medicare], claim_types: [professional]",
    "claim_types: [professional]",
    "",
)


def policies() -> Iterator[Policy]:
    for at, scope in enumerate(SCOPES):
        yield load_text(POLICY.format(name=f"payer/{at}", scope=scope), f"payer-{at}.yaml")


def edition() -> Edition:
    return Edition.of(tuple(policies()), date(2021, 1, 1))


def test_rules_stand_among_their_payers_and_those_that_look_further_among_all() -> None:
    found = tuple(circles(shapes(wanted(edition(), columns({})).rules, {}), 2))
    judged = {one.number: circle.whose for circle in found for shape in circle.shapes for one in shape.rules}
    assert len(judged) == sum(len(policy.rules) for policy in policies())
    across = [one for circle in found for shape in circle.shapes for one in shape.rules if one.rule.id == "across"]
    assert len(across) == len(SCOPES) and not any(judged[one.number] for one in across)
    assert len([circle for circle in found if circle.whose]) > 1 and not found[-1].whose


def test_rules_of_all_payers_stand_among_those_of_the_procedures_that_they_judge() -> None:
    found = tuple(circles(shapes(wanted(edition(), columns({})).rules, {}), 1))
    by_procedure = {
        (one.policy.id, one.rule.id)
        for circle in found
        for shape in circle.shapes
        for one in shape.rules
        if "procedure" in repr(circle.whose)
    }
    assert by_procedure == {("payer/4", "units"), ("payer/5", "units")}


def test_of_some_procedures_a_circle_has_those_lines_alone_and_those_that_facts_look_at() -> None:
    edition = Edition.of((load_text(OF_CODES, "of-codes.yaml"),), date(2021, 1, 1))
    circle, everybody = circles(shapes(wanted(edition, columns({})).rules, {}), 1)
    assert frozenset().union(*(each.codes for each in circle.codes)) == {"97110", "97124", "97140", "98940"}
    assert [one.rule.id for shape in everybody.shapes for one in shape.rules] == ["any-procedure"]
    engine, definition, found = RelationalEngine(edition, fewest=1), ReferenceEngine(edition), list[Finding]()
    for at in range(20):
        batch = lines(Rolled(f"lines of codes {at}"), ("payer", "units", "claim_type"))
        for partition in edition.partitions:
            right = judge(definition, edition, batch, partition)
            assert judge(engine, edition, batch, partition) == right
            found += right
    assert {each.rule for each in found} == {"bundle", "units", "any-procedure"}


def test_what_is_kept_is_dropped() -> None:
    made = program(edition(), columns({}), fewest=1)
    kept = {step.name for step in made.steps.steps if isinstance(step, Keep)}
    gone = [name for step in made.steps.steps if isinstance(step, Drop) for name in step.names]
    assert kept - set(gone) == {made.steps.met.get_name()} if made.steps.met is not None else kept == set(gone)
    assert len(gone) == len(set(gone)) and any(name.startswith("circle") for name in kept)
    connection = duckdb.connect()
    session = Session(made.wanted, connection)
    for _ in range(2):
        session.lines(table_of(lines(Rolled("once"), ("payer", "payer_type", "units")), {}))
        session.run()
    tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert tables.isdisjoint(gone) and not any(name.endswith("_next") for name in tables)


def test_rules_of_several_payers_in_one_circle_stand_each_among_the_patients_of_their_own() -> None:
    made = program(edition(), columns({}), fewest=TOGETHER)
    circle = next(circle for circle in circles(shapes(made.wanted.rules, {}), TOGETHER) if circle.whose)
    kept = ibis.table({"patient": "string", "whose": "int64"}, name="circle")
    asked = {sql(circle.among(kept, (policy,))) for policy in list(policies())[:4]}
    assert len(circle.whose) == 3 and len(asked) == 3
    steps = {step.name: step.made for step in made.steps.steps if isinstance(step, Keep)}
    assert any(name.startswith("circle") and "whose" in found.columns for name, found in steps.items())


@pytest.mark.parametrize("fewest", [1, TOGETHER])
def test_they_say_what_each_says_among_all_lines(fewest: int) -> None:
    fields = ("payer", "payer_name", "payer_type", "units", "modifiers", "rendering_npi", "claim_type")
    engine, definition, found = RelationalEngine(edition(), fewest=fewest), ReferenceEngine(edition()), 0
    for at in range(5):
        batch = lines(Rolled(f"circle lines {at}"), fields)
        for partition in edition().partitions:
            wanted = judge(definition, edition(), batch, partition)
            assert judge(engine, edition(), batch, partition) == wanted
            found += len(wanted)
    assert found > 100


def test_random_policies_say_what_each_says_among_all_lines() -> None:
    compared = 0
    for number in range(EXAMPLES):
        choose, written = rolled_written(f"circle-{number}")
        try:
            made: Example = example(choose, written, written.load(), batches=1)
        except PolicyError:
            continue
        right = list(answers(made, made.edition(), ReferenceEngine))
        found = difference(made, lambda edition: RelationalEngine(edition, fewest=1), right=right)
        assert found is None, f"circle-{number}: {found}"
        judged = program(made.edition(), columns(declared(made.edition())), fewest=1)
        compared += any(isinstance(step, Keep) and step.name.startswith("circle") for step in judged.steps.steps)
    assert compared
