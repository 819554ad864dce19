"""Every place that claims may lie in: folders, DuckDB files, Postgres; and a history of which little is read."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from cleanclaim.audit.prepare import prepare
from cleanclaim.audit.reach import Reach, RuleReach, Step
from cleanclaim.audit.sources import Sources
from cleanclaim.policy.model import CodeSet, Span
from tests.audit.reading import EVERY, by_batch, by_sql, prepared
from tests.audit.tables import write_csv, write_parquet

ROWS = [
    {"claim_id": f"C{n // 2}", "claim_line_number": str(1 + n % 2), "person_id": f"P{n % 3}"}
    | {"claim_line_start_date": f"2020-01-{1 + n % 28:02}", "hcpcs_code": "97124", "charge_amount": "45.50"}
    for n in range(20)
]


def test_a_folder_of_parquet_is_one_relation(tmp_path: Path) -> None:
    folder = tmp_path / "lines"
    folder.mkdir()
    for n in range(4):
        write_parquet(folder / f"part-{n}.parquet", ROWS[n * 5 : n * 5 + 5])
    with duckdb.connect() as connection:
        sources = Sources.open([str(folder)], connection, tmp_path)
        assert len(sources.opened) == 1
        assert len(sources.digests(connection)) == 4
    assert by_sql([folder], tmp_path / "work") == by_batch([folder])


@pytest.mark.parametrize("odd", [{}, {"charge_amount": "$1,234.50"}], ids=["plain", "an odd cell"])
def test_a_table_of_a_duckdb_file(odd: dict[str, str], tmp_path: Path) -> None:
    table = tmp_path / "t.parquet"
    # A column may be called as a reader might call its own.
    write_parquet(table, [row | {"numbered": "own"} for row in (ROWS[0] | odd, *ROWS[1:])])
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as warehouse:
        warehouse.execute("CREATE SCHEMA tuva")
        warehouse.execute(f"CREATE TABLE tuva.medical_claim AS SELECT * FROM read_parquet('{table}')")
        warehouse.execute("CREATE VIEW seen AS SELECT * FROM tuva.medical_claim")
    wanted = by_batch([table])
    for given in (f"{path}::tuva.medical_claim", f"{path}::seen"):
        told = {(given, what) for _, what in wanted.warned}
        assert by_sql([Path(given)], tmp_path / "work") == replace(wanted, warned=told)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("{0}::nothing", "cannot be opened"),
        ("{0}.absent::t", "there is no file"),
        ("{0}::", "names no table"),
        ("postgresql://me:secret@localhost:1/x", "names no table"),
        ("postgresql://me:secret@localhost:1/x::t", "cannot be"),
    ],
)
def test_a_table_that_cannot_be_opened_is_told(given: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    duckdb.connect(str(path)).close()
    with duckdb.connect() as connection:
        made = prepare(connection, Sources.open([given.format(path)], connection, tmp_path), EVERY)
        reasons = [(each.source, each.reason) for each in made.rejects()]
        assert len(reasons) == 1
        assert told in reasons[0][1]
        assert "secret" not in str(reasons)
        assert (made.claims, made.judged) == (0, 0)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """A server of our own, on a socket in a folder of its own."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    found = shutil.which("pg_ctl") or "/usr/lib/postgresql/15/bin/pg_ctl"
    if not Path(found).exists():
        pytest.skip("no Postgres on this machine")
    user = "postgres" if os.geteuid() == 0 else None
    binaries = Path(found).resolve().parent
    with tempfile.TemporaryDirectory(prefix="cc-pg-") as folder:
        if user:
            shutil.chown(folder, user)
        data = f"{folder}/data"
        run = {"user": user, "check": True, "capture_output": True, "cwd": folder}
        subprocess.run([binaries / "initdb", "-D", data, "-A", "trust", "-U", "auditor"], **run)  # type: ignore[call-overload]
        options = f"-c listen_addresses='' -c unix_socket_directories={folder}"
        start = [binaries / "pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{folder}/log", "start"]
        subprocess.run(start, user=user, check=True, cwd=folder, stdout=subprocess.DEVNULL)
        try:
            yield f"postgresql://auditor@/postgres?host={folder}"
        finally:
            subprocess.run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)  # type: ignore[call-overload]


def test_a_table_of_postgres(postgres: str, tmp_path: Path) -> None:
    import psycopg

    table = tmp_path / "t.parquet"
    write_parquet(table, ROWS)
    with psycopg.connect(postgres) as server:
        server.execute(
            "CREATE TABLE medical_claim (claim_id text, claim_line_number int, person_id varchar(8), "
            "claim_line_start_date date, hcpcs_code char(8), charge_amount numeric(12,2))"
        )
        for row in ROWS:
            server.execute("INSERT INTO medical_claim VALUES (%s, %s, %s, %s, %s, %s)", list(row.values()))
    with duckdb.connect() as connection:
        sources = Sources.open([f"{postgres}::public.medical_claim"], connection, tmp_path)
        made = prepare(connection, sources, EVERY)
        assert made.rejects() == []
        assert (made.claims, made.judged, made.lines) == (10, 10, 20)
        found = connection.execute(
            "SELECT DISTINCT procedure, charge::VARCHAR, patient FROM audit_lines ORDER BY 3"
        ).fetchall()
        assert found == [("97124", "45.50", f"P{n}") for n in range(3)]


def test_only_the_history_that_can_be_met_is_read(tmp_path: Path) -> None:
    judged, past = tmp_path / "judged.csv", tmp_path / "past.parquet"
    write_csv(judged, ROWS)
    days = [date(2019, 6, 1) + timedelta(n) for n in range(400)]
    parquet.write_table(
        pa.table(
            {
                "claim_id": [f"H{n}" for n in range(400)],
                "claim_line_number": [1] * 400,
                "person_id": [f"P{n % 6}" for n in range(400)],
                "claim_line_start_date": pa.array(days, pa.date32()),
                "hcpcs_code": ["97124" if n % 2 else "98940" for n in range(400)],
            }
        ),
        past,
    )
    rule = RuleReach(
        "p", "1", "r", frozenset({(Step(Span.DAYS, 14, 0),)}), ("patient",), (CodeSet(None, frozenset({"98940"})),)
    )
    with duckdb.connect() as connection:
        every = prepared(connection, [judged], tmp_path, [past])
    with duckdb.connect() as connection:
        made = prepared(connection, [judged], tmp_path, [past], reach=Reach((rule,)))
        first, last, codes, people = connection.execute(
            "SELECT min(service_date), max(service_date), list(DISTINCT procedure), count(DISTINCT patient) "
            "FROM audit_lines WHERE status = 'history'"
        ).fetchone()
    assert (every.history, codes, people) == (400, ["98940"], 2)
    assert date(2019, 12, 18) <= first and last <= date(2020, 1, 20)
    assert 0 < made.history < 20
    assert (made.claims, made.lines) == (every.claims, every.lines)
