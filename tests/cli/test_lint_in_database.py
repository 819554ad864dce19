"""``cleanclaim lint --engine duckdb``, and findings as Parquet, as people and scripts type them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from typer.testing import CliRunner

from cleanclaim_cli.main import app
from tests.cli.conftest import PEOPLE
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"
BATCH = EXAMPLES / "batch.837"
LIBRARY = ("--policies", str(ROOT / "tests" / "audit" / "library"))
BESIDE = ("--roster", EXAMPLES / "roster.csv", "--facts", EXAMPLES / "facts.csv", "--as-of", "2026-11-23")
ENGINES = ("durable", "duckdb")


@pytest.fixture(autouse=True)
def _at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLEANCLAIM_TABLES", str(tmp_path / "tables"))


def lint(*arguments: object, engine: str = "duckdb", stdin: bytes | None = None) -> tuple[int, str, str]:
    """Runs it; nothing that it says may name a person."""
    result = CliRunner().invoke(app, ["lint", *map(str, arguments), "--engine", engine], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    if engine == "durable" and "durable_rules" in result.stderr:
        pytest.skip(result.stderr)
    said = result.stdout + result.stderr
    assert "Traceback" not in said
    assert not any(person in said for person in PEOPLE)
    return result.exit_code, result.stdout, result.stderr


def told(*arguments: object, stdin: bytes | None = None) -> tuple[int, dict[str, object]]:
    """The exit code and the JSON, which both engines must give."""
    answers = []
    for engine in ENGINES:
        code, out, err = lint(*arguments, "--format", "json", engine=engine, stdin=stdin)
        said = json.loads(out)
        assert err == "" and said.pop("engine") == engine
        # What cannot be read of a whole input is told before what cannot be read of a row.
        said["rejected"].sort(key=str)
        answers.append((code, said))
    assert answers[0] == answers[1]
    return answers[0]


# ---- the same report


def test_claims_of_every_kind_with_what_is_known_beside_them() -> None:
    paths = [EXAMPLES / name for name in ("batch.837", "claims.csv", "claims.json")]
    code, said = told(*paths, *BESIDE, "--show", "bypassed")
    assert code == 1 and len(said["findings"]) > 10  # type: ignore[arg-type]


def test_the_claims_that_lie_beside_the_project(shared: Path) -> None:
    for folder in sorted(path for path in (shared / "data" / "837").iterdir() if path.is_dir()):
        answers = [lint(folder, "--format", "csv", engine=engine) for engine in ENGINES]
        assert answers[0][:2] == answers[1][:2]


@pytest.mark.parametrize("payer", ["MEDICARE", "EXAMPLE-PPO"])
def test_a_payer_given_by_hand_and_a_history(payer: str) -> None:
    told(BATCH, "--payer", payer, "--history", EXAMPLES / "claims.csv", *BESIDE)


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input(packed: bool) -> None:
    given = BATCH.read_bytes()
    code, said = told("-", *BESIDE, stdin=gzip.compress(given) if packed else given)
    assert (code, said["claims"]) == (1, 11)
    findings = said["findings"]
    assert isinstance(findings, list) and all(each["source"].startswith("standard input, ") for each in findings)


def test_what_cannot_be_read(lines: Path) -> None:
    lines.write_text(lines.read_text().replace("97124,6", "97124,many"))
    code, said = told(lines, "nowhere.837", *LIBRARY)
    assert (code, said["claims"], said["claims_judged"]) == (3, 2, 1)
    code, said = told("nowhere.837", *LIBRARY)
    assert (code, said["claims"]) == (3, 0)


def test_the_text(lines: Path) -> None:
    answers = [lint(lines, *LIBRARY, engine=engine) for engine in ENGINES]
    assert answers[0][1].replace("durable engine", "duckdb engine") == answers[1][1]
    assert answers[0][0] == answers[1][0] == 1


# ---- files


def test_parquet_is_the_same_whoever_judges(lines: Path, tmp_path: Path) -> None:
    rows = []
    for engine in ENGINES:
        code, out, err = lint(lines, *LIBRARY, "--format", "parquet", "--output", "found.parquet", engine=engine)
        assert (code, out) == (1, "")
        assert err.startswith("rules not evaluated\n")
        assert "2 claims, 3 lines judged: 1 error, 1 warning, 2 not decided for want of minutes\n" in err, err
        rows.append(parquet.read_table("found.parquet").to_pylist())
    assert rows[0] == rows[1]
    assert len(rows[0]) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found.parquet", "lines.csv"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("format_", ["text", "json", "csv"])
def test_every_report_can_go_to_a_file(format_: str, engine: str, lines: Path) -> None:
    code, out, _ = lint(lines, *LIBRARY, "--format", format_, engine=engine)
    again, nothing, _ = lint(lines, *LIBRARY, "--format", format_, "-o", "report", engine=engine)
    assert (code, "") == (again, nothing)
    with Path("report").open(encoding="utf-8", newline="") as file:
        # What runs the command here makes one end of a line of every other.
        assert file.read().replace("\r\n", "\n") == out


@pytest.mark.parametrize("engine", ENGINES)
def test_parquet_wants_a_file(lines: Path, engine: str) -> None:
    code, _, err = lint(lines, *LIBRARY, "--format", "parquet", engine=engine)
    assert (code, err) == (2, "Parquet is not for a terminal; name a file with --output\n")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_file_that_cannot_be_written(lines: Path, engine: str) -> None:
    code, _, err = lint(lines, *LIBRARY, "--format", "parquet", "-o", "nowhere/found.parquet", engine=engine)
    assert (code, err) == (2, "nowhere/found.parquet cannot be written: No such file or directory\n")


def test_a_file_stays_as_it_was_where_nothing_is_made(lines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    def failing(*_: object, **__: object) -> None:
        raise duckdb.Error("a secret")

    Path("found.parquet").write_text("before")
    monkeypatch.setattr("cleanclaim.audit.linting._Linting.write", failing)
    code, _, err = lint(lines, *LIBRARY, "--format", "parquet", "-o", "found.parquet")
    assert (code, err) == (2, "DuckDB cannot judge these lines (Error); no report was made\n")
    assert Path("found.parquet").read_text() == "before"
    assert not Path("found.parquet.part").exists()


def test_without_duckdb_it_says_what_to_install(lines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanclaim_cli.judging.find_spec", lambda name: None if name == "ibis" else object())
    code, _, err = lint(lines, *LIBRARY)
    assert code == 2
    assert err.startswith("the duckdb engine needs duckdb and ibis: pip install 'cleanclaim[audit]'")


def test_limits_are_for_databases(lines: Path) -> None:
    limits = ("--memory", "1GB", "--threads", "1", "--temp", ".")
    assert lint(lines, *LIBRARY, *limits)[0] == 1
    code, _, err = lint(lines, *LIBRARY, *limits, engine="reference")
    assert (code, err) == (2, "--memory, --threads and --temp are for --engine duckdb and spark\n")
    code, _, err = lint(lines, *LIBRARY, "--memory", "much")
    assert code == 2 and "'much' is no size as 6GB is one; no report was made" in err
