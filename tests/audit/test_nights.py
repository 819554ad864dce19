"""Night after night: audits cut into slices, interrupted and resumed; what changes in the store, and what must not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from cleanclaim.audit import ready as ready_module
from cleanclaim.audit import run as run_module
from cleanclaim.backends.errors import EngineFault
from cleanclaim.claims.tables.mapping import read_map
from cleanclaim.policy.versions import Edition
from cleanclaim.tables.store import TableStore
from tests.audit.audited import NO_TABLES, Desk, Heard, Stopped, batch, claim, desk, linted, same, write
from tests.conftest import ROOT
from tests.store.made import rows, states

BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def sliced(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few lines at once that there are several slices, and so few claims that quarters stand apart."""
    monkeypatch.setattr(ready_module, "SLICE", 50)
    monkeypatch.setattr(run_module, "SCOPE", 40)


def test_findings_are_counted_while_they_are_made(night: Desk, tmp_path: Path) -> None:
    path = batch(tmp_path / "lines.csv")
    heard = Heard()
    night.audit([path], watcher=heard)
    counts = [count for count in heard.counts if count is not None]
    assert counts == sorted(counts) and counts[-1] == len(night.kept())


# ---- slices and interruptions


def test_slices_find_what_is_found_at_once(night: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = batch(tmp_path / "lines.csv")
    night.audit([path])
    at_once = night.kept()
    monkeypatch.setattr(ready_module, "SLICE", 50)
    cut, heard = replace(night, name="cut.duckdb"), Heard()
    done = cut.audit([path], watcher=heard)
    judged = [stage for stage in heard.stages if stage.startswith("judging")]
    assert judged == [
        "judging slice 1 of 3 of 120 lines by 4 rules",
        "judging slice 2 of 3 of 120 lines by 4 rules",
        "judging slice 3 of 3 of 120 lines by 4 rules",
        "judging all 120 lines across patients by 1 rules",
    ]
    assert {"one-charge", "claim-without-minutes"} <= {row["rule"] for row in at_once.values()}
    assert cut.kept() == at_once
    assert same(cut, done, cut.lint([path])) == len(at_once)


def test_a_run_that_was_stopped_judges_only_the_rest(night: Desk, tmp_path: Path, sliced: None) -> None:
    path = batch(tmp_path / "lines.csv")
    undisturbed = replace(night, name="undisturbed.duckdb", clock=type(night.clock)())
    undisturbed.audit([path])
    with pytest.raises(Stopped):
        night.audit([path], watcher=Heard("judging slice 3"))
    night.clock.days(-1)
    heard = Heard()
    night.audit([path], resume=True, watcher=heard)
    assert [text.rpartition(" of")[0] for text in heard.said if "judged already" in text] == [
        "judged already: slice 1 of 3",
        "judged already: slice 2 of 3",
    ]
    assert [stage[:15] for stage in heard.stages if "judging" in stage] == ["judging slice 3", "judging all 120"]
    assert night.all() == undisturbed.all()
    assert not list(tmp_path.glob("*.staging"))


@pytest.mark.parametrize("change", ["library", "input", "as of", "tables"])
def test_work_of_another_audit_is_dropped_and_said(
    change: str, night: Desk, tmp_path: Path, tables: TableStore, sliced: None
) -> None:
    path = batch(tmp_path / "lines.csv")
    with pytest.raises(Stopped):
        night.audit([path], watcher=Heard("judging slice 3"))
    edition = night.edition
    if change == "library":
        known = edition.policies[0]
        fewer = tuple(replace(policy, rules=policy.rules[:-1]) for policy in known.versions)
        night.edition = Edition.of(fewer, edition.as_of)
    elif change == "as of":
        night.edition = replace(edition, as_of=edition.as_of.replace(day=2))
    elif change == "tables":
        night.tables = NO_TABLES
    else:
        batch(path, units=5)
    heard = Heard()
    done = night.audit([path], resume=True, watcher=heard)
    told = [text for text in heard.said if "dropped" in text]
    word = {"library": "policy library", "as of": "as-of date", "tables": "set of tables", "input": "set of inputs"}
    assert len(told) == 1 and f"judged with another {word[change]}" in told[0]
    assert not [text for text in heard.said if "already" in text]
    same(night, done, night.lint([path]))


# ---- what becomes of findings


def test_the_same_input_again_changes_no_finding(night: Desk, tmp_path: Path) -> None:
    path = batch(tmp_path / "lines.csv")
    night.audit([path])
    before = night.all(but_runs=True)
    done = night.audit([path])
    assert night.all(but_runs=True) == before
    assert (done.run.new, done.run.resolved, done.run.reopened) == (0, 0, 0)
    assert rows(night.store, "SELECT DISTINCT first_seen, last_seen FROM finding_life") == [(1, 2)]


def test_new_claims_only_add(night: Desk, tmp_path: Path) -> None:
    first, second = batch(tmp_path / "first.csv"), batch(tmp_path / "second.csv", 90, first=60)
    night.audit([first])
    before = night.all()
    done = night.audit([first, second])
    after = night.all()
    assert done.run.new > 0 and not done.run.resolved and not done.run.reopened
    for table in ("findings", "events"):
        assert set(map(repr, before[table])) <= set(map(repr, after[table]))
    assert linted(night.lint([first, second])) == night.kept()


def test_a_corrected_claim_resolves_and_a_removed_one_stays(night: Desk, tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    write(path, claim("A", "97124 6 30.00"), claim("B", "97124 6 30.00", patient="P2"))
    night.audit([path])
    write(path, claim("A", "97124 2 30.00"))
    done = night.audit([path])
    rule = "units-per-day"
    assert {name: state for name, state in states(night.store).items() if rule in name} == {
        f"A/{rule}": "resolved",
        f"B/{rule}": "open",
    }
    assert (done.run.resolved, done.run.judged) == (1, 1)


def test_a_void_resolves_what_its_claim_was_found_to_be(night: Desk, tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    rows_ = claim("A", "97124 6 30.00")
    write(path, [row | {"claim_frequency_code": "1"} for row in rows_])
    night.audit([path])
    write(path, [row | {"claim_frequency_code": "8"} for row in rows_])
    done = night.audit([path])
    assert set(states(night.store).values()) == {"resolved"}
    assert (done.run.claims, done.run.judged, done.run.lines) == (1, 1, 0)


def test_a_rule_whose_table_went_missing_resolves_nothing(night: Desk, tmp_path: Path) -> None:
    path = batch(tmp_path / "lines.csv")
    night.audit([path])
    before = night.all(but_runs=True)
    told = night.tables
    night.tables = NO_TABLES
    done = night.audit([path])
    after = night.all(but_runs=True)
    assert after["events"] == before["events"]
    assert set(states(night.store).values()) == {"open"}
    assert [each.rule for each in done.not_evaluated] == ["listed"]
    assert rows(night.store, "SELECT run, rule FROM not_evaluated") == [(2, "listed")]
    night.tables = told
    night.audit([path])
    assert night.all(but_runs=True) == before


def test_a_rejected_claim_keeps_its_findings(night: Desk, tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    good, bad = claim("A", "97124 6 30.00"), claim("B", "97124 6 30.00", patient="P2")
    write(path, good, bad)
    night.audit([path])
    write(path, claim("A", "97124 2 30.00"), [row | {"service_unit_quantity": "six"} for row in bad])
    done = night.audit([path])
    assert (done.run.claims, done.run.judged, done.run.rejected) == (2, 1, 1)
    assert done.run.status == "complete, with rejects"
    found = states(night.store)
    assert (found["A/units-per-day"], found["B/units-per-day"]) == ("resolved", "open")


# ---- limits


def test_little_memory_spills_and_ends_right(tmp_path: Path, shared: Path) -> None:
    mapping = read_map((BENCHMARKS / "bench-map.yaml").read_text(encoding="utf-8"), "bench-map.yaml", {})
    at = desk(tmp_path, [BENCHMARKS / "twelve"], mapping)
    temporary = tmp_path / "spilled"
    temporary.mkdir()
    lines = shared / "bench" / "lines_200000.parquet"
    heard = Heard()
    done = at.audit([lines], memory="300MB", threads=2, temporary=temporary, watcher=heard)
    expected = duckdb.sql(f"SELECT count(DISTINCT claim_id), count(*) FROM '{lines}'").fetchall()[0]
    assert (done.run.judged, done.run.lines) == expected
    told = "rule || CASE verdict WHEN 'needs_info' THEN '?' ELSE '' END"
    found = dict(rows(at.store, f"SELECT {told} AS told, count(*) FROM findings GROUP BY told"))
    counts = json.loads((shared / "bench" / "expected.json").read_text(encoding="utf-8"))["200000"]["counts"]
    assert found == counts
    assert "up to 286.1 MiB of memory" in heard.said[0] and str(temporary) in heard.said[0]
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("memory", ["6MB", "12MB"])
def test_too_little_memory_ends_in_words_and_records_nothing(
    memory: str, night: Desk, tmp_path: Path, shared: Path
) -> None:
    night.audit([batch(tmp_path / "lines.csv")])
    before = night.all()
    mapping = read_map((BENCHMARKS / "bench-map.yaml").read_text(encoding="utf-8"), "bench-map.yaml", {})
    at = replace(desk(tmp_path, [BENCHMARKS / "twelve"], mapping), name=night.name)
    with pytest.raises(EngineFault, match=r"ran out of memory .*up to .* of memory.*--memory.*--temp"):
        at.audit([shared / "bench" / "lines_200000.parquet"], memory=memory, threads=2)
    assert night.all() == before


@pytest.mark.parametrize("memory", ["lots", "3 cows", "-3GB", "-1", "none", "", "80%"])
def test_a_limit_that_is_none_is_told(memory: str, night: Desk, tmp_path: Path) -> None:
    with pytest.raises(EngineFault, match="does not take these limits"):
        night.audit([batch(tmp_path / "lines.csv")], memory=memory)
    assert not (tmp_path / night.name).exists()
