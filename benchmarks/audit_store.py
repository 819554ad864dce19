"""How long a store takes to record findings: the first run, the same again, and one in which a tenth changed.

``python benchmarks/audit_store.py [--findings 300000] [--store URL]``; without a URL, a DuckDB file in a new folder.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from cleanclaim.store.store import RunInfo, open_store

INFO = RunInfo(as_of=date(2026, 1, 1), engine="duckdb", tool_version="benchmark", library_digest="benchmark")


def findings(number: int, shift: int) -> tuple[pa.Table, pa.Table]:
    """So many findings on twice as many claims; ``shift`` of them are others than those of no shift."""
    with duckdb.connect() as connection:
        found = connection.sql(
            f"""SELECT md5(i::VARCHAR) AS fingerprint, 'example-ppo/policy-' || i % 40 AS policy,
            '2026-01-01' AS version,
            'rule-' || i % 200 AS rule, 'violation' AS verdict, 'error' AS severity, 'CLM' || (i * 2) AS claim,
            [1 + i % 4] AS lines, [(i % 500)::NUMERIC(18,2)] AS charges,
            [{{'claim': 'CLM' || (i * 2), 'line': 9}}] AS related,
            '97124 on the same day as 98940 (line 9) without 59 or XS, units ' || i % 7 AS message,
            'The record must show massage to a region other than the one adjusted; XS says that it does.' AS fix,
            '§7.2 ¶3' AS cite, []::VARCHAR[] AS missing,
            '{{"procedure": "97124", "units": ' || i % 7 || '}}' AS because, 'PAYER' || i % 9 AS payer
            FROM range({shift}, {number + shift}) t(i)"""
        ).to_arrow_table()
        claims = connection.sql(f"SELECT 'CLM' || i AS claim FROM range({2 * (number + shift)}) t(i)").to_arrow_table()
    return found, claims


def main() -> None:
    """Prints a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=300_000)
    parser.add_argument("--store")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(arguments.store or Path(folder) / "audit.duckdb", staging=Path(folder) / "staging")
        tenth = arguments.findings // 10
        for name, shift in (("first", 0), ("the same", 0), ("a tenth changed", tenth)):
            found, claims = findings(arguments.findings, shift)
            began = time.perf_counter()
            with store.run(INFO, lambda: datetime.now(UTC)) as run:
                run.record(found, claims)
                staged = time.perf_counter()
            done = run.done
            assert done is not None
            took = time.perf_counter() - began
            print(
                f"{name}: {arguments.findings:,} findings on {done.judged:,} claims in {took:.1f} s "
                f"({staged - began:.1f} s staging); {done.new:,} new, {done.resolved:,} resolved"
            )
        if arguments.store is None:
            print(f"{(Path(folder) / 'audit.duckdb').stat().st_size / 1e6:,.0f} MB")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
