"""Findings over lines that SQL reads are those of ``lint``, with a history of which only what counts is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import duckdb
import pytest

from cleanclaim.audit.prepare import LINES, Prepared, prepare
from cleanclaim.audit.reach import reach
from cleanclaim.audit.sources import Sources
from cleanclaim.backends.relational.duckdb_session import Session
from cleanclaim.backends.relational.layout import declared
from cleanclaim.backends.relational.sources import lines_of
from cleanclaim.backends.relational.wanted import wanted
from cleanclaim.claims.fields import FIELDS
from cleanclaim.claims.sources import read
from cleanclaim.claims.tables.mapping import TableMap, read_map
from cleanclaim.findings.finding import Finding
from cleanclaim.lint import Input, edition_of, lint
from cleanclaim.policy.load import load_library
from cleanclaim.policy.versions import Edition
from cleanclaim.tables.store import TableStore
from tests.conftest import ROOT
from tests.strategies.relational import findings_of

EVERY = frozenset(spec.name for spec in FIELDS)


@cache
def _edition() -> Edition:
    return edition_of(load_library([ROOT / "benchmarks" / "twelve"]).policies, date(2026, 1, 1))


def _mapping() -> TableMap:
    return read_map((ROOT / "benchmarks" / "bench-map.yaml").read_text(), "bench-map.yaml")


def _judged(
    paths: Sequence[Path], work: Path, history: Sequence[Path] = (), *, narrowed: bool = False
) -> tuple[list[Finding], Prepared, tuple[date | None, int]]:
    edition = _edition()
    facts = declared(edition)
    with duckdb.connect() as connection:
        sources = Sources.open(
            [str(path) for path in paths],
            connection,
            work,
            mapping=_mapping(),
            facts=facts,
            history=[str(path) for path in history],
        )
        made = prepare(connection, sources, EVERY, facts, reach(edition) if narrowed else None)
        columns, query = lines_of(connection, f"SELECT * FROM {LINES}", facts)
        session = Session(wanted(edition, columns), connection)
        session.lines_of(query)
        session.run()
        past = connection.execute(
            f"SELECT min(service_date), count(DISTINCT patient) FROM {LINES} WHERE status = 'history'"
        ).fetchall()[0]
        return sorted(findings_of(session.findings(joined=True)), key=repr), made, past


def _linted(path: Path, store: Path, history: Path | None = None) -> list[Finding]:
    past = read([str(history)], mapping=_mapping()) if history is not None else ()
    report = lint(Input(read([str(path)], mapping=_mapping()), past), _edition(), TableStore(store))
    return sorted(report.findings, key=repr)


@pytest.fixture(scope="module")
def lines(shared: Path) -> Path:
    """Twenty thousand lines that were made up."""
    path = shared / "bench" / "lines_20000.parquet"
    if not path.exists():
        pytest.skip("no made-up lines in ../shared/bench")
    return path


def test_a_table_with_numbers_for_claims_and_people(lines: Path, tmp_path: Path) -> None:
    findings, made, _ = _judged([lines], tmp_path)
    assert made.lines == 20_000
    assert len(findings) > 1000
    assert findings == _linted(lines, tmp_path)


def test_findings_with_the_history_in_reach_are_those_with_all_of_it(lines: Path, tmp_path: Path) -> None:
    judged, past = tmp_path / "judged.parquet", tmp_path / "past.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW given AS SELECT * FROM '{lines}'")
        days = connection.execute("SELECT quantile_disc(service_date, 0.9) FROM given").fetchall()[0]
        # Of most people nothing is judged; claims on the border stand whole on one side.
        now = f"min(service_date) OVER (PARTITION BY claim_id) >= DATE '{days[0]}' AND patient_id % 3 = 0"
        connection.execute(f"CREATE TABLE apart AS SELECT *, {now} AS now FROM given")
        connection.execute(f"COPY (SELECT * EXCLUDE now FROM apart WHERE now) TO '{judged}'")
        connection.execute(f"COPY (SELECT * EXCLUDE now FROM apart WHERE NOT now) TO '{past}'")
    whole, every, (oldest, people) = _judged([judged], tmp_path, [past])
    near, some, (first, met) = _judged([judged], tmp_path, [past], narrowed=True)
    assert near == whole == _linted(judged, tmp_path, past)
    assert any(finding.related for finding in near)
    assert 0 < some.history < every.history / 2
    assert met < people / 2
    assert first is not None and oldest is not None
    begun = duckdb.execute(f"SELECT min(service_date) FROM '{judged}'").fetchall()[0][0]
    start, _ = reach(_edition()).dates(begun, begun + timedelta(1))
    assert start is None or first >= start
    assert (some.claims, some.lines, some.judged) == (every.claims, every.lines, every.judged)
