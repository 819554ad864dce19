"""The twelve benchmark rules over files, which never become lines of Python: the right counts."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from benchmarks.twelve_duckdb import counted, ours

from cleanclaim.backends.relational.layout import declared
from cleanclaim.backends.relational.program import program
from cleanclaim.backends.relational.sources import lines_of
from cleanclaim.lint import edition_of
from cleanclaim.policy.load import load_library
from cleanclaim.shipped import shipped
from tests.conftest import ROOT


@pytest.mark.shared
@pytest.mark.parametrize("lines", [20_000, 200_000])
def test_the_counts_of_the_twelve_rules(shared: Path, tmp_path: Path, lines: int) -> None:
    bench = shared / "bench"
    expected = json.loads((bench / "expected.json").read_text())[str(lines)]
    target = tmp_path / "findings.parquet"
    ours(bench / f"lines_{lines}.parquet", target, duckdb.connect(), ROOT / "benchmarks" / "twelve")
    assert counted(target) == expected["counts"]


def test_every_shipped_rule_is_said() -> None:
    loaded = load_library([shipped("policies")])
    edition = edition_of(loaded.policies, max(policy.published for policy in loaded.policies))
    columns, _ = lines_of(duckdb.connect(), "SELECT 'C1' AS claim, 1 AS line, 7 AS patient", declared(edition))
    made = program(edition, columns)
    assert len(made.asked) > 30
    assert made.by_definition == ()


def test_columns_that_a_query_lacks_are_missing_and_identifiers_may_be_numbers() -> None:
    connection = duckdb.connect()
    query = "SELECT 12 AS claim, 1 AS line, 7 AS patient, DATE '2020-01-01' AS service_date, '97124' AS procedure"
    columns, view = lines_of(connection, query, {})
    assert columns["patient"] == "INTEGER"
    row = dict(zip(columns, connection.execute(view).fetchall()[0], strict=True))
    assert (row["row"], row["status"], row["claim"], row["modifiers"]) == (1, "claim", 12, None)
