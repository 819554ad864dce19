"""An audit finds what lint finds, and says the same of what was not judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleanclaim.claims.tables.mapping import read_map
from tests.audit.audited import Desk, batch, claim, desk, same, write
from tests.audit.drawn import at_random_desks
from tests.conftest import ROOT
from tests.store.made import rows

BENCHMARKS = ROOT / "benchmarks"
POLICIES = ROOT / "policies"

# ---- the same findings


def test_the_twelve_rules_find_what_lint_finds(tmp_path: Path, shared: Path) -> None:
    lines = shared / "bench" / "lines_20000.parquet"
    mapping = read_map((BENCHMARKS / "bench-map.yaml").read_text(encoding="utf-8"), "bench-map.yaml", {})
    at = desk(tmp_path, [BENCHMARKS / "twelve"], mapping)
    assert same(at, at.audit([lines]), at.lint([lines])) > 1500


@pytest.mark.parametrize("folder", ["general", "examples", "states"])
def test_shipped_policies_find_what_lint_finds(folder: str, tmp_path: Path) -> None:
    at = desk(tmp_path, [POLICIES / folder])
    paths = [ROOT / "examples" / name for name in ("batch.837", "claims.csv", "claims.json")]
    same(at, at.audit(paths), at.lint(paths, engine="reference"))


def test_the_whole_library_finds_what_lint_finds(tmp_path: Path, shared: Path) -> None:
    at = desk(tmp_path, [POLICIES])
    paths = [ROOT / "examples", shared / "data" / "837"]
    done = at.audit(paths)
    assert same(at, done, at.lint(paths)) > 20
    assert done.rejected and done.not_evaluated and done.uncovered


def test_the_library_for_testing_says_every_verdict(night: Desk, tmp_path: Path) -> None:
    path = batch(tmp_path / "lines.csv")
    done = night.audit([path])
    same(night, done, night.lint([path], engine="reference"))
    found = dict(rows(night.store, "SELECT rule || ' ' || verdict, count(*) FROM findings GROUP BY ALL"))
    assert {name for name in found if str(name).endswith("violation")} == {
        "units-per-day violation",
        "beside-adjustment violation",
        "one-charge violation",
        "listed violation",
    }
    assert found["claim-without-minutes needs_info"] == 40
    charges = rows(night.store, "SELECT charges, payer FROM findings WHERE rule = 'listed' ORDER BY claim")
    assert {(tuple(map(str, c)), p) for c, p in charges} == {(("50.00",), "ACME"), (("50.00",), "BETA")}  # type: ignore[arg-type]


def test_random_lines_and_policies() -> None:
    def compare(at: Desk, lines: Path) -> int | None:
        done, report = at.audit([lines]), at.lint([lines])
        return None if any("lint" in each.reason for each in done.not_evaluated) else same(at, done, report)

    compared, found = at_random_desks(compare)
    assert compared > 8
    assert found > 50


# ---- history


def test_history_counts_as_other_lines_and_is_not_judged(night: Desk, tmp_path: Path) -> None:
    judged = write(tmp_path / "judged.csv", claim("C1", "97124 3 30.00", "98940 1 50.00"), claim("C3", "97124 1 30.00"))
    past = write(
        tmp_path / "past.csv",
        # More units that day, another price, a line judged over again, and a day that nothing reaches.
        claim("H1", "97124 3 31.00"),
        claim("C3", "97124 1 30.00"),
        claim("H2", "98940 1 50.00", day="2019-01-05"),
    )
    done, report = night.audit([judged], [past]), night.lint([judged], [past], engine="reference")
    same(night, done, report)
    found = rows(night.store, "SELECT DISTINCT claim FROM findings ORDER BY 1")
    assert found == [("C1",), ("C3",)]
    assert (done.run.claims, done.run.lines) == (2, 3)
    # Both leave out the copy; the audit may leave out too what no rule can reach.
    assert 1 <= done.run.history <= report.history == 2
