"""``cleanclaim audit``, as an operator or a night job types it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cleanclaim.store.store import open_store
from cleanclaim_cli.main import app
from tests.audit.audited import claim, write
from tests.cli.conftest import PEOPLE
from tests.conftest import ROOT

LIBRARY = str(ROOT / "tests" / "audit" / "library")
HOLDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from cleanclaim.store import lock
with lock.held(Path(sys.argv[1] + ".lock"), sys.argv[1], datetime.now(UTC), 0):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of its own, so that names are short."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("CLEANCLAIM_TABLES", str(tmp_path / "tables"))


def audit(*arguments: object, library: str = LIBRARY) -> tuple[int, str, str]:
    """Runs it; nothing that it says may name a person."""
    command = ["audit", *map(str, arguments), "--store", "audit.duckdb", "--policies", library]
    result = CliRunner().invoke(app, command)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    said = result.stdout + result.stderr
    assert "Traceback" not in said
    assert not any(person in said for person in PEOPLE)
    return result.exit_code, result.stdout, result.stderr


# ---- exit codes


def test_a_night_and_the_next(lines: Path) -> None:
    code, out, err = audit(lines)
    assert code == 1
    assert "2 claims: 2 judged (3 lines), 0 rejected" in out
    total = next(line for line in out.splitlines() if line.startswith("all findings"))
    # Of the lines, two have findings that are open.
    assert total.split() == ["all", "findings", "4", "0", "0", "0", "0", "60.00", "2"]
    told = err.splitlines()
    assert told[0].startswith("DuckDB uses ") and "of memory" in told[0]
    assert told[1:] == ["reading", "judging all 3 lines by 4 rules", "recording"]
    code, out, err = audit(lines, "--quiet")
    assert (code, err) == (1, "")
    total = next(line for line in out.splitlines() if line.startswith("all findings"))
    assert total.split() == ["all", "findings", "0", "0", "4", "0", "0", "60.00", "2"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 1),
        (("--fail-on", "never"), 0),
        (("--new-only",), 0),
        (("--new-only", "--fail-on", "info"), 0),
        (("--fail-on", "info"), 1),
    ],
)
def test_the_second_night_fails_as_asked(options: tuple[str, ...], code: int, lines: Path) -> None:
    assert audit(lines, "--new-only")[0] == 1
    assert audit(lines, *options)[0] == code


def test_a_warning_fails_only_where_warnings_do(tmp_path: Path) -> None:
    path = write(tmp_path / "w.csv", claim("B", "97124 1 30.00", "98940 1 50.00"))
    assert audit(path)[0] == 0
    assert audit(path, "--fail-on", "warning")[0] == 1


def test_no_finding_is_clean(tmp_path: Path) -> None:
    code, out, _ = audit(write(tmp_path / "clean.csv", claim("A", "99213 1 30.00")))
    assert code == 0 and "no findings" in out


def test_what_cannot_be_read_is_told_and_the_rest_is_recorded(lines: Path) -> None:
    text = lines.read_text(encoding="utf-8").replace("B,2,", "B,two,")
    lines.write_text(text, encoding="utf-8")
    code, out, _ = audit(lines)
    assert code == 3
    assert "2 claims: 1 judged (1 line), 1 rejected" in out
    assert "row 4" in out and "two" not in out.replace("BETA", "")
    assert audit(lines, "--fail-on", "never")[0] == 3


# ---- what cannot go on


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("absent.csv", None, "is not there"),
        ("empty.csv", b"", "is empty"),
        ("header.csv", b"claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code\n", "no claims in it"),
        ("cut.parquet", b"PAR1 and no more", "is not a whole Parquet file"),
        ("noise.bin", bytes(range(256)) * 8, "noise.bin"),
    ],
)
def test_input_that_is_none(name: str, content: bytes | None, told: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, out, err = audit(name)
    assert (code, out) == (3, "")
    assert told in err and err.endswith("no claim could be read; no run was recorded\n")
    assert not (tmp_path / "audit.duckdb").exists()


def test_a_damaged_file_beside_a_good_one(lines: Path, tmp_path: Path) -> None:
    import duckdb

    whole = tmp_path / "whole.parquet"
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{lines}', all_varchar = true)) TO '{whole}' (FORMAT parquet)")
    (tmp_path / "cut.parquet").write_bytes(whole.read_bytes()[:-40])
    body = bytearray(whole.read_bytes())
    body[10:200] = b"\xff" * 190
    (tmp_path / "damaged.parquet").write_bytes(body)
    code, out, _ = audit(lines, "cut.parquet")
    assert code == 3 and "2 judged" in out and "not a whole Parquet file" in out
    code, _, err = audit(lines, "damaged.parquet")
    assert code in (2, 3)
    assert code == 3 or "the store is as it was" in err


@pytest.mark.parametrize(
    ("store", "told"),
    [
        ("nowhere/audit.duckdb", "there is no folder nowhere"),
        ("text.duckdb", "cannot be opened as a store"),
        ("folder", "cannot be opened as a store"),
        ("other.duckdb", "no store of audit runs"),
        ("mysql://host/x", "begins with postgresql://"),
    ],
)
def test_a_store_that_is_none_is_told_before_anything_is_read(
    store: str, told: str, lines: Path, tmp_path: Path
) -> None:
    import duckdb

    (tmp_path / "text.duckdb").write_text("no database", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    before = sorted(path.name for path in tmp_path.iterdir())
    code, out, err = _with_store(lines, store)
    assert code == 2 and not out
    assert told in err and "reading" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def _with_store(lines: Path, store: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["audit", str(lines), "--store", store, "--policies", LIBRARY])
    assert isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def held(tmp_path: Path) -> Iterator[int]:
    """The store is held by another process."""
    arguments = [sys.executable, "-c", HOLDER, str(tmp_path / "audit.duckdb")]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        yield process.pid
        process.communicate("")


def test_a_busy_store_is_waited_for_and_then_refused_in_words(held: int, lines: Path) -> None:
    code, out, err = audit(lines, "--wait", "0.2")
    assert (code, out) == (2, "")
    assert f"audit.duckdb is in use by process {held} on " in err
    assert "waited 0.2 s" in err and "the store is as it was" in err


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"columns: [", "map.yaml:1:11"), (b"\xff\xfe\x00", "map.yaml: cannot be read"), (b"columns: {x: y}", "map.yaml")],
)
def test_a_map_that_is_none(content: bytes, told: str, lines: Path, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_bytes(content)
    code, out, err = audit(lines, "--map", "map.yaml")
    assert (code, out) == (2, "") and told in err
    assert not (tmp_path / "audit.duckdb").exists()


def test_a_policy_that_does_not_load(lines: Path, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("policy: x\n", encoding="utf-8")
    code, out, err = audit(lines, library="policy.yaml")
    assert (code, out) == (2, "")
    assert "policy.yaml:1:1: error" in err and "no claim was judged" in err


@pytest.mark.parametrize(
    "options",
    [
        ("--memory", "lots"),
        ("--memory", "-3GB"),
        ("--memory", "2MB"),
        ("--threads", "0"),
        ("--temp", "absent"),
        ("--as-of", "soon"),
        ("--x",),
    ],
)
def test_options_that_are_wrong(options: tuple[str, ...], lines: Path, tmp_path: Path) -> None:
    code, out, err = audit(lines, *options)
    assert (code, out) == (2, "") and err
    assert not (tmp_path / "audit.duckdb").exists()


def test_a_path_that_is_called_like_a_command(lines: Path) -> None:
    Path("report").write_bytes(lines.read_bytes())
    assert audit("./report")[0] == 1
    assert audit("run", "report")[0] == 1
    assert "changes since run 1" in CliRunner().invoke(app, ["audit", "report", "--store", "audit.duckdb"]).stdout


def test_from_cron(lines: Path, tmp_path: Path) -> None:
    """Without a terminal, a home or a language, in ASCII."""
    command = [sys.executable, "-m", "cleanclaim_cli.main", "audit", str(lines), "--store", "audit.duckdb"]
    kept = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    environment = kept | {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "CLEANCLAIM_TABLES": str(tmp_path / "tables")}
    done = subprocess.run(
        [*command, "--policies", LIBRARY], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "2 claims: 2 judged (3 lines), 0 rejected" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stderr.splitlines()[-1] == "recording"


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no such signals")
@pytest.mark.parametrize(("name", "stage"), [("SIGINT", "reading"), ("SIGTERM", "judging"), ("SIGHUP", "recording")])
def test_a_signal_ends_it_in_words(name: str, stage: str, tmp_path: Path, shared: Path) -> None:
    twelve, lines = ROOT / "benchmarks" / "twelve", shared / "bench" / "lines_200000.parquet"
    command = [sys.executable, "-m", "cleanclaim_cli.main", "audit", str(lines), "--store", "audit.duckdb"]
    command += ["--policies", str(twelve), "--map", str(ROOT / "benchmarks" / "bench-map.yaml"), "--temp", "temporary"]
    (tmp_path / "temporary").mkdir()
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = []
        while not (said and said[-1].startswith(stage)):
            said.append(process.stderr.readline())
            assert said[-1], said
        process.send_signal(getattr(signal, name))
        out, err = process.communicate()
    assert process.returncode in (129, 130, 143), (process.returncode, err)
    assert not out and "Traceback" not in err
    assert not list((tmp_path / "temporary").iterdir())
    if (tmp_path / "audit.duckdb").exists():
        assert not open_store(tmp_path / "audit.duckdb").runs()
