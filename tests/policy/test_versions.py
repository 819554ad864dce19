"""The two clocks: what was known when, and which version a date of service picks."""

from __future__ import annotations

from datetime import date

import pytest

from cleanclaim.claims.model import Line
from cleanclaim.policy.model import TRUE, About, Clock, Period, Policy, Rule, Severity, Source, TableSpec
from cleanclaim.policy.tables import Table
from cleanclaim.policy.versions import Edition, applies_on

ALWAYS = Period()
MAY = date(2020, 5, 31)


def rule(clock: Clock = Clock.SERVICE, effective: Period = ALWAYS, tables: tuple[str, ...] = ()) -> Rule:
    return Rule("r", Severity.ERROR, About.LINE, TRUE, (), TRUE, None, (), "", "", effective, clock, tables=tables)


def version(published: date, start: date | None, through: date | None, *rules: Rule) -> Policy:
    tables = {name: TableSpec(name, {}, imported="ncci-ptp") for r in rules for name in r.tables}
    source = Source("a source")
    return Policy("p/q", "title", published, Period(start, through), TRUE, source, (), rules or (rule(),), tables)


FIRST = version(date(2019, 11, 15), date(2020, 1, 1), None)
WAIVER = version(date(2020, 3, 30), date(2020, 3, 1), date(2023, 5, 11))


def on(edition: Edition, day: date) -> Policy | None:
    return edition.policies[0].in_force(day)


def test_a_retroactive_waiver_is_unknown_until_it_is_published() -> None:
    before, after = Edition.of([FIRST, WAIVER], date(2020, 3, 29)), Edition.of([FIRST, WAIVER], date(2020, 3, 30))
    assert on(before, date(2020, 3, 10)) is FIRST
    assert on(after, date(2020, 3, 10)) is WAIVER


def test_dates_of_service_are_inclusive_at_both_ends() -> None:
    edition = Edition.of([FIRST, WAIVER], date(2026, 1, 1))
    assert on(edition, date(2019, 12, 31)) is None
    assert on(edition, date(2020, 1, 1)) is FIRST
    assert on(edition, date(2020, 2, 29)) is FIRST
    assert on(edition, date(2020, 3, 1)) is WAIVER
    assert on(edition, date(2023, 5, 11)) is WAIVER
    assert on(edition, date(2023, 5, 12)) is FIRST


def test_nothing_is_known_before_the_first_publication() -> None:
    assert Edition.of([FIRST, WAIVER], date(2019, 11, 14)).policies == ()


def test_a_rule_narrows_its_version() -> None:
    narrow = rule(effective=Period(date(2020, 6, 1), None))
    policy = version(date(2019, 11, 15), date(2020, 1, 1), None, narrow)
    known = Edition.of([policy], date(2021, 1, 1)).policies[0]
    line = Line("c", 1, "p", date(2020, 5, 31), date(2020, 5, 31))
    assert applies_on(known, policy, narrow, line, {}) is False
    assert applies_on(known, policy, narrow, line._replace(service_date=date(2020, 6, 1)), {}) is True


def test_the_clock_of_receipt_needs_the_date_of_receipt() -> None:
    by_receipt = rule(Clock.RECEIVED, Period(date(2021, 4, 19), None))
    policy = version(date(2021, 1, 1), date(2021, 1, 1), None, by_receipt)
    known = Edition.of([policy], date(2022, 1, 1)).policies[0]
    line = Line("c", 1, "p", date(2021, 2, 1), date(2021, 2, 1))
    assert applies_on(known, policy, by_receipt, line, {}) is None
    assert applies_on(known, policy, by_receipt, line._replace(received=date(2021, 4, 18)), {}) is False
    assert applies_on(known, policy, by_receipt, line._replace(received=date(2021, 4, 19)), {}) is True


@pytest.mark.parametrize("clock", Clock)
def test_a_rule_is_for_the_dates_of_service_that_all_its_tables_are_for(clock: Clock) -> None:
    needs = rule(clock, tables=("ptp", "mue"))
    policy = version(date(2020, 1, 1), None, None, needs)
    known = Edition.of([policy], date(2022, 1, 1)).policies[0]
    quarters = (Period(date(2020, 1, 1), date(2020, 3, 31)), Period(date(2020, 7, 1), None))
    tables = {"ptp": Table("ptp", (), coverage=quarters), "mue": Table("mue", (), coverage=(Period(None, MAY),))}

    def judged(day: date) -> bool | None:
        return applies_on(known, policy, needs, Line("c", 1, "p", day, day, received=date(2021, 1, 1)), tables)

    edges = [date(2019, 12, 31), date(2020, 1, 1), date(2020, 3, 31), date(2020, 4, 1), date(2020, 7, 1)]
    assert [judged(day) for day in edges] == [False, True, True, False, False]
    tables["mue"] = Table("mue", ())
    assert [judged(day) for day in edges] == [False, True, True, False, True]
    tables["mue"] = Table("mue", (), coverage=())
    assert [judged(day) for day in edges] == [False] * 5


def test_a_rule_without_tables_is_for_any_date() -> None:
    policy = version(date(2020, 1, 1), None, None, rule(), rule(tables=("ptp",)))
    known = Edition.of([policy], date(2022, 1, 1)).policies[0]
    tables = {"ptp": Table("ptp", (), coverage=())}
    line = Line("c", 1, "p", date(2020, 5, 1), date(2020, 5, 1))
    assert [applies_on(known, policy, each, line, tables) for each in policy.rules] == [True, False]


def test_a_rule_without_its_table_is_not_evaluated_and_says_what_to_import() -> None:
    policy = version(date(2020, 1, 1), None, None, rule(tables=("ptp",)))
    edition = Edition.of([policy], date(2021, 1, 1))
    assert [(n.rule, n.reason) for n in edition.not_evaluated] == [("r", "table not loaded: ptp (import ncci-ptp)")]
    assert edition.rules_of(policy) == ()
