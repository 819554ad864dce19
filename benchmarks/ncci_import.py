"""How long ``cleanclaim tables import`` takes for a full NCCI release, and a load of one claim's codes from it.

    python benchmarks/ncci_import.py [--keep DIR] [--rows N]

The release is made here, of the size and shape of CMS's practitioner table of 2024-07-01 (2,546,017 rows,
1,669,820 of them active, 10,766 column-1 codes, 98,853 rows of indicator 9, 305,096 pairs with several rows whose
dates do not meet), in four parts as CMS names and packs them. The import is timed as a whole process with its peak
memory; the load as a process that asks for ten codes, apart from importing pyarrow.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROWS, ACTIVE, VOID = 2_546_017, 1_669_820, 98_853
PAIRS, TWICE, THRICE = 2_238_466, 302_641, 2_455
FIRSTS, SECONDS, PARTS = 10_766, 8_655, 4
SECONDS_GOAL, MEMORY_GOAL, LOAD_GOAL = 60, 1_000, 0.120
PREAMBLE = (
    "CPT only copyright 2025 American Medical Association.  All rights reserved." + "\t" * 6,
    "Column1/Column2 Edits" + "\t" * 6,
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale",
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t",
    "\t\t\t\t*=no data\t1=allowed\t",
    "\t\t\t\t\t9=not applicable\t",
)
RATIONALES = (
    "Misuse of Column Two code with Column One code",
    "CPT Manual or CMS manual coding instruction",
    "Standards of medical / surgical practice",
    "Mutually exclusive procedures",
    "HCPCS/CPT procedure code definition",
    "Anesthesia service included in surgical procedure – physician’s own",
)


def codes(count: int, start: int) -> list[str]:
    """So many different codes in order: numbers, and one of ten with a letter at its end."""
    numbers = range(start, 100_000, 8)
    found = (f"{n // 10:04}{'TUAM'[n % 4]}" if at % 10 == 0 else f"{n:05}" for at, n in enumerate(numbers))
    return sorted(list(found)[:count])


def rows() -> Iterator[str]:
    """The rows of the release by pair and date."""
    firsts = codes(FIRSTS, 100)
    seconds = codes(SECONDS, 104)
    base, more = divmod(PAIRS, FIRSTS)
    pair = void = active = 0
    for at, first in enumerate(firsts):
        for step in range(base + (at < more)):
            second = seconds[(at * 7 + step * 13) % SECONDS]
            windows = 1 if pair >= TWICE + THRICE else 3 if pair < THRICE else 2
            why = RATIONALES[pair % len(RATIONALES)]
            for window in range(windows):
                year = 1998 + 9 * window + pair % 4
                last = window == windows - 1
                indicator = "1" if pair % 10 < 7 else "0"
                if last and active < ACTIVE:
                    ends = "*"
                    active += 1
                elif last and void < VOID:
                    ends, indicator = f"{year}0401", "9"
                    void += 1
                else:
                    ends = f"{year + 4}1231"
                yield f"{first}\t{second}\t\t{year}0401\t{ends}\t{indicator}\t{why}"
            pair += 1


def release(folder: Path, wanted: int) -> list[Path]:
    """Writes the parts and returns their zips."""
    folder.mkdir(parents=True, exist_ok=True)
    found = rows()
    paths = []
    for part in range(1, PARTS + 1):
        size = wanted // PARTS + (wanted % PARTS if part == PARTS else 0)
        lines = [*PREAMBLE, *(line for _, line in zip(range(size), found, strict=False))]
        name = f"ccipra-v322r0-f{part}"
        path = folder / f"medicare-ncci-2026q3-practitioner-ptp-edits-{name}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{name}.TXT", ("\r\n".join(lines) + "\r\n").encode("cp1252"))
        paths.append(path)
    return paths


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float, subprocess.CompletedProcess[str]]:
    """Wall seconds, the peak memory in MB of all children so far, and what came of a command."""
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return (
        time.perf_counter() - begun,
        resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        done,
    )


LOAD = """
import json, sys, time
import pyarrow, pyarrow.compute, pyarrow.parquet
from datetime import date
from pathlib import Path
from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.model import TableSpec
from cleanclaim.tables.store import TableStore
spec = TableSpec("ptp", {c: ValueType.CODE for c in ("column_1", "column_2", "modifier_indicator")}, None,
                 "ncci-ptp-practitioner", "effective", "deletion")
codes = json.loads(sys.argv[2])
begun = time.perf_counter()
found = TableStore(Path(sys.argv[1])).load(spec, date(2026, 8, 1), dict.fromkeys(sys.argv[3:], codes))
print(json.dumps([time.perf_counter() - begun, len(found.table.rows)]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="make the release here, and leave it and the store")
    parser.add_argument("--rows", type=int, default=ROWS)
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="ncci-"))
    try:
        paths = sorted(folder.glob("*.zip")) or release(folder, asked.rows)
        store = folder / "store"
        shutil.rmtree(store, ignore_errors=True)
        environment = {**os.environ, "CLEANCLAIM_TABLES": str(store)}
        command = [sys.executable, "-m", "cleanclaim_cli.main", "tables", "import", "ncci-ptp", *map(str, paths)]
        taken, memory, done = timed(command, environment)
        sys.stdout.write(done.stderr + done.stdout)
        if done.returncode:
            sys.exit("the import failed")
        print(f"import: {taken:.1f} s (goal {SECONDS_GOAL}), peak {memory:.0f} MB (goal {MEMORY_GOAL})")
        stored = sum(path.stat().st_size for path in store.rglob("*.parquet"))
        print(f"stored: {stored / 1e6:.1f} MB")
        firsts = codes(FIRSTS, 100)
        seconds = codes(SECONDS, 104)
        claim = firsts[500::2000][:5] + [seconds[(at * 7 + 13) % SECONDS] for at in range(500, FIRSTS, 2000)][:5]
        for columns in (["column_1", "column_2"], ["column_2"]):
            loads = []
            for _ in range(7):
                command = [sys.executable, "-c", LOAD, str(store), json.dumps(claim), *columns]
                _, _, done = timed(command, environment)
                if done.returncode:
                    sys.exit(done.stderr)
                loads.append(json.loads(done.stdout))
            loads.sort()
            print(
                f"load of one claim's {len(claim)} codes by {' and '.join(columns)}: "
                f"median {loads[3][0] * 1000:.0f} ms, "
                f"worst {loads[-1][0] * 1000:.0f} ms (goal {LOAD_GOAL * 1000:.0f}), {loads[0][1]} rows"
            )
    finally:
        if asked.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
