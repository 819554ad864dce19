"""The twelve rules by cleanclaim: python cleanclaim_.py WHAT LINES.parquet PTP.parquet.

WHAT is a command as users run it (``audit``, ``audit-1GB``, ``lint-duckdb``, ``lint-durable``), or an engine with no
command around it (``relational`` writes findings as Parquet, ``durable`` judges lines that are in memory). All findings
are complete.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from peer import Stopwatch, run

BENCHMARKS = Path(__file__).parents[1]
sys.path.append(str(BENCHMARKS))
COMMAND = (sys.executable, "-c", "from cleanclaim_cli.main import main; main()")
OPTIONS = (
    "--policies",
    str(BENCHMARKS / "twelve"),
    "--map",
    str(BENCHMARKS / "bench-map.yaml"),
    "--quiet",
    "--fail-on",
    "never",
)
MARKS = {"violation": "", "needs_info": "?", "bypassed": "!"}


def command(*arguments: str, output: Path) -> None:
    """Runs the command line; a complaint of it goes to standard error, for whoever started this process."""
    with output.open("wb") as file:
        code = subprocess.run([*COMMAND, *arguments, *OPTIONS], stdout=file).returncode
    if code:
        raise SystemExit(code)


def lint(engine: str, lines: Path, _: Path, watch: Stopwatch) -> Mapping[str, int]:
    from twelve_duckdb import counted

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "findings.parquet"
        written = ("--format", "parquet", "--output", str(target))
        command("lint", str(lines), "--engine", engine, *written, output=Path(folder) / "nothing.txt")
        watch.lap("evaluate")
        return counted(target)


def audit(memory: str, lines: Path, _: Path, watch: Stopwatch) -> Mapping[str, int]:
    """Into a store that is not there yet, so every finding is new; DuckDB spills past ``memory``."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        store, limits = Path(folder) / "store.duckdb", ("--memory", memory, "--threads", "2", "--temp", folder)
        command("audit", "run", str(lines), "--store", str(store), *limits, output=Path(folder) / "summary.txt")
        watch.lap("evaluate")
        found = duckdb.connect(str(store), read_only=True)
        rows = found.execute("SELECT rule, verdict, count(*) FROM findings GROUP BY ALL").fetchall()
    return {rule + MARKS[verdict]: n for rule, verdict, n in rows}


def relational(lines: Path, _: Path, watch: Stopwatch) -> Mapping[str, int]:
    import duckdb
    from twelve_duckdb import counted, ours

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "findings.parquet"
        connection = duckdb.connect(config={"threads": 2, "memory_limit": "6GB", "temp_directory": folder})
        ours(lines, target, connection, BENCHMARKS / "twelve")
        watch.lap("evaluate")
        return counted(target)


def durable(lines: Path, _: Path, watch: Stopwatch) -> Mapping[str, int]:
    from durable_lines import AS_OF, PARTITION, counts, read_lines

    from cleanclaim.backends.choose import choose
    from cleanclaim.lint import edition_of
    from cleanclaim.policy.load import load_library

    engine = choose("durable", edition_of(load_library([BENCHMARKS / "twelve"]).policies, AS_OF))
    watch.lap("setup")
    patients = read_lines(lines)
    watch.lap("load")
    findings = [finding for own in patients for finding in engine.judge(PARTITION, own)]
    watch.lap("evaluate")
    return counts(findings)


KINDS: dict[str, Callable[[Path, Path, Stopwatch], Mapping[str, int]]] = {
    "audit": partial(audit, "6GB"),
    "audit-1GB": partial(audit, "1GB"),
    "lint-duckdb": partial(lint, "duckdb"),
    "lint-durable": partial(lint, "durable"),
    "relational": relational,
    "durable": durable,
}


if __name__ == "__main__":
    kind = KINDS.get(sys.argv.pop(1) if len(sys.argv) > 1 else "")
    if kind is None:
        raise SystemExit(f"usage: python {Path(__file__).name} {'|'.join(KINDS)} LINES.parquet PTP.parquet")
    run(kind)
