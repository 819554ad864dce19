"""Compares the engines on random examples for as long as you like: ``python -m tests.fuzz --minutes 30``.

A difference is cut down, kept under ``tests/regressions/``, and ends the run with exit code 1.
"""

from __future__ import annotations

import argparse
import secrets
from time import monotonic

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.policy.diagnostics import PolicyError
from tests.strategies import regressions
from tests.strategies.compare import answers, difference, engines
from tests.strategies.examples import example, rolled_written
from tests.strategies.minimise import minimise
from tests.strategies.seen import Seen

REPORT_SECONDS = 30.0


def main() -> int:
    """Runs until the minutes are over, Ctrl-C, or a difference."""
    parser = argparse.ArgumentParser(description="Compare the engines on random policies and random claims.")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="how long (default: until Ctrl-C)")
    parser.add_argument("--seed", default="", help="repeat a run (default: a new seed, which is printed)")
    parser.add_argument("--first", type=int, default=0, help="number of the first example of the seed")
    parser.add_argument("--engine", choices=sorted(engines()), action="append", help="compare only these")
    given = parser.parse_args()
    seed = given.seed or secrets.token_hex(4)
    chosen = {name: make for name, make in engines().items() if not given.engine or name in given.engine}
    print(f"seed {seed}, engines {', '.join(chosen) or 'none installed'}", flush=True)
    if not chosen:
        return 2
    seen = Seen()
    start = reported = monotonic()
    number = given.first
    try:
        while monotonic() - start < given.minutes * 60:
            for name in chosen:
                if not _same(name, f"{seed}-{number}", seen):
                    print(seen)
                    return 1
            number += 1
            if monotonic() - reported > REPORT_SECONDS:
                reported = monotonic()
                _report(seen, number - given.first, reported - start)
    except KeyboardInterrupt:
        print("stopped")
    print(seen)
    _report(seen, number - given.first, monotonic() - start)
    print("never seen:", ", ".join(seen.absent()) or "nothing")
    return 0


def _same(engine: str, seed: str, seen: Seen) -> bool:
    make = engines()[engine]
    choose, written = rolled_written(seed)
    try:
        policies = written.load()
    except PolicyError:
        seen.refused += 1
        return True
    made = example(choose, written, policies)
    edition = made.edition()
    right = list(answers(made, edition, ReferenceEngine))
    seen.add(made, right)
    found = difference(made, make, edition=edition, right=right)
    if found is None:
        return True
    print(f"{engine} differs on example {seed}\n{found}\ncutting it down …", flush=True)
    small = minimise(made, lambda smaller: difference(smaller, make) is not None)
    folder = regressions.FOLDER / f"{engine}-{seed}"
    regressions.write(small, folder, f"{engine} differed from the definition; seed {seed}")
    print(f"kept in {folder}\n{difference(small, make)}")
    return False


def _report(seen: Seen, examples: int, seconds: float) -> None:
    rate = examples / seconds
    verdicts = ", ".join(f"{seen.counts[name]:,} {name}" for name in ("violation", "needs_info", "bypassed"))
    print(f"{examples:,} examples in {seconds:.0f} s, {rate:.1f} a second; {verdicts}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
