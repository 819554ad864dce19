"""The shipped policies: they load, say what they may say, and do what the tests beside their rules say."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from cleanclaim.backends.choose import choose
from cleanclaim.lint import tables_of
from cleanclaim.policy.load import Library, load_library
from cleanclaim.policy.model import Clock, Policy, Rule
from cleanclaim.policy.versions import Edition
from cleanclaim.policy_tests import run_tests, tables_of_tests
from cleanclaim.shipped import shipped

POLICIES = shipped("policies")
LIBRARY: Library = load_library([POLICIES])
TABLES = tables_of(LIBRARY.policies)
RULES = [(policy, rule) for policy in LIBRARY.policies for rule in policy.rules]
DAY = timedelta(days=1)
COACHING = re.compile(
    r"\b(add|append|attach|use|switch|change|replace|rebill|recode|bill|report)\b[^.]*"
    r"\b(modifiers?|59|XS|XE|XP|XU|AT|GP|KX)\b"
)


def named(policy: Policy, rule: Rule | None = None) -> str:
    return f"{policy.id}@{policy.version}" + (f":{rule.id}" if rule else "")


def days_tested(policy: Policy, clock: Clock) -> set[date]:
    lines = [line for test in policy.tests for line in test.lines]
    days = {line.service_date if clock is Clock.SERVICE else line.received for line in lines}
    return {day for day in days if day is not None}


each_policy = pytest.mark.parametrize("policy", LIBRARY.policies, ids=named)
each_rule = pytest.mark.parametrize(("policy", "rule"), RULES, ids=[named(*both) for both in RULES])


@pytest.mark.parametrize("engine", ["reference", "durable"])
@each_policy
def test_every_example_beside_the_rules_holds(policy: Policy, engine: str) -> None:
    if engine == "durable":
        pytest.importorskip("durable_rules_engine", reason="durable-rules is not installed")
    others = [other for other in LIBRARY.policies if other.id == policy.id]
    outcomes = [
        outcome
        for outcome in run_tests(others, TABLES, lambda edition: choose(engine, edition))
        if outcome.version == policy.version
    ]
    assert len(outcomes) == len(policy.tests) > 0
    assert [outcome for outcome in outcomes if not outcome.passed] == []


@each_rule
def test_every_rule_has_an_example_that_it_flags(policy: Policy, rule: Rule) -> None:
    assert any(rule.id in test.expect for test in policy.tests)


@each_rule
def test_every_rule_has_an_example_that_it_passes(policy: Policy, rule: Rule) -> None:
    """Some example that names the rule nowhere, though another example of its kind is flagged."""
    assert any(
        rule.id not in (*test.expect, *test.needs_info, *test.bypassed, *test.not_evaluated) for test in policy.tests
    )


@pytest.mark.parametrize("policy", [p for p in LIBRARY.policies if p.effective.start], ids=named)
def test_the_first_day_and_the_day_before_are_tested(policy: Policy) -> None:
    start = policy.effective.start
    assert start is not None
    clock = Clock.RECEIVED if all(rule.clock is Clock.RECEIVED for rule in policy.rules) else Clock.SERVICE
    shadowed = any(rule.effective.start for rule in policy.rules) and clock is Clock.SERVICE
    if not shadowed:
        assert {start - DAY, start} <= days_tested(policy, clock)


@pytest.mark.parametrize("policy", [p for p in LIBRARY.policies if p.effective.through], ids=named)
def test_the_last_day_and_the_day_after_are_tested(policy: Policy) -> None:
    through = policy.effective.through
    assert through is not None
    assert {through, through + DAY} <= days_tested(policy, Clock.SERVICE)


@each_rule
def test_a_rule_s_own_dates_are_tested(policy: Policy, rule: Rule) -> None:
    for edge in (rule.effective.start, rule.effective.through):
        if edge is not None:
            neighbour = edge - DAY if edge == rule.effective.start else edge + DAY
            assert {edge, neighbour} <= days_tested(policy, rule.clock)


@each_policy
def test_an_illustration_says_so_and_nothing_else_does(policy: Policy) -> None:
    assert policy.source.illustration == policy.title.startswith("Example ") == policy.id.startswith("example-")


@each_policy
def test_a_real_source_names_the_day_it_was_read(policy: Policy) -> None:
    assert policy.source.illustration or policy.source.reviewed is not None


@each_rule
def test_a_fix_never_coaches_a_modifier_onto_a_line(policy: Policy, rule: Rule) -> None:
    assert COACHING.search(rule.fix) is None


@each_rule
def test_message_fix_and_citation_are_sentences_for_people(policy: Policy, rule: Rule) -> None:
    assert rule.message
    assert rule.fix.endswith(".")
    assert rule.cite.strip()


def test_every_worked_example_of_the_total_time_method_is_there() -> None:
    timed = next(policy for policy in LIBRARY.policies if policy.id == "medicare/timed-units")
    seen = {int(n) for test in timed.tests if (n := "".join(re.findall(r"worked example (\d+)", test.name)))}
    assert seen == set(range(1, 29))


def test_the_licensing_table_counts_what_its_source_counts() -> None:
    with (POLICIES / "states/tables/massage-licensing.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    by_kind = Counter(row["regulation"] for row in rows)
    assert by_kind == {"license": 45 + 2, "voluntary": 1, "registration": 1, "none": 3}
    assert len({row["state"] for row in rows}) == len(rows) == 52
    assert all(row["source"] for row in rows)


@pytest.mark.parametrize("table", sorted(POLICIES.rglob("*.csv")), ids=lambda path: path.stem)
def test_every_row_of_a_shipped_table_has_its_source(table: Path) -> None:
    with table.open(encoding="utf-8", newline="") as stream:
        assert all(row["source"].strip() for row in csv.DictReader(stream))


def test_the_durable_engine_judges_every_shipped_rule_itself() -> None:
    pytest.importorskip("durable_rules_engine", reason="durable-rules is not installed")
    from cleanclaim.backends.durable import DurableEngine

    given = {(policy.id, policy.version): tables_of_tests(policy, TABLES) for policy in LIBRARY.policies}
    edition = Edition.of(LIBRARY.policies, date(2100, 1, 1), given)
    assert edition.not_evaluated == ()
    assert DurableEngine(edition).by_definition == ()
