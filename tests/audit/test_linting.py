"""Linting in a database says what linting line by line says, and writes it as a table too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from cleanclaim.audit import ready as ready_module
from cleanclaim.audit.by_definition import by_definition
from cleanclaim.audit.linting import lint, lint_to_file
from cleanclaim.audit.request import Request
from cleanclaim.claims.tables.mapping import read_map
from cleanclaim.findings.finding import Finding, Verdict
from cleanclaim.findings.listed import LISTED, findings_of, rows_of
from cleanclaim.lint import Report, Summary
from cleanclaim.reports import parquet as parquet_report
from tests.audit.audited import Desk, batch, claim, desk, write
from tests.audit.drawn import at_random_desks
from tests.audit.reading import warned
from tests.audit.test_run import BENCHMARKS, POLICIES
from tests.conftest import ROOT

EVERY = tuple(Verdict)


def asked(at: Desk, paths: Sequence[Path], history: Sequence[Path] = ()) -> Request:
    return Request([str(path) for path in paths], [str(path) for path in history], at.mapping, at.facts)


def linted(at: Desk, paths: Sequence[Path], history: Sequence[Path] = ()) -> Report:
    return lint(asked(at, paths, history), at.edition, at.tables)


def told(report: Summary) -> dict[str, object]:
    """What a report says, but for the engine, and for how often a warning is repeated."""
    said: dict[str, object] = dict(vars(report))
    rejected = sorted((each.source, each.where, each.reason, each.claims) for each in report.rejected)
    # Line by line, nothing is told of what convert left out.
    doubts = {each for each in warned(report.warnings) if not each[1].startswith("what could not be converted")}
    return said | {"engine": "any", "warnings": doubts, "rejected": rejected}


def same(at: Desk, paths: Sequence[Path], history: Sequence[Path] = ()) -> int:
    """Holds both ways to each other; how many findings both have."""
    found, right = linted(at, paths, history), at.lint(paths, history)
    assert found.findings == right.findings
    assert told(found) == told(right)
    return len(right.findings)


# ---- the same report


def test_the_library_for_testing(night: Desk, tmp_path: Path) -> None:
    assert same(night, [batch(tmp_path / "lines.csv")]) > 50


def test_the_twelve_rules(tmp_path: Path, shared: Path) -> None:
    mapping = read_map((BENCHMARKS / "bench-map.yaml").read_text(encoding="utf-8"), "bench-map.yaml", {})
    assert same(desk(tmp_path, [BENCHMARKS / "twelve"], mapping), [shared / "bench" / "lines_20000.parquet"]) > 1500


def test_the_whole_library_on_files_of_every_kind(tmp_path: Path, shared: Path) -> None:
    paths = [ROOT / "examples" / name for name in ("batch.837", "claims.csv", "claims.json")]
    assert same(desk(tmp_path, [POLICIES]), [*paths, shared / "data" / "837"]) > 20


def test_random_lines_and_policies() -> None:
    compared, found = at_random_desks(lambda at, lines: same(at, [lines]))
    assert compared > 8
    assert found > 20


def test_all_of_the_history_counts(night: Desk, tmp_path: Path) -> None:
    judged = write(tmp_path / "judged.csv", claim("C1", "97124 3 30.00", "98940 1 50.00"), claim("C3", "97124 1 30.00"))
    # More units that day, a line judged over again, and a day that nothing reaches, which is counted all the same.
    far = claim("H2", "98940 1 50.00", day="2019-01-05")
    past = write(tmp_path / "past.csv", claim("H1", "97124 3 31.00"), claim("C3", "97124 1 30.00"), far)
    assert same(night, [judged], [past]) > 0
    assert (report := linted(night, [judged], [past])).history == 2 and report.history_copies == 1


def test_nothing_to_judge(night: Desk, tmp_path: Path) -> None:
    report = linted(night, [tmp_path / "nowhere.csv"])
    assert (report.claims, report.judged, report.findings, report.labels) == (0, 0, (), {})
    assert [each.where for each in report.rejected] == ["file"]


def test_slices_say_the_same(night: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = batch(tmp_path / "lines.csv")
    at_once = linted(night, [path])
    monkeypatch.setattr(ready_module, "SLICE", 50)
    assert linted(night, [path]) == at_once


def test_rules_that_no_query_says_are_judged_by_the_definition(
    night: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = batch(tmp_path / "lines.csv")
    right = night.lint([path])
    monkeypatch.setattr("cleanclaim.backends.relational.program.findings", _unsaid)
    judged: list[object] = []
    monkeypatch.setattr("cleanclaim.audit.linting.by_definition", _watched(by_definition, judged))
    monkeypatch.setattr("cleanclaim.audit.by_definition._HELD", 30)
    found = linted(night, [path])
    assert judged == [{"units-per-day", "beside-adjustment", "one-charge", "listed", "claim-without-minutes"}]
    assert found.findings == right.findings and told(found) == told(right)


# ---- a table of findings


def test_a_file_holds_what_a_report_lists(night: Desk, tmp_path: Path) -> None:
    path, target, other = batch(tmp_path / "lines.csv"), tmp_path / "found.parquet", tmp_path / "other.parquet"
    right = night.lint([path])
    summary = lint_to_file(asked(night, [path]), night.edition, night.tables, target, shown=EVERY)
    assert tuple(findings_of(parquet.read_table(target))) == right.findings
    assert told(summary) == {name: value for name, value in told(right).items() if name not in ("findings", "labels")}
    parquet_report.write(right, other, shown=EVERY)
    assert parquet.read_table(other).to_pylist() == parquet.read_table(target).to_pylist()
    assert parquet.read_schema(other).equals(LISTED) and parquet.read_schema(target).names == LISTED.names


def test_what_is_not_shown_is_counted(night: Desk, tmp_path: Path) -> None:
    path, target = batch(tmp_path / "lines.csv"), tmp_path / "found.parquet"
    shown = (Verdict.VIOLATION,)
    summary = lint_to_file(asked(night, [path]), night.edition, night.tables, target, shown=shown)
    assert set(parquet.read_table(target)["verdict"].to_pylist()) == {"violation"}
    assert summary.counts == night.lint([path]).counts
    assert summary.counts.of_verdict(Verdict.NEEDS_INFO) == 40


def test_rows_are_findings(night: Desk, tmp_path: Path) -> None:
    findings = night.lint([batch(tmp_path / "lines.csv")]).findings
    odd = replace(findings[0], message='"Ä\n', related=(("C#1", 2),), missing=("a", "b"), because={"x": ["é", "b"]})
    made: list[Finding] = [*findings, odd]
    assert list(findings_of(rows_of(made))) == made


def _unsaid(*_: object) -> None:
    from cleanclaim.backends.relational.scope import Unsupported

    raise Unsupported


def _watched(define: Callable[..., object], judged: list[object]) -> Callable[..., object]:
    def watched(*arguments: object) -> object:
        left = arguments[-1]
        assert isinstance(left, list)
        judged.append({one.rule.id for one in left})
        return define(*arguments)

    return watched
