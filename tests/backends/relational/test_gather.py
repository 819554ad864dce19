"""Findings about claims are joined in the database as the reports join them."""

from __future__ import annotations

from dataclasses import replace

import duckdb

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.backends.relational.duckdb_session import Session
from cleanclaim.backends.relational.layout import columns, declared, table_of
from cleanclaim.backends.relational.wanted import wanted
from cleanclaim.findings.compose import gather
from cleanclaim.findings.finding import report_order
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.model import About
from tests.strategies.compare import judge
from tests.strategies.examples import example, rolled_written
from tests.strategies.relational import findings_of


def test_the_relation_is_what_a_report_gathers() -> None:
    about_claims = 0
    for number in range(20):
        choose, written = rolled_written(f"gather-{number}")
        try:
            made = example(choose, written, written.load(), batches=1)
        except PolicyError:
            continue
        # Every other rule is about claims, more than random policies have.
        policies = tuple(
            replace(p, rules=tuple(replace(r, about=tuple(About)[at % 2]) for at, r in enumerate(p.rules)))
            for p in made.policies
        )
        made = replace(made, policies=policies)
        edition = made.edition()
        about = {
            (policy.id, policy.version, rule.id): rule.about
            for known in edition.policies
            for policy in known.versions
            for rule in policy.rules
        }
        (lines,) = made.claims
        each = [f for key in edition.partitions for f in judge(ReferenceEngine(edition), edition, lines, key)]
        right = sorted(gather(each, about), key=report_order)
        facts = declared(edition)
        session = Session(wanted(edition, columns(facts)), duckdb.connect())
        session.lines(table_of(lines, facts))
        session.run()
        assert sorted(findings_of(session.findings(joined=True)), key=report_order) == right, f"gather-{number}"
        about_claims += sum(about[f.policy, f.version, f.rule] is About.CLAIM and len(f.lines) > 1 for f in right)
    assert about_claims > 4
