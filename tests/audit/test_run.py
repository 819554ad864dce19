"""An audit finds what lint finds, however it is cut and whatever interrupts it, and the store tells it night by night."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cleanclaim.audit import run as run_module
from cleanclaim.backends.errors import EngineFault
from cleanclaim.claims.model import Line
from cleanclaim.claims.tables.mapping import read_map
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import load_text
from cleanclaim.policy.versions import Edition
from cleanclaim.tables.store import TableStore
from tests.audit.audited import NO_TABLES, Desk, Heard, Stopped, claim, desk, same, write, write_lines
from tests.conftest import ROOT
from tests.store.made import rows
from tests.strategies.choose import Choose
from tests.strategies.examples import Written, drawn_written, example
from tests.strategies.pools import DECLARED, TYPES
from tests.tables.files import brought

LIBRARY = ROOT / "tests" / "audit" / "library"
BENCHMARKS = ROOT / "benchmarks"
POLICIES = ROOT / "policies"
# An example is a whole audit: what differs is looked at as it was drawn.
RANDOM = settings(
    max_examples=14,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def tables(tmp_path: Path) -> TableStore:
    """With the list that the library asks for."""
    path = tmp_path / "listed.csv"
    path.write_text("procedure\n98940\n")
    store = TableStore(tmp_path / "tables")
    brought(store, "generic", path, name="acme-listed")
    return store


@pytest.fixture
def night(tmp_path: Path, tables: TableStore) -> Desk:
    return desk(tmp_path, [LIBRARY], tables=tables)


def batch(path: Path, claims: int = 60, *, first: int = 0, units: int = 3) -> Path:
    """Claims of which most rules find something, of some people and days."""
    made = [
        claim(
            f"C{n:03}",
            f"97124 {units if n % 5 else 1} {30 + n % 7}.00",
            f"{'98940' if n % 2 else '98941'} 1 50.00",
            patient=f"P{n // 3}",
            day=f"2026-01-{1 + n % 2:02}",
            payer=("ACME", "BETA", "GAMMA")[n % 3],
        )
        for n in range(first, claims)
    ]
    return write(path, *made)


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
    compared = found = 0

    @RANDOM
    @given(drawn_written())
    def compare(drawn: tuple[Choose, Written]) -> None:
        nonlocal compared, found
        choose, written = drawn
        try:
            policies = written.load()
        except PolicyError:
            return
        made = example(choose, written, policies, batches=1)
        facts = {name: TYPES[name] for name in sorted(DECLARED)}
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_lines(folder / "lines.parquet", _as_billed(made.claims[0]), facts)
            at = Desk(folder, made.edition(), facts=facts)
            done, report = at.audit([folder / "lines.parquet"]), at.lint([folder / "lines.parquet"])
            unsaid = {each for each in done.not_evaluated if "lint" in each.reason}
            if unsaid:
                return
            found += same(at, done, report)
            compared += 1

    compare()
    assert compared > 8
    assert found > 50


def _as_billed(lines: tuple[Line, ...]) -> list[Line]:
    """A claim is of one person, and each of its lines has a number of its own."""
    made: list[Line] = []
    for at, line in enumerate(lines, 1):
        made.append(line._replace(claim=f"{line.claim}-{line.patient}-{line.status.value}", line=at))
    return made
