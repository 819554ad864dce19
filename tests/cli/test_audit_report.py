"""``audit report`` and ``audit waive``, as an operator types them."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner, Result

from cleanclaim.store.report import DETAILS
from cleanclaim.store.runs import PartCounts
from cleanclaim.store.store import open_store
from cleanclaim_cli import audit_report
from tests.store.made import Clock, finding, fingerprint, record, states

ODD = '=\x1b[31mHYPERLINK("http://evil") <script>alert(1)</script>'


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of two runs: B went, C is new and odd."""
    path, clock = tmp_path / "audit.duckdb", Clock()
    record(open_store(path), clock, [finding("A"), finding("B")], ["A", "B", "C"])
    clock.days(1)
    odd = finding("C", "rule-2", message=ODD, payer=ODD, charges=[Decimal("1234.50")], severity="warning")
    record(open_store(path), clock, [finding("A"), odd], ["A", "B", "C"], PartCounts(lines=5, history=2))
    return path


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command("report")(audit_report.report)
    app.command("waive")(audit_report.waive)
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_text_fits_one_screen(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    done = run("report", "--store", store)
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) < 24
    assert lines[0].endswith("audit.duckdb: changes since run 1")
    assert lines[1:3] == [
        "run 2 of 2026-03-02 06:00 UTC, as of 2026-01-01, duckdb engine",
        "3 claims: 3 judged (5 lines), 0 rejected; 2 lines of history",
    ]
    total = next(line for line in lines if line.startswith("all findings"))
    assert total.split() == ["all", "findings", "1", "0", "1", "0", "1", "1,334.50", "2"]
    assert "\x1b" not in done.stdout and "\\x1b[31m" in done.stdout


def test_text_fits_eighty_columns(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run("report", "--store", store).stdout.splitlines()
    table = [line for line in lines[4:] if line.endswith(("charges", "0"))]
    assert max(map(len, table)) == 80
    assert table[0].split()[-2:] == ["open", "charges"]
    assert table[1].split()[-1] == "1,334.50"


def test_json(store: Path) -> None:
    done = run("report", "--store", store, "--since", "0", "--format", "json")
    told = json.loads(done.stdout)
    assert told["totals"]["open"] == {"findings": 2, "lines": 2, "charges": "1334.50"}
    assert told["run"]["claims"] == 3 and told["run"]["inputs"] == {"lines.parquet": "in-1"}
    assert [(row["standing"], row["claim"]) for row in told["findings"]] == [
        ("new", "A"),
        ("new", "C"),
        ("resolved", "B"),
    ]
    assert told["findings"][0]["because"] == {"procedure": "97124"}
    assert told["findings"][1]["charges"] == ["1234.50"]
    assert run("report", "--store", store, "--since", "0", "--format", "json").stdout == done.stdout
    empty = run("report", "--store", store, "--since", "2", "--format", "json")
    assert [row["standing"] for row in json.loads(empty.stdout)["findings"]] == ["open", "open"]


def test_csv_is_safe_in_a_spreadsheet(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "findings.csv"
    assert run("report", "--store", store, "--format", "csv", "--output", out).exit_code == 0
    rows = list(csv.DictReader(io.StringIO(out.read_bytes().decode())))
    assert [(row["standing"], row["claim"], row["charges"]) for row in rows] == [
        ("new", "C", "1234.50"),
        ("open", "A", "100.00"),
        ("resolved", "B", "100.00"),
    ]
    assert not any(cell.startswith("=") for row in rows for cell in row.values())
    assert not list(tmp_path.glob("*.part"))


def test_html_stands_alone_and_escapes(store: Path) -> None:
    page = run("report", "--store", store, "--format", "html").stdout
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "http://" not in page.replace("http://evil", "") and "src=" not in page
    assert "2 findings open" in page


def test_parquet(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "findings.parquet"
    assert run("report", "--store", store, "--format", "parquet", "--output", out).exit_code == 0
    assert pq.read_schema(out).equals(DETAILS)
    assert pq.read_table(out)["message"].to_pylist()[0] == ODD
    refused = run("report", "--store", store, "--format", "parquet")
    assert refused.exit_code == 2 and "--output" in refused.stderr


@pytest.mark.parametrize(
    ("since", "words"),
    [("yesterday", "give the number of a run, or a day"), ("7", "there is no run 7; the store has the runs 1 to 2")],
)
def test_a_since_that_is_none(store: Path, since: str, words: str) -> None:
    done = run("report", "--store", store, "--since", since)
    assert done.exit_code == 2 and words in done.stderr


def test_no_store(tmp_path: Path) -> None:
    done = run("report", "--store", tmp_path / "none.duckdb")
    assert done.exit_code == 2 and "there is no store" in done.stderr
    assert not list(tmp_path.iterdir())


def test_waiving_and_taking_it_back(store: Path) -> None:
    until = date.today() + timedelta(days=30)
    a = fingerprint("A", "rule-1")
    done = run("waive", a[:10], "--store", store, "--by", "R. Roe", "--reason", "agreed", "--until", until)
    assert (done.exit_code, done.stderr) == (0, "1 finding waived\n")
    assert states(open_store(store))["A/rule-1"] == "waived"
    listed = json.loads(run("report", "--store", store, "--format", "json").stdout)["findings"]
    assert [(row["waiver"], row["waived_until"]) for row in listed if row["standing"] == "waived"] == [
        ("agreed", str(until))
    ]
    assert run("waive", a, "--store", store, "--by", "R. Roe", "--remove").exit_code == 0
    assert states(open_store(store))["A/rule-1"] == "open"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("f" * 32, "--reason", "so"), "no finding has the fingerprint"),
        (("f" * 32,), "say why with --reason"),
        (("f" * 32, "--remove", "--reason", "so"), "without --reason"),
    ],
)
def test_a_waiver_that_cannot_be(store: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run("waive", *arguments, "--store", store, "--by", "R. Roe")
    assert done.exit_code == 2 and words in done.stderr
