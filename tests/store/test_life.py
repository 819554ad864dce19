"""The life of findings: found, found again, gone, back, waived; against a model too small to be wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleanclaim.claims.model import Reject
from cleanclaim.findings.finding import Verdict
from cleanclaim.store.errors import StoreError
from cleanclaim.store.runs import PartCounts
from cleanclaim.store.store import Store, open_store
from cleanclaim.store.waivers import Waiver
from tests.store.made import INFO, Clock, claims, everything, finding, fingerprint, record, rows, states, table


def test_found_gone_and_back(store: Store, clock: Clock) -> None:
    first = record(store, clock, [finding("A"), finding("B")], ["A", "B", "C"])
    assert (first.id, first.new, first.resolved, first.reopened, first.judged) == (1, 2, 0, 0, 3)
    second = record(store, clock, [finding("B")], ["A", "B"])
    assert (second.new, second.resolved) == (0, 1)
    assert states(store) == {"A/rule-1": "resolved", "B/rule-1": "open"}
    third = record(store, clock, [finding("A")], ["A"])
    assert (third.new, third.reopened) == (0, 1)
    assert states(store) == {"A/rule-1": "open", "B/rule-1": "open"}
    with store.reading() as database:
        life = database.rows("SELECT claim, first_seen, last_seen, since, reopened FROM finding_life ORDER BY claim")
    assert life == [("A", 1, 3, 3, 1), ("B", 1, 2, 1, 0)]


def test_unchanged_input_changes_nothing(store: Store, clock: Clock) -> None:
    found = [finding("A"), finding("A", "rule-2", verdict="needs_info", missing=["minutes"]), finding("B")]
    record(store, clock, found, ["A", "B"])
    with store.reading() as database:
        before = everything(database, but_runs=True)
    clock.days(1)
    again = record(store, clock, reversed(found), ["B", "A", "A"])
    with store.reading() as database:
        assert everything(database, but_runs=True) == before
    assert (again.new, again.resolved, again.reopened, again.judged) == (0, 0, 0, 2)
    assert again.findings == {Verdict.VIOLATION: 2, Verdict.NEEDS_INFO: 1, Verdict.BYPASSED: 0}


def test_new_claims_only_add(store: Store, clock: Clock) -> None:
    record(store, clock, [finding("A")], ["A"])
    with store.reading() as database:
        before = everything(database)
    record(store, clock, [finding("B")], ["B"])
    with store.reading() as database:
        after = everything(database)
    for name, old in before.items():
        assert [row for row in after[name] if row in old] == old


def test_a_rule_that_was_not_evaluated_resolves_nothing(store: Store, clock: Clock) -> None:
    record(store, clock, [finding("A", "pairs"), finding("A", "units")], ["A"])
    record(store, clock, [], ["A"], PartCounts(not_evaluated=(("example/policy", "pairs"),)))
    assert states(store) == {"A/pairs": "open", "A/units": "resolved"}
    record(store, clock, [], ["A"])
    assert states(store) == {"A/pairs": "resolved", "A/units": "resolved"}
    with store.reading() as database:
        assert database.rows("SELECT DISTINCT last_seen FROM finding_life") == [(1,)]


def test_a_finding_is_told_as_it_was_last_found(store: Store, clock: Clock) -> None:
    record(store, clock, [finding("A")], ["A"])
    record(store, clock, [finding("A", version="2026-02-01", message="in other words", charges=[None])], ["A"])
    told = rows(store, "SELECT version, message, charges, state, since FROM findings")
    assert told == [("2026-02-01", "in other words", [None], "open", 1)]
    assert rows(store, "SELECT count(*) FROM events") == [(1,)]


def test_odd_texts_survive(store: Store, clock: Clock) -> None:
    odd = 'a "quoted", back\\slashed,\nbroken {line} NULL \u00e9\U0001f600'
    record(store, clock, [finding("A", message=odd, fix="", missing=[odd, "", "NULL"], payer=None)], ["A"])
    told = rows(store, "SELECT message, fix, missing, payer FROM findings")
    assert told == [(odd, "", [odd, "", "NULL"], None)]


def test_a_run_says_what_it_read(store: Store, clock: Clock) -> None:
    rejects = (Reject("lines.parquet", "row 7", "no date of service", claims=2), Reject("b.837", "segment 3", "cut"))
    done = record(store, clock, [], ["A"], PartCounts(lines=4, history=9, rejected=rejects))
    assert (done.claims, done.judged, done.rejected, done.lines, done.history) == (3, 1, 2, 4, 9)
    assert done.status == "complete, with rejects"
    assert store.runs() == [done]
    assert done.inputs == INFO.inputs and done.tables == INFO.tables
    with store.reading() as database:
        assert len(database.rows("SELECT * FROM rejected")) == 2


def test_findings_that_cannot_be_are_refused(store: Store, clock: Clock) -> None:
    record(store, clock, [finding("A")], ["A"])
    with store.reading() as database:
        before = everything(database)
    with pytest.raises(StoreError, match=r"1 findings .* are about claims that are not among those judged"):
        record(store, clock, [finding("B")], ["A"])
    with pytest.raises(StoreError, match="two different findings have the fingerprint"):
        record(store, clock, [finding("A"), finding("A", message="other")], ["A"])
    with pytest.raises(StoreError, match="findings lack the columns message, fix"), store.run(INFO, clock) as run:
        run.record(table([]).drop_columns(["message", "fix"]), claims(["A"]))
    with store.reading() as database:
        assert everything(database) == before


def test_payer_and_charges_may_be_unknown(store: Store, clock: Clock) -> None:
    with store.run(INFO, clock) as run:
        run.record(table([finding("A", lines=[1, 2])]).drop_columns(["payer", "charges"]), claims(["A"]))
    assert rows(store, "SELECT payer, charges FROM findings") == [(None, [None, None])]


@dataclass
class Known:
    """A finding as the model knows it."""

    state: str
    first: int
    last: int
    since: int
    message: str
    reopened: int = 0
    waived_until: date | None = None
    waived: bool = False

    def in_force(self, today: date) -> bool:
        return self.waived and (self.waived_until is None or self.waived_until >= today)


@dataclass
class Model:
    """What the store should know."""

    runs: int = 0
    findings: dict[str, Known] = field(default_factory=dict)
    events: list[tuple[int, str, str]] = field(default_factory=list)

    def run(self, judged: set[str], found: dict[str, str], unevaluated: set[str], today: date) -> None:
        self.runs += 1
        told = []
        for key, known in self.findings.items():
            claim, rule = key.split("/")
            present = key in found or (known.state != "resolved" and (claim not in judged or rule in unevaluated))
            becomes = ("waived" if known.in_force(today) else "open") if present else "resolved"
            if key in found:
                known.last, known.message = self.runs, found[key]
            if becomes != known.state:
                known.reopened += becomes == "open"
                known.state, known.since = becomes, self.runs
                told.append((key, {"open": "reopened"}.get(becomes, becomes)))
        for key in found.keys() - self.findings.keys():
            self.findings[key] = Known("open", self.runs, self.runs, self.runs, found[key])
            told.append((key, "new"))
        self.events += [(self.runs, print_of(key), what) for key, what in sorted(told, key=lambda t: print_of(t[0]))]

    def waive(self, key: str, until: date | None) -> bool:
        known = self.findings.get(key)
        if known is None or known.state == "resolved":
            return False
        if known.state == "open":
            known.state, known.since = "waived", self.runs
        known.waived, known.waived_until = True, until
        self.events.append((self.runs, print_of(key), "waived"))
        return True

    def unwaive(self, key: str) -> bool:
        known = self.findings.get(key)
        if known is None or not known.waived:
            return False
        if known.state == "waived":
            known.state, known.since = "open", self.runs
        known.waived = False
        self.events.append((self.runs, print_of(key), "unwaived"))
        return True


def print_of(key: str) -> str:
    return fingerprint(*key.split("/"))


CLAIMS, RULES = ("A", "B", "C"), ("units", "pairs")
KEYS = [f"{claim}/{rule}" for claim in CLAIMS for rule in RULES]
RUN = st.tuples(
    st.just("run"),
    st.sets(st.sampled_from(CLAIMS)),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["said so", "said otherwise"])),
    st.one_of(st.just(frozenset()), st.frozensets(st.sampled_from(RULES))),
    st.integers(0, 3),
)
WAIVE = st.tuples(st.just("waive"), st.sampled_from(KEYS), st.one_of(st.none(), st.integers(0, 4)))
UNWAIVE = st.tuples(st.just("unwaive"), st.sampled_from(KEYS))


def _follows_the_model(place: str, steps: list[tuple[object, ...]]) -> None:
    clock, model = Clock(), Model()
    with TemporaryDirectory() as folder:
        store = open_store(place, staging=Path(folder) / "staging")
        record(store, clock, [], [])
        model.run(set(), {}, set(), clock().date())
        for step in steps:
            _step(store, model, clock, step)
        with store.reading() as database:
            life = database.rows(
                "SELECT fingerprint, state, first_seen, last_seen, since, reopened, message "
                "FROM finding_life ORDER BY 1"
            )
            events = database.rows("SELECT run, fingerprint, what FROM events ORDER BY seq")
    expected = [
        (print_of(key), known.state, known.first, known.last, known.since, known.reopened, known.message)
        for key, known in model.findings.items()
    ]
    assert life == sorted(expected)
    assert events == model.events


def _step(store: Store, model: Model, clock: Clock, step: tuple[object, ...]) -> None:
    match step:
        case ("run", set() as judged, dict() as found, frozenset() as unevaluated, int() as days):
            clock.days(days)
            found = {key: message for key, message in found.items() if key.split("/")[0] in judged}
            model.run(judged, found, set(unevaluated), clock().date())
            given = [
                finding(key.split("/")[0], key.split("/")[1], message=message, charges=[Decimal(1)])
                for key, message in found.items()
            ]
            rules = tuple(("example/policy", rule) for rule in sorted(unevaluated))
            record(store, clock, given, judged, PartCounts(not_evaluated=rules))
        case ("waive", str() as key, int() | None as days):
            until = None if days is None else clock().date() + timedelta(days=days)
            waiver = Waiver("known to the payer", "compliance", until)
            _both(model.waive(key, until), lambda: store.waive([print_of(key)], waiver, clock))
        case ("unwaive", str() as key):
            _both(model.unwaive(key), lambda: store.unwaive([print_of(key)], "compliance", clock))
        case _:
            raise AssertionError(step)


def _both(allowed: bool, change: Callable[[], object]) -> None:
    if allowed:
        change()
    else:
        with pytest.raises(StoreError):
            change()


STEPS = st.lists(st.one_of(RUN, RUN, RUN, WAIVE, WAIVE, UNWAIVE), min_size=3, max_size=9)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.mark.parametrize("new_place", ["duckdb"], indirect=True)
@settings(max_examples=20, deadline=None, suppress_health_check=QUIET)
@given(steps=STEPS)
def test_a_file_follows_the_model(new_place: Callable[[], str], steps: list[tuple[object, ...]]) -> None:
    _follows_the_model(new_place(), steps)


@pytest.mark.parametrize("new_place", ["postgres"], indirect=True)
@settings(max_examples=8, deadline=None, suppress_health_check=QUIET)
@given(steps=STEPS)
def test_postgres_follows_the_model(new_place: Callable[[], str], steps: list[tuple[object, ...]]) -> None:
    _follows_the_model(new_place(), steps)
