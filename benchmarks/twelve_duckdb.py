"""The twelve rules on DuckDB, compiled by us and written by hand (twelve_by_hand.sql), whole processes in turns.

    python benchmarks/twelve_duckdb.py LINES.parquet PTP.parquet [--rounds 3] [--threads 2] [--cache DIR]
        [--lint] [--audit]

Make the lines with ``../shared/bench/gen.py``. Either process starts, reads the Parquet file, and writes complete
findings (message, related lines, facts met, fingerprint) as Parquet; the two must be equal, row by row, and
have the counts of ``expected.json`` where that speaks of as many lines. With ``--cache`` our statements are kept in a
folder, as an audit keeps them, and the first round makes them. With ``--lint`` the whole command `cleanclaim lint
--engine duckdb` takes its turn too, and writes the same findings as Parquet. With ``--audit`` so does the whole command
`cleanclaim audit`, each time into a new store, which must hold the same findings; so does SQL by hand that keeps them
in a store (twelve_store_by_hand.sql), which is all that an audit has to do here and not all that it does.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
COMMAND = "from cleanclaim_cli.main import main; main()"
EXPECTED = HERE.parents[1] / "shared" / "bench" / "expected.json"
QUERY = """SELECT line_id AS row, claim_id AS claim, line_id AS line, patient_id AS patient, payer, state, service_date,
    service_date AS service_through, procedure, modifiers, units, minutes, rendering_npi,
    CAST(charge_cents AS DECIMAL(18, 2)) / 100 AS charge,
    CASE WHEN license_type IS NOT NULL THEN [license_type] END AS performer_licences FROM read_parquet('{lines}')"""


def ours(
    lines: Path, target: Path, connection: duckdb.DuckDBPyConnection, library: Path, cache: Path | None = None
) -> None:
    """The library compiled, run and written."""
    from datetime import date

    from cleanclaim.backends.relational.duckdb_session import Session
    from cleanclaim.backends.relational.kept import Kept
    from cleanclaim.backends.relational.layout import declared
    from cleanclaim.backends.relational.sources import lines_of
    from cleanclaim.backends.relational.wanted import wanted
    from cleanclaim.lint import edition_of
    from cleanclaim.policy.load import load_library

    # As the command line does.
    gc.set_threshold(200_000, 20, 100)
    edition = edition_of(load_library([library]).policies, date(2026, 1, 1))
    columns, query = lines_of(connection, QUERY.format(lines=lines), declared(edition))
    session = Session(wanted(edition, columns), connection, Kept(cache) if cache is not None else None)
    ((count,),) = connection.execute(f"SELECT count(*) FROM '{lines}'").fetchall()
    session.lines_of(query, count)
    session.run()
    session.write(target)


def by_hand(lines: Path, pairs: Path, target: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """The rules by hand."""
    found_by_hand(lines, pairs, connection)
    connection.execute(f"COPY found TO '{target}' (FORMAT parquet)")


def kept_by_hand(lines: Path, pairs: Path, store: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """The rules by hand, and a store by hand."""
    found_by_hand(lines, pairs, connection)
    connection.execute((HERE / "twelve_store_by_hand.sql").read_text().format(lines=lines, store=store))
    connection.execute("SELECT * FROM summary").fetchall()


def found_by_hand(lines: Path, pairs: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the view ``found``."""
    connection.execute((HERE / "twelve_by_hand.sql").read_text().format(lines=lines, pairs=pairs))


def one(arguments: argparse.Namespace) -> None:
    """One process."""
    config = {"threads": arguments.threads, "memory_limit": arguments.memory, "temp_directory": tempfile.gettempdir()}
    connection = duckdb.connect(config=config)
    if arguments.one == "hand":
        by_hand(arguments.lines, arguments.pairs, arguments.target, connection)
    elif arguments.one == "kept":
        kept_by_hand(arguments.lines, arguments.pairs, arguments.target, connection)
    else:
        ours(arguments.lines, arguments.target, connection, arguments.library, arguments.cache)


