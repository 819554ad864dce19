"""What a report says of a store: each finding once, each line and its charge once, from the moment asked for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cleanclaim.claims.model import Reject
from cleanclaim.store.errors import StoreError
from cleanclaim.store.report import DETAILS, AuditReport, Group, Standing, Sum, report
from cleanclaim.store.runs import PartCounts
from cleanclaim.store.store import Store
from cleanclaim.store.waivers import Waiver
from tests.store.made import Clock, finding, fingerprint, record


def told(store: Store, since: int | date | None = None, today: date | None = None) -> AuditReport:
    with report(store, since=since, today=today) as reading:
        return reading.report


def numbers(group: Group) -> dict[str, int]:
    return {standing.value: each.findings for standing, each in group.standings.items()}


@pytest.fixture
def four_runs(store: Store, clock: Clock) -> Store:
    """A day apart: A, B, C and D found; B gone; B back, E new; C gone, D waived before."""
    every = ["A", "B", "C", "D", "E"]
    record(store, clock, [finding(claim) for claim in "ABCD"], every)
    clock.days(1)
    record(store, clock, [finding(claim) for claim in "ACD"], every)
    clock.days(1)
    record(store, clock, [finding(claim) for claim in "ABCDE"], every)
    store.waive([fingerprint("D", "rule-1")], Waiver("agreed", "R. Roe", date(2026, 3, 5)), clock)
    clock.days(1)
    record(store, clock, [finding(claim) for claim in "ABDE"], every)
    return store


def test_by_default_it_tells_the_latest_run(four_runs: Store) -> None:
    # What a person did after run 3 is told with run 4.
    assert numbers(told(four_runs).totals) == {"open": 3, "waived": 1, "resolved": 1}
    assert told(four_runs).since.run == 3


def test_since_a_run_or_a_day(four_runs: Store) -> None:
    assert numbers(told(four_runs, since=2).totals) == {"new": 1, "reopened": 1, "open": 1, "waived": 1, "resolved": 1}
    assert numbers(told(four_runs, since=1).totals) == {"new": 1, "reopened": 1, "open": 1, "waived": 1, "resolved": 1}
    assert numbers(told(four_runs, since=0).totals) == {"new": 3, "waived": 1, "resolved": 1}
    assert numbers(told(four_runs, since=4).totals) == {"open": 3, "waived": 1}
    for run, day in enumerate(
        (date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5))
    ):
        assert numbers(told(four_runs, since=day).totals) == numbers(told(four_runs, since=run).totals)


def test_what_cannot_be_asked(store: Store, four_runs: Store) -> None:
    with pytest.raises(StoreError, match="there is no run 9; the store has the runs 1 to 4"):
        told(four_runs, since=9)


def test_a_waiver_that_has_run_out_is_told_before_a_run_reopens_it(four_runs: Store) -> None:
    assert told(four_runs, today=date(2026, 3, 5)).run_out == 0
    assert told(four_runs, today=date(2026, 3, 6)).run_out == 1


def test_a_line_counts_once_and_its_charge_too(store: Store, clock: Clock) -> None:
    two = {"lines": [1, 2], "charges": [Decimal("10.50"), Decimal("20.00")]}
    found = [
        finding("A", "pairs", **two),
        finding("A", "units", lines=[2], charges=[Decimal("20.00")], verdict="needs_info", missing=["minutes"]),
        finding("B", "units", lines=[1], charges=[Decimal("5.00")], payer="PAYER-2", policy="example/other"),
        finding("C", "units", lines=[7], charges=[None], payer=None),
        finding("C", "pairs", lines=[1], charges=[Decimal("900.00")], verdict="bypassed"),
    ]
    record(store, clock, found, ["A", "B", "C"])
    of = told(store)
    assert of.totals.open == Sum(4, 4, Decimal("35.50"))
    assert {group.name: group.open for group in of.by_payer} == {
        ("PAYER-1",): Sum(2, 2, Decimal("30.50")),
        ("PAYER-2",): Sum(1, 1, Decimal("5.00")),
        ("",): Sum(1, 1, Decimal("0.00")),
    }
    assert [(group.name, group.open) for group in of.by_rule] == [
        (("example/policy", "pairs"), Sum(1, 2, Decimal("30.50"))),
        (("example/policy", "units"), Sum(2, 2, Decimal("20.00"))),
        (("example/other", "units"), Sum(1, 1, Decimal("5.00"))),
    ]
    assert [group.name for group in of.by_policy] == [("example/policy",), ("example/other",)]
    assert (of.undecided, of.bypassed) == (1, 1)


def test_the_list_agrees_with_the_sums(four_runs: Store) -> None:
    with report(four_runs, since=2) as reading:
        listed = [row for batch in reading.findings() for row in batch.to_pylist()]
        assert all(batch.schema.equals(DETAILS) for batch in reading.findings())
        assert [row["claim"] for batch in reading.findings(2) for row in batch.to_pylist()] == ["E", "B"]
        totals = reading.report.totals
    assert [(row["standing"], row["claim"], row["first_seen"], row["last_seen"], row["since"]) for row in listed] == [
        ("new", "E", 3, 4, 3),
        ("reopened", "B", 1, 4, 3),
        ("open", "A", 1, 4, 1),
        ("waived", "D", 1, 4, 3),
        ("resolved", "C", 1, 3, 4),
    ]
    assert [(row["waiver"], row["waived_by"], row["waived_until"]) for row in listed if row["waiver"]] == [
        ("agreed", "R. Roe", date(2026, 3, 5))
    ]
    for standing in Standing:
        assert totals.of(standing).findings == sum(row["standing"] == standing.value for row in listed)


def test_what_the_latest_run_could_not_do_is_told(store: Store, clock: Clock) -> None:
    reject = Reject("b.837", "segment 9", "cut short", claims=1)
    record(store, clock, [], ["A"], PartCounts(rejected=(reject,), not_evaluated=(("example/policy", "pairs"),)))
    of = told(store)
    assert (of.rejected, of.not_evaluated) == ((reject,), (("example/policy", "pairs"),))
    assert of.totals.open == Sum()
    assert of.by_payer == ()


def test_a_line_that_is_found_anew_counts_once_with_what_it_was_found_for_before(store: Store, clock: Clock) -> None:
    one = {"lines": [1], "charges": [Decimal("10.00")]}
    record(store, clock, [finding("A", "pairs", **one)], ["A"])
    record(store, clock, [finding("A", "pairs", **one), finding("A", "units", **one)], ["A"])
    of = told(store).totals
    assert (of.of(Standing.NEW), of.of(Standing.STILL_OPEN)) == (Sum(1, 1, Decimal("10.00")),) * 2
    assert of.open == Sum(2, 1, Decimal("10.00"))
