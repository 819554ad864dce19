"""Work of an interrupted run: taken up if asked for and still true, else dropped, and told either way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pyarrow as pa
import pytest

from cleanclaim.claims.model import Reject
from cleanclaim.store.database import Database, Hold
from cleanclaim.store.errors import Recorded, StoreError
from cleanclaim.store.runs import PartCounts
from cleanclaim.store.store import Store, open_store
from tests.store.made import INFO, Clock, claims, finding, record, states, table


class Interrupted(Exception):
    """Stands for whatever ends a run."""


def _interrupted(store: Store, clock: Clock) -> None:
    counts = PartCounts(lines=3, rejected=(Reject("a.837", "segment 9", "cut short", claims=1),))
    with pytest.raises(Interrupted), store.run(INFO, clock) as run:
        run.stage("digest-a", table([finding("A")]), claims(["A", "B"]), counts)
        run.stage("digest-c", table([]), claims(["C"]))
        raise Interrupted


def test_an_error_leaves_the_store_as_it_was(store: Store, clock: Clock) -> None:
    record(store, clock, [finding("B")], ["B"])
    _interrupted(store, clock)
    assert states(store) == {"B/rule-1": "open"}
    assert len(store.runs()) == 1


def test_resuming_takes_up_what_was_judged(store: Store, clock: Clock) -> None:
    _interrupted(store, clock)
    with store.run(INFO, clock, resume=True) as run:
        assert run.notes == ("2 parts of an interrupted audit can be taken up",)
        assert run.staged("digest-a") and not run.staged("digest-d")
        run.stage("digest-d", table([finding("D")]), claims(["D"]), PartCounts(lines=1))
    assert run.done is not None
    # digest-c was not asked for: it is no longer part of the input.
    assert (run.done.judged, run.done.lines, run.done.rejected, run.done.new) == (3, 4, 1, 2)
    assert states(store) == {"A/rule-1": "open", "D/rule-1": "open"}
    with store.run(INFO, clock, resume=True) as run:
        assert run.notes == ("there is no work of an interrupted audit to resume; starting anew",)
        assert not run.staged("digest-a")
        run.record(table([finding("A")]), claims(["A"]))


def test_without_resume_it_is_dropped(store: Store, clock: Clock) -> None:
    _interrupted(store, clock)
    with store.run(INFO, clock) as run:
        assert run.notes == ("2 parts of an interrupted audit dropped; --resume takes them up",)
        assert not run.staged("digest-a")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"library_digest": "library-2"}, "judged with another policy library"),
        ({"tables": {}, "engine": "spark"}, "judged with another engine and another set of tables"),
    ],
)
def test_what_was_judged_otherwise_is_dropped(
    store: Store, clock: Clock, change: dict[str, object], words: str
) -> None:
    _interrupted(store, clock)
    with store.run(replace(INFO, **change), clock, resume=True) as run:  # type: ignore[arg-type]
        assert run.notes == (f"2 parts of an interrupted audit dropped: {words}",)
        assert not run.staged("digest-a")


def test_a_store_without_a_place_for_it_cannot_resume(postgres: str, clock: Clock) -> None:
    store = open_store(postgres, wait=0.3)
    with pytest.raises(StoreError, match="nothing can be resumed"), store.run(INFO, clock, resume=True):
        raise AssertionError


@pytest.mark.parametrize("raised", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("late", [False, True])
def test_a_signal_while_the_database_commits(
    late: bool, raised: type[BaseException], store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the run is recorded is looked up, for the signal does not say it."""
    with pytest.raises(Recorded if late else raised) as stopped, store.run(INFO, clock) as run:
        transaction, left = type(run.hold).transaction, [raised]

        @contextmanager
        def interrupted(hold: Hold) -> Iterator[Database]:
            with transaction(hold) as database:
                yield database
                if left and not late:
                    raise left.pop()
            if left:
                raise left.pop()

        monkeypatch.setattr(type(run.hold), "transaction", interrupted)
        run.record(table([finding("A")]), claims(["A"]))
        run.commit()
    assert len(store.runs()) == late
    if late:
        assert str(stopped.value) == "run 1 is recorded"
    with store.run(INFO, clock, resume=True) as run:
        assert ("no work" in run.notes[0]) == late
        run.record(table([finding("A")]), claims(["A"]))


def test_sets_of_claims_are_kept_once(store: Store, clock: Clock) -> None:
    def judged(*quarters: str) -> pa.Table:
        named = [(claim, quarter) for quarter in quarters for claim in (f"{quarter}-A", f"{quarter}-B")]
        return pa.table({"claim": [claim for claim, _ in named], "quarter": [quarter for _, quarter in named]})

    for quarters in (("20261", "20262"), ("20261", "20262"), ("20261", "20263")):
        with store.run(INFO, clock) as run:
            run.record(table([]), judged(*quarters))
    with store.reading() as database:
        assert database.rows("SELECT claims FROM scopes") == [(2,)] * 3
        assert database.rows("SELECT count(*), count(DISTINCT claim) FROM scope_claims") == [(6, 6)]
        assert database.rows("SELECT run, count(*) FROM run_scopes GROUP BY run ORDER BY run") == [
            (1, 2),
            (2, 2),
            (3, 2),
        ]
    assert [run.judged for run in store.runs()] == [4, 4, 4]


def test_claims_in_more_columns_than_two_are_refused(store: Store, clock: Clock) -> None:
    with pytest.raises(StoreError, match="a column of claim numbers"), store.run(INFO, clock) as run:
        run.record(table([]), pa.table({"a": ["A"], "b": ["B"], "c": ["C"]}))
