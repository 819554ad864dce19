"""The whole shipped library over a warehouse of lines: seconds split and peak memory, with and without NCCI.

    python benchmarks/whole_library.py LINES [--store DIR] [--rounds 1] [--threads 2] [--memory 5GB] [--cache DIR]
        [--check] [--audit]

The lines are made by ``mixed_lines.py``; ``DIR`` is the folder ``store`` in what ``python benchmarks/ncci_import.py
--keep`` leaves: a pair table of the size and shape of a full release. Each whole process starts, reads the Parquet
file, and writes complete findings as Parquet. ``--check`` judges the lines by the durable engine too, and findings
must be equal; that is for 20,000 lines, not for millions. With ``--cache`` statements are kept for the next run.
``--audit`` times the whole command `cleanclaim audit` too, without NCCI and into a new store.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

BEGUN = time.perf_counter()
AS_OF = "2026-11-23"
PARTS = ("start", "kinds", "tables", "run", "write")


def judge(arguments: argparse.Namespace) -> dict[str, Any]:
    """One process: the parts of its time, and its peak of memory."""
    import duckdb

    from cleanclaim.audit.kinds import LineKinds
    from cleanclaim.backends.relational.duckdb_session import Session
    from cleanclaim.backends.relational.kept import Kept
    from cleanclaim.backends.relational.layout import declared
    from cleanclaim.backends.relational.sources import lines_of
    from cleanclaim.backends.relational.wanted import FEWEST, wanted
    from cleanclaim.imported import Met, with_imported
    from cleanclaim.tables.store import TableStore

    at = {"start": time.perf_counter()}
    edition = library()
    facts = declared(edition)
    config = {
        "threads": arguments.threads,
        "memory_limit": arguments.memory,
        "temp_directory": tempfile.gettempdir(),
        "preserve_insertion_order": False,
    }
    connection = duckdb.connect(config=config)
    columns, query = lines_of(connection, f"SELECT * FROM read_parquet('{arguments.lines}')", facts)
    at["kinds"] = time.perf_counter()
    connection.execute(f"CREATE VIEW warehouse AS {query}")
    tables = TableStore(arguments.store or arguments.lines.parent / "no-store")
    met = Met(edition)
    LineKinds(connection, "warehouse", edition, tables.releases(), met)
    at["tables"] = time.perf_counter()
    judged = with_imported(met.relevance.narrowed(edition), tables, met, in_place=True).edition
    kept = Kept(arguments.cache) if arguments.cache is not None else None
    session = Session(wanted(judged, columns, fewest=FEWEST), connection, kept)
    ((count,),) = connection.execute("SELECT count(*) FROM warehouse").fetchall()
    session.lines_of(query, count)
    at["run"] = time.perf_counter()
    session.run()
    at["write"] = time.perf_counter()
    session.write(arguments.target)
    ended = time.perf_counter()
    bounds = [at[name] for name in PARTS] + [ended]
    used = resource.getrusage(resource.RUSAGE_SELF)
    split = {name: after - before for name, before, after in zip(PARTS, bounds, bounds[1:], strict=False)}
    split["start"] += at["start"] - BEGUN
    return {**split, "gb": used.ru_maxrss / 1e6, "cpu": used.ru_utime + used.ru_stime}


def library() -> Any:
    """The shipped library as it is known on a day."""
    from datetime import date

    from cleanclaim.lint import edition_of
    from cleanclaim.policy.load import load_library
    from cleanclaim.shipped import shipped

    return edition_of(load_library([shipped("policies")]).policies, date.fromisoformat(AS_OF))


def durable(lines: Path, store: Path | None) -> list[tuple[object, ...]]:
    """The findings of the durable engine, as rows."""
    import duckdb

    from cleanclaim.claims.fields import FIELDS
    from cleanclaim.claims.model import Claim, Line
    from cleanclaim.lint import Input, lint
    from cleanclaim.tables.store import TableStore

    claims: dict[str, list[Line]] = {}
    reader = duckdb.execute(f"SELECT * FROM read_parquet('{lines}') ORDER BY row")
    names = [column[0] for column in reader.description or ()]
    columns = {spec.attribute for spec in FIELDS}
    for cells in reader.fetchall():
        row = dict(zip(names, cells, strict=True))
        known = {
            name: tuple(cell) if isinstance(cell, list) else cell for name, cell in row.items() if cell is not None
        }
        facts = {name.removeprefix("fact_"): cell for name, cell in known.items() if name.startswith("fact_")}
        line = Line(**{name: cell for name, cell in known.items() if name in columns}, facts=facts)
        claims.setdefault(line.claim, []).append(line)
    given = Input([Claim(tuple(sorted(lines, key=lambda line: line.line))) for lines in claims.values()])
    report = lint(given, library(), TableStore(store or lines.parent / "no-store"), engine="durable")
    return [
        (each.policy, each.rule, each.verdict.value, each.claim, list(each.lines), each.message, each.fingerprint)
        for each in report.findings
    ]


def checked(arguments: argparse.Namespace, found: Path, store: Path | None) -> None:
    """Stops where the durable engine finds anything else."""
    import duckdb

    columns = "policy, rule, verdict, claim, lines, message, fingerprint"
    ours = duckdb.execute(f"SELECT {columns} FROM '{found}'").fetchall()
    theirs = durable(arguments.lines, store)
    left, right = sorted(map(repr, ours)), sorted(map(repr, (tuple(row) for row in theirs)))
    if left != right:
        odd = sorted(set(left) ^ set(right))
        raise SystemExit(f"{len(odd):,} findings differ from those of the durable engine, the first: {odd[0]}")
    print(f"  equal to the durable engine's, {len(left):,} findings")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=Path, help="a Parquet file by mixed_lines.py")
    parser.add_argument("--store", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="5GB")
    parser.add_argument("--cache", type=Path, help="keep statements in this folder for the next run")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--audit", action="store_true")
    parser.add_argument("--by-rule", action="store_true", help="print the findings of every rule")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--target", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(judge(arguments)))
        return
    medians: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "findings.parquet"
        for name, store in (("without NCCI", None), ("with NCCI", arguments.store)):
            if name == "with NCCI" and store is None:
                continue
            runs = []
            for _ in range(arguments.rounds):
                begun = time.perf_counter()
                command = [sys.executable, __file__, str(arguments.lines), "--one", "--target", str(target)]
                command += ["--threads", str(arguments.threads), "--memory", arguments.memory]
                command += ["--store", str(store)] if store is not None else []
                command += ["--cache", str(arguments.cache)] if arguments.cache is not None else []
                told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
                runs.append({**told, "all": time.perf_counter() - begun})
            print_found(name, arguments.lines, target, runs, arguments.by_rule)
            medians[name] = statistics.median(run["all"] for run in runs)
            if arguments.check:
                checked(arguments, target, store)
        if arguments.audit:
            print_audit(arguments, Path(folder))
    if len(medians) == 2:
        print(f"with NCCI to without: {medians['with NCCI'] / medians['without NCCI']:.2f}")


def print_audit(arguments: argparse.Namespace, folder: Path) -> None:
    """The medians of some audits."""
    import duckdb
    from twelve_duckdb import commanded

    store = folder / "audit.duckdb"
    words = ["audit", arguments.lines, "--store", store, "--map", Path(__file__).parent / "mixed-map.yaml"]
    words += ["--threads", arguments.threads, "--memory", arguments.memory, "--as-of", AS_OF]
    runs = []
    for _ in range(arguments.rounds):
        store.unlink(missing_ok=True)
        runs.append(commanded(words, arguments.cache or folder / "cache"))
    wall, cpu, gigabytes = (statistics.median(each) for each in zip(*runs, strict=True))
    duckdb.execute(f"ATTACH '{store}' AS audit (READ_ONLY)")
    found = duckdb.execute("SELECT verdict, count(*) FROM audit.findings GROUP BY 1 ORDER BY 1").fetchall()
    print(f"audit: {wall:.1f} s, {cpu:.1f} s of CPU, {gigabytes:.2f} GB")
    print("  " + ", ".join(f"{number:,} {verdict}" for verdict, number in found))


def print_found(name: str, lines: Path, target: Path, runs: list[dict[str, float]], by_rule: bool) -> None:
    """The medians of some processes, and what the last of them found."""
    import duckdb

    middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    ((count,),) = duckdb.execute(f"SELECT count(*) FROM '{lines}'").fetchall()
    verdicts = dict(duckdb.execute(f"SELECT verdict, count(*) FROM '{target}' GROUP BY 1 ORDER BY 1").fetchall())
    found = ", ".join(f"{number:,} {verdict}" for verdict, number in verdicts.items())
    split = ", ".join(f"{part} {middle[part]:.1f}" for part in PARTS)
    print(
        f"{name}: {count:,} lines, {middle['all']:.1f} s ({split}), {middle['cpu']:.1f} s of CPU, {middle['gb']:.2f} GB"
    )
    print(f"  {found}")
    if by_rule:
        rules = f"SELECT policy, rule, verdict, count(*) AS n FROM '{target}' GROUP BY ALL ORDER BY n DESC"
        for policy, rule, verdict, number in duckdb.execute(rules).fetchall():
            print(f"  {number:>10,} {verdict:10} {policy} {rule}")


if __name__ == "__main__":
    main()
