"""The twelve rules as hand-written SQL on DuckDB, a statement a rule (twelve.sql), on two threads."""

from __future__ import annotations

from pathlib import Path

import duckdb
from peer import Stopwatch, run

COLUMNS = "line_id, patient_id, payer, service_date, procedure, modifiers, units, minutes, rendering_npi, license_type"


def judge(lines: Path, pairs: Path, watch: Stopwatch) -> dict[str, int]:
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "6GB"})
    watch.lap("setup")
    connection.execute(f"CREATE TABLE lines AS SELECT {COLUMNS} FROM read_parquet('{lines}')")
    connection.execute(f"CREATE TABLE pairs AS FROM read_parquet('{pairs}')")
    watch.lap("load")
    connection.execute(Path(__file__).with_name("twelve.sql").read_text())
    counts = dict(connection.execute("SELECT rule, count(*) FROM found GROUP BY 1").fetchall())
    watch.lap("evaluate")
    return counts


if __name__ == "__main__":
    run(judge)
