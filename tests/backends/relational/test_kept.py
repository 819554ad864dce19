"""Statements that are kept judge as those that are made, and only what this user alone may write is run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from cleanclaim.backends.relational import making
from cleanclaim.backends.relational.duckdb_session import Session
from cleanclaim.backends.relational.kept import MOST, Kept, key_of
from cleanclaim.backends.relational.layout import columns, declared, table_of
from cleanclaim.backends.relational.statements import Finding, Fixpoint, Gone, Named, Statements
from cleanclaim.backends.relational.wanted import wanted
from cleanclaim.claims.model import Line
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.model import Period
from cleanclaim.policy.versions import Edition
from tests.strategies.examples import example, rolled_written

PARAMETERS = {
    "rule": (pa.int32(), [1, 2]),
    "day": (pa.date32(), [date(2020, 2, 29), None]),
    "amount": (pa.decimal128(18, 2), [Decimal("0.10"), Decimal("12")]),
    "codes": (pa.list_(pa.string()), [["1E5", "00100"], []]),
    "seen": (pa.bool_(), [True, None]),
}
MADE = Statements(
    (
        Named("asked_1", "SELECT 1"),
        Named("coded_3", "SELECT 1 AS procedure", "procedure"),
        Fixpoint((Named("seen_2", "SELECT 5"),), (Named("fact_1", "SELECT 'a\"b'"),)),
        Named("judged_3", "SELECT 2", once=True),
        Finding("SELECT 2", "judged_3"),
        Gone(("asked_1", "seen_2")),
    ),
    {"parameters_0": PARAMETERS},
    {"table_0": ("p/one", "2020-01-01", "pairs")},
    (3, 4),
    "SELECT 3",
    "SELECT 4",
)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "cache" / "statements")


def only(kept: Kept) -> Path:
    (path,) = kept.folder.iterdir()
    return path


def test_what_is_kept_comes_back(kept: Kept) -> None:
    assert kept.read("a") is None
    kept.write("a", MADE)
    assert kept.read("a") == MADE
    assert kept.read("b") is None
    assert only(kept).stat().st_mode & 0o777 == 0o600
    assert kept.folder.stat().st_mode & 0o777 == 0o700


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def changed(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"SELECT 2", b"SELECT 3"))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def opened_to_others(path: Path) -> None:
    path.chmod(0o620)


def in_a_folder_open_to_others(path: Path) -> None:
    path.parent.chmod(0o770)


def linked(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


def no_file(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "spoil", [cut, changed, emptied, opened_to_others, in_a_folder_open_to_others, linked, no_file]
)
def test_what_is_damaged_or_may_be_written_by_others_is_not_read(kept: Kept, spoil: Callable[[Path], None]) -> None:
    kept.write("a", MADE)
    spoil(only(kept))
    assert kept.read("a") is None


def test_what_was_kept_for_another_program_is_not_read(kept: Kept) -> None:
    kept.write("a", MADE)
    only(kept).rename(kept.folder / "b.statements")
    assert kept.read("b") is None


def test_a_folder_that_cannot_be_written_costs_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Kept(tmp_path / "file" / "statements").write("a", MADE)
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o777)
    shared.chmod(0o777)
    Kept(shared).write("a", MADE)
    assert not any(shared.iterdir())


def test_the_oldest_make_room(kept: Kept) -> None:
    for number in range(MOST + 3):
        kept.write(f"{number}", MADE)
        os.utime(kept.folder / f"{number}.statements", (number, number))
    kept.write("last", MADE)
    assert len(list(kept.folder.iterdir())) == MOST
    assert kept.read("0") is None
    assert kept.read("last") == MADE


def made_example(number: int) -> tuple[Edition, tuple[tuple[Line, ...], ...]] | None:
    choose, written = rolled_written(f"kept-{number}")
    try:
        made = example(choose, written, written.load())
    except PolicyError:
        return None
    return made.edition(), made.claims


def found(edition: Edition, lines: tuple[Line, ...], kept: Kept | None = None) -> list[str]:
    facts = declared(edition)
    session = Session(wanted(edition, columns(facts)), duckdb.connect(config={"threads": 1}), kept)
    session.lines(table_of(lines, facts))
    session.run()
    return sorted(map(repr, session.findings(joined=True).to_pylist()))


@pytest.mark.parametrize("number", range(8))
def test_kept_statements_judge_as_those_that_are_made(number: int, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    made = made_example(number)
    if made is None:
        pytest.skip("not a policy")
    edition, claims = made
    lines = tuple(line for batch in claims for line in batch)
    first = found(edition, lines, kept)
    monkeypatch.setattr(making, "Making", None)
    assert found(edition, lines, kept) == first
    monkeypatch.undo()
    assert found(edition, lines, None) == first


def test_a_session_that_was_asked_what_it_cannot_say_judges_too() -> None:
    edition, claims = next(made for made in map(made_example, range(40)) if made is not None and found(*first(made)))
    lines = first((edition, claims))[1]
    facts = declared(edition)
    session = Session(wanted(edition, columns(facts)), duckdb.connect(config={"threads": 1}))
    assert session.by_definition == ()
    session.lines(table_of(lines, facts))
    session.run()
    assert sorted(map(repr, session.findings(joined=True).to_pylist())) == found(edition, lines)


def first(made: tuple[Edition, tuple[tuple[Line, ...], ...]]) -> tuple[Edition, tuple[Line, ...]]:
    """An edition and the lines of its first batch."""
    edition, claims = made
    return edition, claims[0]


def test_another_library_table_or_layout_is_another_program() -> None:
    edition = next(
        made[0] for made in map(made_example, range(40)) if made is not None and any(made[0].tables.values())
    )
    named = columns(declared(edition))
    key = key_of(edition, named)
    assert key_of(edition, named) == key
    assert key_of(replace(edition, policies=edition.policies[:-1]), named) != key
    assert key_of(edition, dict(list(named.items())[:-1])) != key
    assert key_of(edition, named, "other") != key
    version, tables = next(each for each in edition.tables.items() if each[1])
    name, table = next(iter(tables.items()))
    covered = {**edition.tables, version: {**tables, name: replace(table, coverage=(Period(),))}}
    assert key_of(replace(edition, tables=covered), named) != key
    other_rows = {**edition.tables, version: {**tables, name: replace(table, rows=[*table.rows])}}
    assert key_of(replace(edition, tables=other_rows), named) == key


def test_what_makes_statements_is_not_imported_for_kept_ones() -> None:
    heavy = "{name.partition('.')[0] for name in sys.modules} & {'ibis', 'sqlglot'}"
    script = f"import sys, cleanclaim.audit.run; print({heavy} or 'none')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "none\n"
