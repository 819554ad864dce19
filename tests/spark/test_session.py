"""A session on Spark judges lines after lines, joins findings as reports do, and reads and writes Parquet."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from benchmarks.twelve_duckdb import counted
from benchmarks.twelve_spark import ours

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.backends.relational.layout import columns, declared, table_of
from cleanclaim.backends.relational.program import program
from cleanclaim.findings.compose import gather
from cleanclaim.findings.finding import report_order
from cleanclaim.policy.model import About
from tests.conftest import ROOT
from tests.spark.judged import by_definition, in_order
from tests.strategies.compare import judge
from tests.strategies.examples import example, rolled_written
from tests.strategies.relational import findings_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_the_relation_is_what_a_report_gathers(spark: SparkSession, tmp_path: Path) -> None:
    from cleanclaim.backends.relational.spark_session import Session, own

    about_claims = 0
    for number in (1, 4, 5):
        choose, written = rolled_written(f"gather-{number}")
        made = example(choose, written, written.load(), batches=2)
        policies = tuple(replace(p, rules=tuple(replace(r, about=About.CLAIM) for r in p.rules)) for p in made.policies)
        made = replace(made, policies=policies)
        edition = made.edition()
        about = {(p.id, p.version, r.id): About.CLAIM for p in policies for r in p.rules}
        facts = declared(edition)
        session = Session(program(edition, columns(facts)), own(spark))
        for lines in made.claims:
            each = [f for key in edition.partitions for f in judge(ReferenceEngine(edition), edition, lines, key)]
            wanted = sorted(gather(each, about), key=report_order)
            session.lines(table_of(lines, facts))
            session.run()
            assert sorted(findings_of(session.findings(joined=True)), key=report_order) == wanted
            session.write(str(tmp_path / "findings"))
            assert sorted(findings_of(pq.read_table(tmp_path / "findings")), key=report_order) == wanted
            about_claims += len(wanted)
    assert about_claims > 3


def test_checkpoints_lie_where_the_operator_says(spark: SparkSession, tmp_path: Path) -> None:
    from cleanclaim.backends.relational.spark_session import Session, own

    choose, written = rolled_written("gather-4")
    made = example(choose, written, written.load(), batches=1)
    edition, (lines,) = made.edition(), made.claims
    facts = declared(edition)
    spark.sparkContext.setCheckpointDir(str(tmp_path))
    session = Session(program(edition, columns(facts)), own(spark), reliable=True)
    session.lines(table_of(lines, facts))
    session.run()
    assert in_order(findings_of(session.findings(joined=False))) == by_definition(edition, lines, set())
    assert list(tmp_path.rglob("part-*"))


@pytest.mark.shared
def test_the_counts_of_the_twelve_rules(spark: SparkSession, shared: Path, tmp_path: Path) -> None:
    """Over twenty thousand lines in a file, as Spark runs outside of tests: compiled, and replanned as it goes."""
    from cleanclaim.backends.relational.spark_session import own

    session = own(spark)
    for name in ("spark.sql.codegen.wholeStage", "spark.sql.adaptive.enabled"):
        session.conf.set(name, "true")
    session.conf.set("spark.sql.codegen.factoryMode", "FALLBACK")
    session.conf.set("spark.sql.shuffle.partitions", "4")
    expected = json.loads((shared / "bench" / "expected.json").read_text())["20000"]
    ours(shared / "bench" / "lines_20000.parquet", tmp_path / "found", session, ROOT / "benchmarks" / "twelve")
    assert counted(tmp_path / "found" / "*.parquet") == expected["counts"]
