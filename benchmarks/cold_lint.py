"""How long a cold ``cleanclaim lint`` of one claim takes, whole process, and where the time goes.

    python benchmarks/cold_lint.py [RUNS] [TABLES]

TABLES is a folder of imported tables (``ncci_import.py --keep DIR`` leaves a full release in DIR/store);
with it a Medicare claim is linted, with and without them.

Each step is a process of its own that does what the one before it does and one thing more, so the
differences of the medians are the parts. Times are wall seconds; the machine's noise is in the spread.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
LOAD = (
    "from cleanclaim.shipped import shipped; from cleanclaim.policy.load import load_library; "
    "library = load_library([shipped('policies')], lean=True)"
)
COMPILE = (
    "from datetime import date; from cleanclaim.lint import edition_of; from cleanclaim.backends.choose import choose; "
    "choose('auto', edition_of(library.policies, date.today()))"
)
GOAL, GOAL_WITH_TABLES = 0.6, 0.8


def one_claim(folder: Path, number: str) -> str:
    """A claim of the example batch, in a set whose counts are those of the batch."""
    text = (ROOT / "examples" / "batch.837").read_text(encoding="utf-8")
    trailer = text[text.index("SE*") :]
    begin = text.rindex("HL*", 0, text.index(f"CLM*{number}*"))
    end = text.find("HL*", begin + 1)
    path = folder / f"{number}.837"
    head = text[: text.index("HL*2*")]
    path.write_text(head + text[begin : end if end > 0 else text.index("SE*")] + trailer, encoding="utf-8")
    return str(path)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    with tempfile.TemporaryDirectory() as folder:
        claim, medicare = (one_claim(Path(folder), number) for number in ("EX-1001", "EX-1007"))
        steps = {
            "an empty Python": ["-c", "pass"],
            "and the commands imported": ["-c", "import cleanclaim_cli.main"],
            "and the library loaded": ["-c", f"import cleanclaim_cli.main; {LOAD}"],
            "and the engine compiled": ["-c", f"import cleanclaim_cli.main; {LOAD}; {COMPILE}"],
            "cleanclaim lint one.837": ["-m", "cleanclaim_cli.main", "lint", claim],
        }
        lint = ["-m", "cleanclaim_cli.main", "lint", medicare, "--tables"]
        with_tables = {"without tables": [*lint, str(Path(folder) / "none")]}
        if len(sys.argv) > 2:
            with_tables["with them"] = [*lint, sys.argv[2]]
        steps |= {f"a Medicare claim {name}": arguments for name, arguments in with_tables.items()}
        times: dict[str, list[float]] = {name: [] for name in steps}
        for _ in range(runs + 1):
            for name, arguments in steps.items():
                begun = time.perf_counter()
                done = subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
                times[name].append(time.perf_counter() - begun)
                if done.returncode not in (0, 1, 3):
                    sys.exit(done.stderr.decode())
    before = 0.0
    middles = {name: median(taken[1:]) for name, taken in times.items()}
    print(f"{'':32}  median     min     max   this part   ({runs} runs after a warm-up)")
    for name, taken in times.items():
        part = f"   {middles[name] - before:7.3f}" if "Medicare" not in name else ""
        print(f"{name:32} {middles[name]:7.3f} {min(taken[1:]):7.3f} {max(taken[1:]):7.3f}{part}")
        before = middles[name]
    goals = {"cleanclaim lint one.837": GOAL, "a Medicare claim with them": GOAL_WITH_TABLES}
    for name, goal in goals.items():
        if name in middles:
            print(f"{name}: goal {goal} s, {'met' if middles[name] <= goal else 'missed'} by the median")


if __name__ == "__main__":
    main()
