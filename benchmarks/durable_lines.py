"""How many lines a second an engine judges by the twelve rules, on one core; the answers are checked.

    python benchmarks/durable_lines.py [--lines 200000] [--engine durable] [--rounds 3] [--profile]

Timed is everything from lines in memory, grouped by patient, to findings composed. Reading and
compiling are quoted apart. The data lie beside the repository, in ``../shared/bench``.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import pstats
import resource
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

from cleanclaim.backends.choose import choose
from cleanclaim.claims.model import Claim, Line, canonical_order
from cleanclaim.claims.tables.mapping import read_map
from cleanclaim.claims.tables.parquet_tables import read_parquet
from cleanclaim.findings.finding import Finding, Verdict
from cleanclaim.lint import edition_of
from cleanclaim.policy.load import load_library

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "shared" / "bench"
PARTITION = ("patient",)
AS_OF = date(2026, 1, 1)


def read(count: int) -> list[list[Line]]:
    """So many lines of the benchmark by patient, in canonical order."""
    return read_lines(DATA / f"lines_{count}.parquet")


def read_lines(path: Path) -> list[list[Line]]:
    """The lines of a benchmark file by patient, in canonical order."""
    mapping = read_map((HERE / "bench-map.yaml").read_text(), "bench-map.yaml")
    by_patient: dict[str, list[Line]] = {}
    for reading in read_parquet(path, "bench", mapping):
        if isinstance(reading, Claim):
            for line in reading.lines:
                by_patient.setdefault(line.patient, []).append(line)
    return [sorted(lines, key=canonical_order) for lines in by_patient.values()]


def counts(findings: list[Finding]) -> dict[str, int]:
    """Findings by rule as ``expected.json`` writes them."""
    marks = {Verdict.VIOLATION: "", Verdict.NEEDS_INFO: "?", Verdict.BYPASSED: "!"}
    return dict(Counter(finding.rule + marks[finding.verdict] for finding in findings))


def checksum(findings: list[Finding]) -> int:
    """The checksum of ``rules.md``."""
    total = 0
    for finding in findings:
        key = int(finding.rule[1:]) * 2**25 + (finding.verdict is Verdict.NEEDS_INFO) * 2**24 + finding.lines[0]
        digest = key * 2654435761 % 2147483629
        total += digest * digest % 2147483629
    return total


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--engine", default="durable")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    begun = time.perf_counter()
    groups = read(options.lines)
    lines = sum(map(len, groups))
    print(f"read      {lines:,} lines of {len(groups):,} patients in {time.perf_counter() - begun:.2f} s")
    begun = time.perf_counter()
    engine = choose(options.engine, edition_of(load_library([HERE / "twelve"]).policies, AS_OF))
    print(f"compiled  12 rules in {time.perf_counter() - begun:.3f} s")
    expected = json.loads((DATA / "expected.json").read_text())[str(options.lines)]
    gc.collect()
    gc.freeze()
    for number in range(options.rounds):
        profile = cProfile.Profile() if options.profile and number == options.rounds - 1 else None
        if profile is not None:
            profile.enable()
        begun, cpu = time.perf_counter(), time.process_time()
        findings = [finding for group in groups for finding in engine.judge(PARTITION, group)]
        took, cpu = time.perf_counter() - begun, time.process_time() - cpu
        if profile is not None:
            profile.disable()
            pstats.Stats(profile).sort_stats("tottime").print_stats(35)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"judged    {lines / took:,.0f} lines/s ({took:.2f} s, CPU {cpu:.2f} s), {memory} MB at most")
    if counts(findings) != expected["counts"] or checksum(findings) != expected["checksum"]:
        print("wrong:", {rule: (expected["counts"].get(rule), n) for rule, n in sorted(counts(findings).items())})
        sys.exit(1)
    print(f"right     {len(findings):,} findings")


if __name__ == "__main__":
    main()
