"""From start to the findings of a small audit, whole processes: the first night, and those after it.

    python benchmarks/small_audit.py LINES.parquet [--map FILE] [--rounds 3]

``cleanclaim audit`` of the shipped library, each time into a new store. On the first night no statements are kept in
the cache, on later ones they are. Lines by ``mixed_lines.py`` need no map; those of ``../shared/bench/gen.py`` need
``bench-map.yaml``, and few of the shipped rules concern them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = "from cleanclaim_cli.main import main; main()"


def night(arguments: argparse.Namespace, folder: Path, cache: Path) -> tuple[float, float]:
    """One audit: seconds by the clock, and of CPU."""
    store = folder / "audit.duckdb"
    store.unlink(missing_ok=True)
    mapping = [] if arguments.map is None else ["--map", str(arguments.map)]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "audit", str(arguments.lines), "--store", str(store), "--quiet", *mapping],
        env={**os.environ, "CLEANCLAIM_CACHE": str(cache), "CLEANCLAIM_TABLES": str(folder / "tables")},
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"the audit ended with exit code {done.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - begun, used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=Path)
    parser.add_argument("--map", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    seconds: dict[str, list[tuple[float, float]]] = {"first night": [], "a later night": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for at in range(arguments.rounds):
            for which in seconds:
                seconds[which].append(night(arguments, folder, folder / f"cache-{at}"))
    for which, runs in seconds.items():
        wall, cpu = (statistics.median(each) for each in zip(*runs, strict=True))
        print(f"{which:14} {wall:6.2f} s by the clock, {cpu:6.2f} s of CPU")
    print(json.dumps({"load": os.getloadavg()}))


if __name__ == "__main__":
    main()
