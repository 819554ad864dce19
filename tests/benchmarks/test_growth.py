"""The peers of benchmarks/growth.py find what they should; a process that does not answer is told apart."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT

sys.path.append(str(ROOT / "benchmarks" / "growth"))
from process import Failed, Measured, measure

from tables import tables


def run(script: str, *arguments: object) -> Measured:
    outcome = measure([sys.executable, str(ROOT / "benchmarks" / "growth" / script), *map(str, arguments)], 120)
    assert isinstance(outcome, Measured), outcome
    return outcome


@pytest.mark.shared
@pytest.mark.parametrize("script", ["plain.py", "durable_.py", "duckdb_sql.py", "duckdb_complete.py"])
def test_a_peer_finds_what_the_rules_say(shared: Path, script: str) -> None:
    if script == "durable_.py":
        pytest.importorskip("durable_rules_engine")
    bench = shared / "bench"
    outcome = run(script, bench / "lines_20000.parquet", bench / "ptp.parquet")
    assert outcome.counts == json.loads((bench / "expected.json").read_text())["20000"]["counts"]
    assert outcome.megabytes > 0
    assert outcome.cpu > 0


@pytest.mark.shared
def test_contract_rules_find_the_same_as_a_statement_a_rule(shared: Path) -> None:
    lines = shared / "bench" / "lines_20000.parquet"
    by_hand, ours = run("statements.py", lines, 100), run("contracts.py", lines, 100)
    assert sum(by_hand.counts.values()) > 0
    assert ours.counts == by_hand.counts


def test_a_process_past_its_budget_is_stopped() -> None:
    assert measure([sys.executable, "-c", "import time; time.sleep(60)"], 0.3) == Failed("took more than 0 s")


def test_a_process_that_fails_says_why() -> None:
    assert measure([sys.executable, "-c", "raise SystemExit('no such package')"], 30) == Failed("no such package")
    assert isinstance(measure(["/no/such/python"], 30), Failed)


def test_the_tables_say_who_stopped_where() -> None:
    def outcome(wall: float) -> Mapping[str, object]:
        return {
            "wall": wall,
            "cpu": wall,
            "megabytes": 100,
            "counts": {"R1": 3},
            "seconds": {"load": 0.5, "evaluate": 1.0},
        }

    stopped = {"reason": "took more than 60 s"}
    grown = {"10": {"A": outcome(2.0), "B": outcome(3.0)}, "100": {"A": outcome(4.0), "B": stopped}}
    told = tables({"lines": grown, "rules": grown, "rules_on": 10, "finds": {"A": "all", "B": "some"}})
    assert "| A | all | 2.0 | 4.0 | 2.0 | 100 | 100 |" in told
    assert "| B | some | 3.0 | – | 3.0 | 100 | 100 |" in told
    assert "B, 100 lines: took more than 60 s." in told
    assert "| 100 | 4.0 | 4.0 | 2.0 | 100 | – | – | – | – | 3 |" in told
