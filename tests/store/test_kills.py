"""A process that records is killed at random moments: the store is as before the run or as after it, never between."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from cleanclaim.store import store as store_module
from cleanclaim.store.database import Database
from cleanclaim.store.store import Store, open_store
from tests.store.made import INFO, Clock, claims, finding, table

PER_RUN, PARTS = 600, 2
"""Findings of a run, and the parts in which they come."""


def _found(run: int, part: int) -> list[dict[str, object]]:
    """Those of a run: two thirds of its part's claims, other ones in each of three runs."""
    of_part = range(part * PER_RUN, (part + 1) * PER_RUN)
    return [finding(f"C{number}") for number in of_part if number % 3 != run % 3]


def _record(where: str, staging: Path, run: int, pipe: Connection) -> None:
    """Records a run, and tells how far it is."""
    commit = vars(store_module)["commit"]

    def told(*arguments: object) -> object:
        pipe.send("committing")
        return commit(*arguments)

    vars(store_module)["commit"] = told
    # A temporary folder of its own, so that the test sees what a kill leaves there.
    tempfile.tempdir = str(_temporary(staging))
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC))
    clock.days(run)
    pipe.send("started")
    with open_store(where, staging=staging, wait=20).run(INFO, clock, resume=True) as going:
        for part in range(PARTS):
            if not going.staged(f"run {run} part {part}"):
                numbers = range(part * PER_RUN, (part + 1) * PER_RUN)
                going.stage(f"run {run} part {part}", table(_found(run, part)), claims(f"C{n}" for n in numbers))
    pipe.send("done")


@dataclass
class Kills:
    """What the kills hit."""

    staging: int = 0
    committing: int = 0
    too_late: int = 0
    recorded: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    """How long the steps of a run took that nobody killed."""

    def __str__(self) -> str:
        inside = self.staging + self.committing
        return (
            f"{inside + self.too_late} kills: {self.staging} while parts were judged, "
            f"{self.committing} inside the commit ({self.recorded} of them after it was durable), "
            f"{self.too_late} after the end"
        )


def _temporary(staging: Path) -> Path:
    return staging.with_name("temporary")


def _expected(database: Database, runs: int) -> None:
    """Everything that the store holds after so many runs."""
    last = {number: run for run in range(1, runs + 1) for number in range(PARTS * PER_RUN) if number % 3 != run % 3}
    life = database.rows("SELECT claim, state, last_seen, first_seen FROM finding_life")
    assert len(life) == len(last)
    for claim, state, last_seen, first_seen in life:
        number = int(str(claim)[1:])
        assert last_seen == last[number]
        assert state == ("open" if last[number] == runs else "resolved")
        assert first_seen == min(run for run in (1, 2) if number % 3 != run % 3)
    third, all_ = PARTS * PER_RUN // 3, PARTS * PER_RUN
    events = [0, 2 * third, 2 * third] + [2 * third] * runs
    told = database.rows("SELECT run, count(*), count(DISTINCT fingerprint) FROM events GROUP BY run ORDER BY run")
    assert told == [(run, events[run], events[run]) for run in range(1, runs + 1)]
    rows = database.rows("SELECT id, judged, violation, events_through FROM runs ORDER BY id")
    assert rows == [(run, all_, 2 * third, sum(events[1 : run + 1])) for run in range(1, runs + 1)]
    assert database.rows("SELECT count(*), count(DISTINCT claim) FROM scope_claims") == [(all_, all_)]
    assert database.rows("SELECT count(*) FROM run_scopes") == [(PARTS * runs,)]


def _soak(where: str, staging: Path, kills: int, chance: random.Random) -> Kills:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.test_kills", "cleanclaim.store.postgres"])
    hit = Kills()
    _temporary(staging).mkdir()
    # The first run makes the store, so that there is something to lose; the second tells how long each step takes.
    for run in (1, 2):
        assert _child(context, where, staging, run, None, 0, hit) == "done"
    runs = 2
    store = open_store(where, staging=staging, wait=20)
    for kill in range(kills):
        when = "started" if kill % 3 == 0 else "committing"
        reached = _child(context, where, staging, runs + 1, when, chance.random() * hit.seconds[when], hit)
        now = _runs_in(store, runs)
        assert now in (runs, runs + 1)
        assert reached != "done" or now == runs + 1
        if reached == "committing":
            hit.recorded += now - runs
        runs = now
    assert _child(context, where, staging, runs + 1, None, 0, hit) == "done"
    assert _runs_in(store, runs + 1) == runs + 1
    # Nothing that names claims is left lying about.
    assert not staging.exists()
    assert not list(_temporary(staging).iterdir())
    return hit


def _child(
    context: multiprocessing.context.ForkServerContext,
    where: str,
    staging: Path,
    run: int,
    when: str | None,
    delay: float,
    hit: Kills,
) -> str:
    """Starts a recording process and kills it so long after it told ``when``; how far it came."""
    ours, theirs = context.Pipe()
    child = context.Process(target=_record, args=(where, staging, run, theirs))
    child.start()
    theirs.close()
    reached = ""
    try:
        last = time.monotonic()
        while reached != when and (ours.poll(60)):
            before, reached, last, began = reached, ours.recv(), time.monotonic(), last
            if when is None:
                hit.seconds[before] = last - began
        if when is not None:
            child.join(delay)
            assert child.pid is not None
            if child.exitcode is None:
                os.kill(child.pid, signal.SIGKILL)
            child.join()
            while ours.poll():
                reached = ours.recv()
    except EOFError:
        pass
    child.join()
    if when is not None:
        hit.staging += reached == "started"
        hit.committing += reached == "committing"
        hit.too_late += reached == "done"
    return reached


def _runs_in(store: Store, runs: int) -> int:
    """The runs in the store; all else is checked against them."""
    # A server may be busy with the dead client's last statement; it lets the store go when it is through.
    with store.backend.hold(datetime.now(UTC), create=False) as hold, hold.transaction() as database:
        found = int(str(database.rows("SELECT count(*) FROM runs")[0][0]))
        _expected(database, found)
    return found


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize(("new_place", "kills"), [("duckdb", 40), ("postgres", 10)], indirect=["new_place"])
def test_a_kill_loses_and_doubles_nothing(
    new_place: Callable[[], str], kills: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    hit = _soak(new_place(), tmp_path / "staging", kills, random.Random(20260301))
    record_property("kills", str(hit))
    print(hit)
    assert hit.staging + hit.committing >= kills // 3, str(hit)
    assert hit.staging and hit.committing, str(hit)
