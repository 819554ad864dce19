"""From start to the first finding of a small audit, and to its end, whole processes: the first night, and later ones.

    python benchmarks/small_audit.py LINES.parquet [--map FILE] [--rounds 3]

``cleanclaim audit`` of the shipped library, each time into a new store. On the first night no statements are kept in
the cache, on later ones they are. The first finding is when the bar that an operator watches tells of it. Lines by
``mixed_lines.py`` are read with ``mixed-map.yaml``, those of ``../shared/bench/gen.py`` with ``bench-map.yaml``; few of
the shipped rules concern the latter.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pty
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

COMMAND = "from cleanclaim_cli.main import main; main()"
SCREEN = {"TERM": "xterm", "COLUMNS": "160"}
FINDINGS = re.compile(rb"[1-9][0-9,]* findings?")


def night(arguments: argparse.Namespace, folder: Path, cache: Path) -> tuple[float, float, float]:
    """One audit: seconds to its first finding and to its end, and of CPU."""
    store = folder / "audit.duckdb"
    store.unlink(missing_ok=True)
    mapping = [] if arguments.map is None else ["--map", str(arguments.map)]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ours, theirs = pty.openpty()
    audit = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "audit", str(arguments.lines), "--store", str(store), *mapping],
        env={**os.environ, "CLEANCLAIM_CACHE": str(cache), "CLEANCLAIM_TABLES": str(folder / "tables"), **SCREEN},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    first, told = math.inf, b""
    # Linux ends a terminal without a process with an error.
    with suppress(OSError):
        while more := os.read(ours, 1 << 16):
            told += more
            if first == math.inf and FINDINGS.search(told):
                first = time.perf_counter() - begun
    os.close(ours)
    if audit.wait() not in (0, 1):
        raise SystemExit(f"the audit ended with exit code {audit.returncode}: {told.decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return first, time.perf_counter() - begun, used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=Path)
    parser.add_argument("--map", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    seconds: dict[str, list[tuple[float, float, float]]] = {"first night": [], "a later night": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for at in range(arguments.rounds):
            for which in seconds:
                seconds[which].append(night(arguments, folder, folder / f"cache-{at}"))
    for which, runs in seconds.items():
        first, end, cpu = (statistics.median(each) for each in zip(*runs, strict=True))
        print(f"{which:14} first finding after {first:5.2f} s, all after {end:5.2f} s, {cpu:5.2f} s of CPU")
    print(json.dumps({"load": os.getloadavg()}))


if __name__ == "__main__":
    main()
