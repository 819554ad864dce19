"""The twelve rules by us on Spark and on DuckDB, whole processes in turns; their findings must be equal, row by row.

    python benchmarks/twelve_spark.py LINES.parquet [--rounds 1] [--threads 2]

Either process starts, reads the Parquet file, and writes complete findings as Parquet. Spark is ``local[threads]`` with
its settings as they come, but for the memory.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

if __package__:
    from benchmarks import twelve_duckdb
else:
    import twelve_duckdb

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HERE = Path(__file__).parent
QUERY = """SELECT line_id AS row, claim_id AS claim, line_id AS line, patient_id AS patient, payer, state, service_date,
    service_date AS service_through, procedure, modifiers, units, minutes, rendering_npi,
    CAST(CAST(charge_cents AS DECIMAL(18, 2)) / 100 AS DECIMAL(18, 2)) AS charge,
    CASE WHEN license_type IS NOT NULL THEN array(license_type) END AS performer_licences FROM parquet.`{lines}`"""


def ours(lines: Path, target: Path, spark: SparkSession, library: Path) -> dict[str, float]:
    """The library compiled, run and written, in a session made by ``own``; the seconds of each."""
    from datetime import date

    from cleanclaim.backends.relational.layout import declared
    from cleanclaim.backends.relational.program import program
    from cleanclaim.backends.relational.spark_session import Session
    from cleanclaim.backends.relational.spark_sources import lines_of
    from cleanclaim.lint import edition_of
    from cleanclaim.policy.load import load_library

    begun = time.perf_counter()
    edition = edition_of(load_library([library]).policies, date(2026, 1, 1))
    columns, frame = lines_of(spark.sql(QUERY.format(lines=lines)), declared(edition))
    session = Session(program(edition, columns), spark)
    made = time.perf_counter()
    session.lines_of(frame)
    session.run()
    session.write(str(target))
    return {"compiled": made - begun, "judged": time.perf_counter() - made}


def one(arguments: argparse.Namespace) -> None:
    """One process, which says how long its parts took."""
    begun = time.perf_counter()
    if arguments.one == "duckdb":
        connection = duckdb.connect(config={"threads": arguments.threads, "memory_limit": arguments.memory})
        twelve_duckdb.ours(arguments.lines, arguments.target, connection, HERE / "twelve")
        print(json.dumps({}))
        return
    from pyspark.sql import SparkSession

    from cleanclaim.backends.relational.spark_session import own

    builder = SparkSession.builder.master(f"local[{arguments.threads}]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.memory", arguments.memory.lower().replace("gb", "g"))
    builder = builder.config("spark.log.level", "ERROR").config("spark.ui.showConsoleProgress", "false")
    spark = builder.getOrCreate()
    started = time.perf_counter() - begun
    print(json.dumps({"started": started} | ours(arguments.lines, arguments.target, own(spark), HERE / "twelve")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="6GB")
    parser.add_argument("--one", choices=("duckdb", "spark"), help=argparse.SUPPRESS)
    parser.add_argument("--target", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one(arguments)
        return
    seconds: dict[str, list[float]] = {"duckdb": [], "spark": []}
    parts: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        targets = {"duckdb": Path(folder) / "duckdb.parquet", "spark": Path(folder) / "spark"}
        for _ in range(arguments.rounds):
            for name, target in targets.items():
                begun = time.perf_counter()
                told = subprocess.run(
                    [sys.executable, __file__, *sys.argv[1:], "--one", name, "--target", str(target)],
                    check=True,
                    stdout=subprocess.PIPE,
                ).stdout
                seconds[name].append(time.perf_counter() - begun)
                parts |= json.loads(told.splitlines()[-1])
        left, right = (f"FROM '{each}'" for each in (targets["duckdb"], targets["spark"] / "*.parquet"))
        differing = duckdb.execute(f"({left} EXCEPT ALL {right}) UNION ALL ({right} EXCEPT ALL {left})").fetchall()
        findings = duckdb.execute(f"SELECT count(*) {left}").fetchall()[0][0]
        lines = duckdb.execute(f"SELECT count(*) FROM '{arguments.lines}'").fetchall()[0][0]
    if differing:
        raise SystemExit(f"{len(differing):,} findings differ, the first: {differing[0]}")
    print(f"{lines:,} lines, {findings:,} findings, equal; {arguments.threads} threads, {arguments.rounds} rounds")
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    for name, wall in medians.items():
        print(f"{name:7} {wall:6.1f} s, {lines / wall:>10,.0f} lines/s")
    told_of = ", ".join(f"{name} in {each:.1f} s" for name, each in parts.items())
    print(f"Spark to DuckDB: {medians['spark'] / medians['duckdb']:.1f}; its last round: {told_of}")


if __name__ == "__main__":
    main()