def timed(command: list[str], codes: tuple[int, ...], **environment: str) -> tuple[float, float, float]:
    """Seconds by the clock and of CPU, and the peak of memory in gigabytes, of a process."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    _, status, used = os.wait4(process.pid, 0)
    wall, code = time.perf_counter() - begun, os.waitstatus_to_exitcode(status)
    if code not in codes:
        raise SystemExit(f"{command} ended with exit code {code}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6


def commanded(words: Sequence[object], cache: Path) -> tuple[float, float, float]:
    """A whole command of ours. The tables of whoever runs this are of no concern, only those of its library."""
    environment = {"CLEANCLAIM_TABLES": str(cache / "no-tables"), "CLEANCLAIM_CACHE": str(cache)}
    return timed([sys.executable, "-c", COMMAND, *map(str, words), "--quiet"], (0, 1), **environment)


def differing(found: str, other: str) -> list[tuple[str]]:
    """The rows that only one of two relations has."""
    query = f"(FROM {found} EXCEPT ALL FROM {other}) UNION ALL (FROM {other} EXCEPT ALL FROM {found})"
    return duckdb.execute(query).fetchall()


def counted(found: Path) -> dict[str, int]:
    """Findings by rule as ``expected.json`` writes them."""
    mark = "CASE verdict WHEN 'needs_info' THEN '?' WHEN 'bypassed' THEN '!' ELSE '' END"
    rows = duckdb.execute(f"SELECT rule || {mark}, count(*) FROM '{found}' GROUP BY 1").fetchall()
    return dict(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="6GB")
    parser.add_argument("--library", type=Path, default=HERE / "twelve")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--lint", action="store_true")
    parser.add_argument("--audit", action="store_true")
    parser.add_argument("--one", choices=("ours", "hand", "kept"), help=argparse.SUPPRESS)
    parser.add_argument("--target", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one(arguments)
        return
    written = ["ours", "hand", *(["kept"] if arguments.audit else [])]
    names = [*written, *(["lint"] if arguments.lint else []), *(["audit"] if arguments.audit else [])]
    seconds: dict[str, list[tuple[float, float, float]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        targets = {name: Path(folder) / f"{name}.{'duckdb' if name == 'kept' else 'parquet'}" for name in written}
        store, report = Path(folder) / "audit.duckdb", Path(folder) / "lint.parquet"
        cache = arguments.cache or Path(folder) / "cache"
        options = ("--policies", arguments.library, "--map", HERE / "bench-map.yaml", "--as-of", "2026-01-01")
        options += ("--threads", arguments.threads, "--memory", arguments.memory)
        to_file = ("--engine", "duckdb", "--format", "parquet", "--output", report)
        for _ in range(arguments.rounds):
            for name, target in targets.items():
                target.unlink(missing_ok=True)
                command = [sys.executable, __file__, *sys.argv[1:], "--one", name, "--target", str(target)]
                seconds[name].append(timed(command, (0,)))
            if arguments.lint:
                seconds["lint"].append(commanded(("lint", arguments.lines, *to_file, *options), cache))
            if arguments.audit:
                store.unlink(missing_ok=True)
                seconds["audit"].append(commanded(("audit", arguments.lines, "--store", store, *options), cache))
        wrong = differing(f"'{targets['ours']}'", f"'{targets['hand']}'")
        if arguments.lint and not wrong:
            # Related lines are JSON there.
            told = "(SELECT * REPLACE (CAST(to_json(related) AS VARCHAR) AS related) FROM '{}')"
            wrong = differing(f"'{report}'", told.format(targets["hand"]))
        if arguments.audit and not wrong:
            duckdb.execute(f"ATTACH '{store}' AS audit (READ_ONLY); ATTACH '{targets['kept']}' AS kept (READ_ONLY)")
            shown = "(SELECT fingerprint, claim, lines, message, because, payer, charges FROM {}.findings)"
            wrong = differing(shown.format("audit"), shown.format("kept"))
        counts = counted(targets["ours"])
        lines = duckdb.execute(f"SELECT count(*) FROM '{arguments.lines}'").fetchall()[0][0]
    if wrong:
        raise SystemExit(f"{len(wrong):,} findings differ, the first: {wrong[0]}")
    expected = json.loads(EXPECTED.read_text()).get(str(lines)) if EXPECTED.exists() else None
    if expected is not None and expected["counts"] != counts:
        raise SystemExit(f"the counts are wrong: {counts} for {expected['counts']}")
    findings = sum(counts.values())
    print(f"{lines:,} lines, {findings:,} findings, equal; {arguments.threads} threads, {arguments.rounds} rounds")
    medians = {name: [statistics.median(each) for each in zip(*runs, strict=True)] for name, runs in seconds.items()}
    for name, (wall, cpu, gigabytes) in medians.items():
        print(f"{name:5} {wall:6.2f} s, {cpu:6.2f} s of CPU, {gigabytes:.2f} GB, {lines / wall:>10,.0f} lines/s")
    for name, peer in (("ours", "hand"), ("lint", "hand"), ("audit", "hand"), ("audit", "kept")):
        if name in names:
            ratio, busy = (medians[name][at] / medians[peer][at] for at in (0, 1))
            print(f"{name} to {peer}: {ratio:.2f} by the clock, {busy:.2f} by CPU")


if __name__ == "__main__":
    main()
