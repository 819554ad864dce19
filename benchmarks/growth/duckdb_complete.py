"""The twelve rules as hand-written SQL on DuckDB that says all that cleanclaim does (../twelve_by_hand.sql)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import duckdb
from peer import Stopwatch, run

sys.path.append(str(Path(__file__).parents[1]))
from twelve_duckdb import by_hand, counted


def judge(lines: Path, pairs: Path, watch: Stopwatch) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "findings.parquet"
        by_hand(
            lines, pairs, target, duckdb.connect(config={"threads": 2, "memory_limit": "6GB", "temp_directory": folder})
        )
        watch.lap("evaluate")
        return counted(target)


if __name__ == "__main__":
    run(judge)
