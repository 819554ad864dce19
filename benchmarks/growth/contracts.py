"""The contract rules of ../many_rules.py by cleanclaim's relational engine: python contracts.py LINES.parquet RULES."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import duckdb
from peer import Stopwatch, tell

sys.path.append(str(Path(__file__).parents[1]))
from many_rules import write
from twelve_duckdb import ours


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit("usage: python contracts.py LINES.parquet RULES")
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder:
        library, target = Path(folder) / "library", Path(folder) / "findings.parquet"
        library.mkdir()
        write(int(sys.argv[2]), library)
        watch.lap("setup")
        connection = duckdb.connect(config={"threads": 2, "memory_limit": "6GB", "temp_directory": folder})
        ours(Path(sys.argv[1]), target, connection, library)
        watch.lap("evaluate")
        counts = dict(duckdb.execute(f"SELECT verdict, count(*) FROM '{target}' GROUP BY 1").fetchall())
    tell(counts, watch.seconds)


if __name__ == "__main__":
    main()
