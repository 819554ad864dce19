"""How long a cold ``cleanclaim lint`` of one claim takes, whole process, and where the time goes.

    python benchmarks/cold_lint.py [RUNS]

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
    "library = load_library([shipped('policies')])"
)
COMPILE = (
    "from datetime import date; from cleanclaim.lint import edition_of; from cleanclaim.backends.choose import choose; "
    "choose('auto', edition_of(library.policies, date.today()))"
)
GOAL = 0.6


def one_claim(folder: Path) -> Path:
    """The first claim of the example batch, in a set whose counts are those of the batch."""
    text = (ROOT / "examples" / "batch.837").read_text(encoding="utf-8")
    claim = text.index("CLM*")
    following = text.index("HL*", claim)
    path = folder / "one.837"
    path.write_text(text[:following] + text[text.index("SE*") :], encoding="utf-8")
    return path


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    with tempfile.TemporaryDirectory() as folder:
        claim = str(one_claim(Path(folder)))
        steps = {
            "an empty Python": ["-c", "pass"],
            "and the commands imported": ["-c", "import cleanclaim_cli.main"],
            "and the library loaded": ["-c", f"import cleanclaim_cli.main; {LOAD}"],
            "and the engine compiled": ["-c", f"import cleanclaim_cli.main; {LOAD}; {COMPILE}"],
            "cleanclaim lint one.837": ["-m", "cleanclaim_cli.main", "lint", claim],
        }
        times: dict[str, list[float]] = {name: [] for name in steps}
        for _ in range(runs + 1):
            for name, arguments in steps.items():
                begun = time.perf_counter()
                done = subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
                times[name].append(time.perf_counter() - begun)
                if done.returncode not in (0, 1, 3):
                    sys.exit(done.stderr.decode())
    before = 0.0
    print(f"{'':28}  median     min     max   this part   ({runs} runs after a warm-up)")
    for name, taken in times.items():
        taken = taken[1:]
        middle = median(taken)
        print(f"{name:28} {middle:7.3f} {min(taken):7.3f} {max(taken):7.3f}   {middle - before:7.3f}")
        before = middle
    print(f"goal: {GOAL} s; {'met' if before <= GOAL else 'missed'} by the median")


if __name__ == "__main__":
    main()
