"""Compares the engines on random examples for as long as you like: ``python -m tests.fuzz --minutes 30``.

A difference is cut down, kept under ``tests/regressions/``, and ends the run with exit code 1. The
examples run in child processes, because an engine in C may take its process with it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import secrets
import signal
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from time import monotonic

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.policy.diagnostics import PolicyError
from tests.strategies import regressions
from tests.strategies.compare import MakeEngine, answers, difference, engines
from tests.strategies.examples import Example, example, rolled_written
from tests.strategies.minimise import minimise
from tests.strategies.seen import Seen

CHUNK = 500
"""Examples a process: enough to age an engine, few enough to keep memory flat."""
VERDICTS = ("violation", "needs_info", "bypassed")


@dataclass(frozen=True)
class Task:
    """Examples ``first`` to ``last`` (left out) of a seed, on some engines, until a time."""

    seed: str
    first: int
    last: int
    engines: tuple[str, ...]
    until: float


def main() -> int:
    """Runs until the minutes are over, Ctrl-C, a difference, or the end of an engine."""
    given = _arguments()
    seed = given.seed or secrets.token_hex(4)
    chosen = tuple(name for name in engines() if not given.engine or name in given.engine)
    print(f"seed {seed}, engines {', '.join(chosen) or 'none installed'}", flush=True)
    if not chosen:
        return 2
    seen = Seen()
    start = monotonic()
    until = start + given.minutes * 60
    end = given.first + given.count if given.count else None
    number, code = given.first, 0
    try:
        while code == 0 and monotonic() < until and (end is None or number < end):
            last = number + CHUNK if end is None else min(number + CHUNK, end)
            code = _chunk(Task(seed, number, last, chosen, until), seen)
            number = last
            _report(seen, monotonic() - start)
    except KeyboardInterrupt:
        print("stopped")
    print(seen)
    print("never seen:", ", ".join(seen.absent()) or "nothing")
    return code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare the engines on random policies and random claims.")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="how long (default: until Ctrl-C)")
    parser.add_argument("--seed", default="", help="repeat a run (default: a new seed, which is printed)")
    parser.add_argument("--first", type=int, default=0, help="number of the first example of the seed")
    parser.add_argument("--count", type=int, default=0, help="how many examples (default: no limit)")
    parser.add_argument("--engine", choices=sorted(engines()), action="append", help="compare only these")
    return parser.parse_args()


def _chunk(task: Task, seen: Seen) -> int:
    """Runs a task in a child, adds what it saw, and says 1 if engines differ or one of them died."""
    receive, send = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.Process(target=_work, args=(task, send))
    child.start()
    send.close()
    under_way, same = "", True
    while True:
        try:
            message = receive.recv()
        except EOFError:
            break
        if isinstance(message, Seen):
            seen.merge(message)
        elif isinstance(message, bool):
            same = message
        else:
            under_way = message
    child.join()
    if child.exitcode:
        name = signal.Signals(-child.exitcode).name if child.exitcode < 0 else f"exit code {child.exitcode}"
        print(f"the process of an engine ended by {name} at example {under_way}")
        print(f"again: python -m tests.fuzz --seed {task.seed} --first {task.first} --count {CHUNK}", flush=True)
    return int(bool(child.exitcode) or not same)


def _work(task: Task, send: Connection) -> None:
    seen = Seen()
    same = True
    for number in range(task.first, task.last):
        if monotonic() > task.until or not same:
            break
        send.send(str(number))
        same = _compare(f"{task.seed}-{number}", task.engines, seen)
    send.send(same)
    send.send(seen)
    send.close()


def _compare(seed: str, names: tuple[str, ...], seen: Seen) -> bool:
    """Compares engines on one example; keeps it, cut down, if one differs from the definition."""
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
    for name in names:
        make = engines()[name]
        found = difference(made, seen.watching(make), edition=edition, right=right)
        if found is not None:
            print(f"{name} differs on example {seed}\n{found}\ncutting it down …", flush=True)
            small = minimise(made, partial(_fails, make))
            folder = regressions.FOLDER / f"{name}-{seed}"
            regressions.write(small, folder, f"{name} differed from the definition; seed {seed}")
            print(f"kept in {folder}\n{difference(small, make)}", flush=True)
            return False
    return True


def _fails(make: MakeEngine, smaller: Example) -> bool:
    return difference(smaller, make) is not None


def _report(seen: Seen, seconds: float) -> None:
    total = seen.examples + seen.refused
    verdicts = ", ".join(f"{seen.counts[name]:,} {name}" for name in VERDICTS)
    print(f"{total:,} examples in {seconds:.0f} s, {total / seconds:.1f} a second; {verdicts}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
