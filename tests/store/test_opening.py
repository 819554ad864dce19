"""Stores that are not there, are something else, are of another version, or are in use."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import duckdb
import pytest

from cleanclaim.store import schema
from cleanclaim.store.errors import StoreError
from cleanclaim.store.store import Store, open_store
from cleanclaim.store.waivers import Waiver
from tests.store.made import INFO, Clock, claims, finding, record, states, table


def test_a_store_that_is_not_there(store: Store, clock: Clock) -> None:
    with pytest.raises(StoreError, match=r"there is no store .*cleanclaim audit"):
        store.runs()
    with pytest.raises(StoreError, match="there is no store"):
        store.waive(["0" * 32], Waiver("so", "R. Roe"), clock)


def test_files_that_are_no_store(tmp_path: Path, clock: Clock) -> None:
    text, other = tmp_path / "notes.txt", tmp_path / "warehouse.duckdb"
    text.write_text("not a database\n" * 400)
    with duckdb.connect(str(other)) as connection:
        connection.execute("CREATE TABLE lines AS SELECT 1 AS line")
    for path, words in ((text, "cannot be opened as a store"), (other, "is a DuckDB file but no store of audit runs")):
        before = path.read_bytes()
        with pytest.raises(StoreError, match=words):
            open_store(path).runs()
        with pytest.raises(StoreError, match=words):
            record(open_store(path), clock, [], [])
        assert path.read_bytes() == before
    with pytest.raises(StoreError, match="there is no folder"):
        record(open_store(tmp_path / "none" / "audit.duckdb"), clock, [], [])
    with pytest.raises(StoreError, match="begins with postgresql://"):
        open_store("mysql://host/audit")


def test_a_password_is_never_told(clock: Clock) -> None:
    store = open_store("postgresql://auditor:geheim@127.0.0.1:1/audit", wait=0)
    assert store.where == "postgresql://127.0.0.1:1/audit"
    for url in ("postgresql://auditor:geheim@127.0.0.1:1/audit", "postgresql://auditor:geh%eim@127.0.0.1:1/audit"):
        with pytest.raises(StoreError) as told:
            record(open_store(url, wait=0), clock, [], [])
        assert "geh" not in str(told.value)
    assert "geheim" not in repr(store)


def test_without_the_driver_a_url_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "cleanclaim.store.postgres", raising=False)
    with pytest.raises(StoreError, match=r"pip install 'cleanclaim\[postgres\]'"):
        open_store("postgresql://127.0.0.1/audit")


def test_a_later_layout_is_refused(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    record(store, clock, [finding("A")], ["A"])
    with monkeypatch.context() as patched:
        patched.setattr(schema, "VERSION", 0)
        for use in (store.runs, lambda: record(store, clock, [], ["A"])):
            with pytest.raises(StoreError, match="was written by a later cleanclaim"):
                use()
    assert states(store) == {"A/rule-1": "open"}


def test_an_earlier_layout_is_brought_up_to_date_by_the_next_run(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(store, clock, [finding("A")], ["A"])
    monkeypatch.setattr(schema, "VERSION", 2)
    monkeypatch.setattr(schema, "MIGRATIONS", {1: ("ALTER TABLE events ADD COLUMN seen_by TEXT",)})
    with pytest.raises(StoreError, match=r"was written by an earlier cleanclaim .* the next `cleanclaim audit`"):
        store.runs()
    record(store, clock, [finding("A")], ["A"])
    with store.reading() as database:
        assert database.rows("SELECT seen_by FROM events") == [(None,)]
    assert states(store) == {"A/rule-1": "open"}


def _holds(where: str, folder: Path, pipe: Connection, seconds: float) -> None:
    with open_store(where, staging=folder).run(INFO, Clock()) as run:
        run.record(table([finding("A")]), claims(["A"]))
        pipe.send(os.getpid())
        time.sleep(seconds)


def test_a_second_run_waits_or_refuses_in_words(new_place: Callable[[], str], tmp_path: Path, clock: Clock) -> None:
    where = new_place()
    record(open_store(where, staging=tmp_path / "one"), clock, [], [])
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    child = multiprocessing.get_context("spawn").Process(target=_holds, args=(where, tmp_path / "two", theirs, 2.0))
    child.start()
    try:
        pid = ours.recv()
        with pytest.raises(StoreError, match=rf"is in use by .*\b{pid}\b.* since .*; waited 0.2 s"):
            record(open_store(where, wait=0.2, staging=tmp_path / "one"), clock, [], [])
        # A report can be read meanwhile.
        assert len(open_store(where).runs()) == 1
        waited = record(open_store(where, wait=60, staging=tmp_path / "one"), clock, [], ["A"])
        assert (waited.id, waited.resolved) == (3, 1)
    finally:
        child.join()
    assert child.exitcode == 0
