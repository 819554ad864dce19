"""Waivers: who answers for a finding that stays, and until when."""

from __future__ import annotations

from datetime import date

import pytest

from cleanclaim.store.errors import StoreError
from cleanclaim.store.store import Store
from cleanclaim.store.waivers import Waiver
from tests.store.made import Clock, everything, finding, fingerprint, record, states

A, B = fingerprint("A", "rule-1"), fingerprint("B", "rule-1")
FOR_GOOD = Waiver("the payer confirmed it in writing", "R. Roe")


@pytest.fixture
def kept(store: Store, clock: Clock) -> Store:
    """A store with two open findings."""
    record(store, clock, [finding("A"), finding("B")], ["A", "B"])
    return store


def test_a_waived_finding_stays_waived_while_it_is_found(kept: Store, clock: Clock) -> None:
    assert kept.waive([A[:8]], FOR_GOOD, clock) == (A,)
    again = record(kept, clock, [finding("A"), finding("B")], ["A", "B"])
    assert states(kept) == {"A/rule-1": "waived", "B/rule-1": "open"}
    assert (again.new, again.resolved, again.reopened) == (0, 0, 0)
    with kept.reading() as database:
        assert database.rows("SELECT what, note FROM events WHERE fingerprint = ? AND what = 'waived'", (A,)) == [
            ("waived", "the payer confirmed it in writing (R. Roe)")
        ]


def test_the_last_day_of_a_waiver_is_in_it(kept: Store, clock: Clock) -> None:
    kept.waive([A], Waiver("until the contract changes", "R. Roe", date(2026, 3, 3)), clock)
    clock.days(2)
    record(kept, clock, [finding("A")], ["A"])
    assert states(kept)["A/rule-1"] == "waived"
    clock.days(1)
    done = record(kept, clock, [], [])
    assert states(kept)["A/rule-1"] == "open"
    assert done.reopened == 1
    with kept.reading() as database:
        assert database.rows("SELECT note FROM events WHERE run = ? AND what = 'reopened'", (done.id,)) == [
            ("its waiver ran out",)
        ]


def test_a_waiver_outlives_a_gap(kept: Store, clock: Clock) -> None:
    kept.waive([A], FOR_GOOD, clock)
    record(kept, clock, [], ["A"])
    assert states(kept)["A/rule-1"] == "resolved"
    record(kept, clock, [finding("A")], ["A"])
    assert states(kept)["A/rule-1"] == "waived"


def test_taking_a_waiver_back(kept: Store, clock: Clock) -> None:
    kept.waive([A, B], FOR_GOOD, clock)
    kept.unwaive([A], "R. Roe", clock)
    assert states(kept) == {"A/rule-1": "open", "B/rule-1": "waived"}


@pytest.mark.parametrize(
    ("fingerprints", "waiver", "words"),
    [
        ([A, "0" * 32], FOR_GOOD, "no finding has the fingerprint 00000000"),
        (["0123"], FOR_GOOD, "at least 8"),
        (["%%%%%%%%"], FOR_GOOD, "from 0 to f"),
        ([A], Waiver(" ", "R. Roe"), "needs a reason"),
        ([A], Waiver("so be it", "R. Roe", date(2026, 2, 28)), "2026-02-28, is over"),
    ],
)
def test_a_waiver_that_cannot_be_is_refused_whole(
    kept: Store, clock: Clock, fingerprints: list[str], waiver: Waiver, words: str
) -> None:
    with kept.reading() as database:
        before = everything(database)
    with pytest.raises(StoreError, match=words):
        kept.waive(fingerprints, waiver, clock)
    with kept.reading() as database:
        assert everything(database) == before


def test_what_is_resolved_or_not_waived_is_told(kept: Store, clock: Clock) -> None:
    record(kept, clock, [], ["A"])
    with pytest.raises(StoreError, match=f"{A} is resolved"):
        kept.waive([A], FOR_GOOD, clock)
    with pytest.raises(StoreError, match=f"{B} is not waived"):
        kept.unwaive([B], "R. Roe", clock)


def test_fingerprints_that_begin_alike_are_told_apart(store: Store, clock: Clock) -> None:
    one, two = "abcdef00" + "0" * 24, "abcdef00" + "1" * 24
    record(store, clock, [finding("A", fingerprint=one), finding("B", fingerprint=two)], ["A", "B"])
    with pytest.raises(StoreError, match="several findings begin with abcdef00"):
        store.waive(["abcdef00"], FOR_GOOD, clock)
    assert store.waive(["abcdef001"], FOR_GOOD, clock) == (two,)
