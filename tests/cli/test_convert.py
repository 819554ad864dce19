"""``cleanclaim convert``: parts that are whole, made once, and read back as what they were made of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cleanclaim.claims.model import Claim, Line
from cleanclaim.claims.sources import read
from cleanclaim.claims.tables.settled import SETTLED
from cleanclaim.convert import convert, read_sidecar
from cleanclaim_cli.main import app
from tests.audit.reading import by_batch, by_sql
from tests.conftest import ROOT

BATCH = ROOT / "examples" / "batch.837"


def _lines(paths: list[str]) -> list[Line]:
    return sorted(
        (line._replace(source="") for each in read(paths) if isinstance(each, Claim) for line in each.lines),
        key=lambda line: (line.claim, line.line, repr(line)),
    )


def test_a_part_reads_as_the_837_does(tmp_path: Path) -> None:
    parts, refused, _ = convert([str(BATCH)], tmp_path / "out")
    assert refused == []
    path = str(tmp_path / "out" / parts[0].path)
    assert _lines([path]) == _lines([str(BATCH)])
    assert by_sql([Path(path)], tmp_path / "work").lines == by_batch([BATCH]).lines
    assert (parts[0].claims, parts[0].lines) == (11, 16)


def test_shared_files_read_as_they_do_unconverted(shared: Path, tmp_path: Path) -> None:
    files = sorted(path for path in (shared / "data" / "837").rglob("*") if path.is_file())[:20]
    for n, path in enumerate(files):
        parts, _, _ = convert([str(path)], tmp_path / f"out{n}")
        before = by_batch([path])
        after = by_sql([path], tmp_path / f"work{n}")
        assert (after.lines, after.claims, after.judged) == (before.lines, before.claims, before.judged), path.name
        assert {each[1:] for each in after.rejected} == {each[1:] for each in before.rejected}
        for part in parts:
            again = by_sql([tmp_path / f"out{n}" / part.path], tmp_path / f"work{n}") if part.lines else None
            if again is not None:
                assert (again.lines, again.claims, again.judged) == (before.lines, before.claims, before.judged)


def _claim(n: int, charge: str = "100") -> str:
    text = BATCH.read_text(encoding="utf-8")
    return text.replace("EX-", f"E{n}-").replace("*100~", f"*{charge}~")


def test_an_unchanged_input_is_not_converted_again(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.837").write_text(_claim(n), encoding="utf-8")
    first, _, _ = convert([str(folder)], out)
    times = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    (folder / "1.837").write_text(_claim(7), encoding="utf-8")
    second, _, _ = convert([str(folder)], out)
    assert [part.unchanged for part in first] == [False] * 3
    assert [part.unchanged for part in second] == [True, False, True]
    changed = {path.name for path in out.iterdir() if path.stat().st_mtime_ns != times.get(path.name)}
    assert changed == {second[1].path, f".{second[1].path}.json"}
    (out / second[2].path).unlink()
    third, _, _ = convert([str(folder)], out)
    assert [part.unchanged for part in third] == [True, True, False]


def test_two_processes_make_what_one_makes(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(5):
        (folder / f"{n}.837").write_text(_claim(n), encoding="utf-8")
    convert([str(folder)], tmp_path / "one")
    convert([str(folder)], tmp_path / "two", jobs=2)
    one = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert one == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}
    assert len(one) == 10


def test_what_was_refused_is_kept_and_told(tmp_path: Path) -> None:
    bad = tmp_path / "bad.837"
    bad.write_text(BATCH.read_text(encoding="utf-8").split("CLM*EX-1005")[0] + "CLM*EX-1005*1", encoding="utf-8")
    run = CliRunner().invoke(app, ["convert", str(bad), "--out", str(tmp_path / "out")])
    assert run.exit_code == 3
    assert "rejected: " in run.stderr
    part = next((tmp_path / "out").glob("*.parquet"))
    known = read_sidecar(part)
    assert known is not None
    before, after = by_batch([bad]), by_sql([part], tmp_path / "work")
    assert known.rejected_claims == after.claims - after.judged == before.claims - before.judged > 0
    assert after.lines == before.lines


def test_a_run_that_goes_well(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["convert", str(BATCH), "--out", str(tmp_path / "out"), "--jobs", "2"])
    assert run.exit_code == 0, run.output
    assert f"11 claims (16 lines) of 1 file in {tmp_path / 'out'}; 0 claims rejected" in run.stdout
    again = CliRunner().invoke(app, ["convert", str(BATCH), "--out", str(tmp_path / "out")])
    assert "of 1 file, 1 of them as they were" in again.stdout


@pytest.mark.parametrize("given", ["absent.837", "-"])
def test_what_is_no_file_is_told(given: str, tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["convert", given, "--out", str(tmp_path / "out")])
    assert run.exit_code == 3
    assert "rejected: " in run.stderr


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_ctrl_c_leaves_nothing_half(jobs: str, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    whole = BATCH.read_text(encoding="utf-8")
    start, end = whole.index("HL*"), whole.rindex("SE*")
    for n in range(4):
        body = "".join(whole[start:end].replace("EX-", f"E{n}-{k}-") for k in range(400))
        (folder / f"{n}.837").write_text(whole[:start] + body + whole[end:], encoding="utf-8")
    command = [sys.executable, "-m", "cleanclaim_cli.main", "convert", str(folder), "--out", str(out), "--jobs", jobs]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    for _ in range(400):
        if out.is_dir() and any(path.name.startswith(".writing-") for path in out.iterdir()):
            break
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGINT)
    _, told = run.communicate(timeout=30)
    # Where the signal meets a module that is made from text while it is imported, Python itself ends by the signal.
    assert run.returncode in (130, -signal.SIGINT), told
    assert b"Traceback" not in told
    assert not list(out.glob(".writing-*"))
    for part in out.glob("*.parquet"):
        assert read_sidecar(part) is not None
    parts, refused, _ = convert([str(folder)], out)
    assert (len(parts), refused) == (4, [])
    assert SETTLED == b"cleanclaim-converted"


def test_a_converted_claim_is_linted_as_its_837_is(tmp_path: Path) -> None:
    text = BATCH.read_text(encoding="utf-8")
    # A diagnosis that cannot be read leaves all of its claim's unknown, which no list of codes in a table says.
    assert "HI*ABK:" in text
    unread = tmp_path / "unread.837"
    unread.write_text(text.replace("HI*ABK:", "HI*ABF:~HI*ABK:", 1), encoding="utf-8")
    gaps = tmp_path / "gaps.csv"
    gaps.write_text(
        "claim_id,claim_line_number,person_id,claim_line_start_date,diagnosis_code_1,diagnosis_code_3,"
        "diagnosis_pointer_1,units\nA,1,P,2020-01-01,M5450,M9902,3,1.50\nB,1,P,2020-01-01,M5450,M9902,2,2\n",
        encoding="utf-8",
    )
    for path in (unread, gaps):
        (part,), refused, _ = convert([str(path)], tmp_path / "out")
        assert refused == []
        before, after = _lines([str(path)]), _lines([str(tmp_path / "out" / part.path)])
        assert after == before
        assert None in {line.pointed_diagnoses for line in after}
        assert by_sql([tmp_path / "out" / part.path], tmp_path / "work").lines == by_batch([path]).lines
