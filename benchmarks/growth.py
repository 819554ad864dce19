"""How cost grows with lines and with rules, cleanclaim beside its peers, whole processes in turns; with curves.

    python benchmarks/growth.py DATA [--peers VENV/bin/python] [--results FILE] [--images DIR]

DATA holds ``lines_N.parquet`` of every size asked for, and ``ptp.parquet``; ``../shared/bench/gen.py`` makes them.
The peers (growth/) run on another Python, in which ``benchmarks/requirements.txt`` is installed. Every peer goes as
far as it comes within the budget of seconds, and the table says where it stopped and why. All counts are checked:
against ``expected.json`` where that speaks of as many lines, else against the hand-written SQL on the same lines.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).parent / "growth"))
from process import Failed, Measured, measure

from tables import tables

HERE = Path(__file__).parent
EXPECTED = HERE.parents[1] / "shared" / "bench" / "expected.json"
PATIENCE = 15.0
"""A process that took longer than so many seconds is not repeated."""
HOPELESS = 1.5
"""A process is not started if in proportion to its last size it would take so many budgets."""


@dataclass(frozen=True)
class Peer:
    """One that judges: its name in the table, the script and what comes before its paths, and what it finds."""

    name: str
    script: str
    finds: str
    ours: bool = False
    rules: frozenset[str] | None = None
    """The rules that it says, if not all; its counts are checked for those."""


TRUTH = "DuckDB SQL by hand"
COMPLETE, COUNTS = "complete findings", "rule and line"
JUDGES = (
    Peer("cleanclaim audit", "cleanclaim_.py audit", "complete, kept in a store", ours=True),
    Peer("cleanclaim audit in 1 GB", "cleanclaim_.py audit-1GB", "complete, kept in a store", ours=True),
    Peer("cleanclaim on DuckDB", "cleanclaim_.py relational", COMPLETE, ours=True),
    Peer("DuckDB SQL by hand, complete", "duckdb_complete.py", COMPLETE),
    Peer(TRUTH, "duckdb_sql.py", COUNTS),
    Peer("Polars", "polars_.py", COUNTS),
    Peer("plain Python", "plain.py", COUNTS),
    Peer("Drools", "drools_.py", COUNTS),
    Peer("cleanclaim lint, DuckDB", "cleanclaim_.py lint-duckdb", COMPLETE, ours=True),
    Peer("cleanclaim lint, durable", "cleanclaim_.py lint-durable", COMPLETE, ours=True),
    Peer("cleanclaim's durable engine", "cleanclaim_.py durable", COMPLETE, ours=True),
    Peer("durable_rules by hand", "durable_.py", COUNTS),
    Peer("CLIPS", "clips_.py", COUNTS),
    Peer("ZEN, 3 of the 12 rules", "zen_.py", "rules of one line", rules=frozenset({"R3", "R4", "R9"})),
)
BY_STATEMENT = "DuckDB SQL, a statement a rule"
RULES = (
    Peer("cleanclaim on DuckDB", "contracts.py", COMPLETE, ours=True),
    Peer(BY_STATEMENT, "statements.py", COUNTS),
)
Outcome = dict[str, object]
"""What JSON keeps of one peer at one size: a median run, or ``reason`` alone."""


def command(peer: Peer, python: str) -> list[str]:
    script, *arguments = peer.script.split()
    return [sys.executable if peer.ours else python, str(HERE / "growth" / script), *arguments]


def wrong(peer: Peer, run: Measured, expected: Mapping[str, int] | None) -> str | None:
    """Why the counts of a run are not to be believed, if they are not."""
    if expected is None:
        return f"nothing to check its counts against: {TRUTH} did not run"
    right = {rule: n for rule, n in expected.items() if peer.rules is None or rule.rstrip("?") in peer.rules}
    return None if dict(run.counts) == right else f"wrong counts: {run.counts} for {right}"


def medians(runs: Sequence[Measured]) -> Outcome:
    """The run in the middle by the clock, with the memory of the hungriest."""
    middle = sorted(runs, key=lambda run: run.wall)[(len(runs) - 1) // 2]
    wall = statistics.median(run.wall for run in runs)
    return {**middle.as_json(), "wall": wall, "megabytes": max(run.megabytes for run in runs), "rounds": len(runs)}


def in_turns(
    peers: Sequence[Peer],
    commands: Mapping[str, Sequence[str]],
    options: argparse.Namespace,
    reasons: Mapping[str, str],
    check: Callable[[Peer, Measured, Mapping[str, Measured]], str | None],
) -> dict[str, Outcome]:
    """Every peer once a round; those with a reason not to run are not run."""
    runs: dict[str, list[Measured]] = {peer.name: [] for peer in peers}
    failed = dict(reasons)
    for number in range(options.rounds):
        for peer in peers:
            done = runs[peer.name]
            if peer.name in failed or (done and done[0].wall > PATIENCE):
                continue
            outcome = measure(commands[peer.name], options.budget)
            print(f"  {number + 1} {peer.name}: {told(outcome)}", file=sys.stderr, flush=True)
            if isinstance(outcome, Failed):
                failed[peer.name] = outcome.reason
            else:
                done.append(outcome)
        firsts = {name: done[0] for name, done in runs.items() if done}
        for peer in peers:
            for run in runs[peer.name][-1:]:
                if (fault := check(peer, run, firsts)) is not None:
                    raise SystemExit(f"{peer.name}: {fault}")
    return {
        peer.name: {"reason": failed[peer.name]} if peer.name in failed else medians(runs[peer.name]) for peer in peers
    }


def told(outcome: Measured | Failed) -> str:
    return outcome.reason if isinstance(outcome, Failed) else f"{outcome.wall:.2f} s, {outcome.megabytes} MB"


def beyond(last: Mapping[str, Outcome], times: float, budget: float) -> dict[str, str]:
    """Who need not be tried at a size ``times`` the last one, and why."""
    reasons: dict[str, str] = {}
    for name, outcome in last.items():
        wall = outcome.get("wall")
        if not isinstance(wall, float):
            reasons[name] = str(outcome["reason"])
        elif wall * times > budget * HOPELESS:
            reasons[name] = f"not run: {wall * times:,.0f} s in proportion"
    return reasons


def by_lines(options: argparse.Namespace) -> dict[str, dict[str, Outcome]]:
    """Every judge at every number of lines."""
    grown: dict[str, dict[str, Outcome]] = {}
    known = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
    last: dict[str, Outcome] = {}
    peers = [peer for peer in JUDGES if not options.only or peer.name in options.only or peer.name == TRUTH]
    before = 0
    for size in options.lines:
        print(f"{size:,} lines", file=sys.stderr)
        paths = [str(options.data / f"lines_{size}.parquet"), str(options.data / "ptp.parquet")]
        expected = known.get(str(size), {}).get("counts")

        def check(
            peer: Peer, run: Measured, firsts: Mapping[str, Measured], expected: Mapping[str, int] | None = expected
        ) -> str | None:
            hand = firsts[TRUTH].counts if TRUTH in firsts else None
            return wrong(peer, run, expected if expected is not None else hand)

        commands = {peer.name: [*command(peer, options.peers), *paths] for peer in peers}
        reasons = beyond(last, size / before, options.budget) if before else {}
        last = grown[str(size)] = in_turns(peers, commands, options, reasons, check)
        before = size
    return grown


def by_rules(options: argparse.Namespace) -> dict[str, dict[str, Outcome]]:
    """Contract rules compiled by us and as a statement each, on the same lines."""
    grown: dict[str, dict[str, Outcome]] = {}
    lines, last, before = str(options.data / f"lines_{options.rules_on}.parquet"), {}, 0
    for count in options.rules:
        print(f"{count:,} rules on {options.rules_on:,} lines", file=sys.stderr)

        def check(peer: Peer, run: Measured, firsts: Mapping[str, Measured]) -> str | None:
            # Past what a statement a rule bears, nothing else knows the counts; below it they were equal.
            return wrong(peer, run, firsts[BY_STATEMENT].counts) if BY_STATEMENT in firsts else None

        commands = {peer.name: [*command(peer, options.peers), lines, str(count)] for peer in RULES}
        # Only a statement a rule grows in proportion: of ours that is just what is to be seen.
        slow = {name: each for name, each in last.items() if name == BY_STATEMENT}
        reasons = beyond(slow, count / before, options.budget) if before else {}
        last = grown[str(count)] = in_turns(RULES, commands, options, reasons, check)
        before = count
    return grown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--peers", default=str(HERE.parent / ".venv-peers" / "bin" / "python"), metavar="PYTHON")
    parser.add_argument("--lines", type=int, nargs="*", default=[20_000, 200_000, 2_000_000, 10_000_000])
    parser.add_argument("--rules", type=int, nargs="*", default=[50, 500, 5_000])
    parser.add_argument("--rules-on", type=int, default=2_000_000, metavar="LINES")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--budget", type=float, default=60.0, metavar="SECONDS", help="of one process")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="peers, by their names in the table")
    parser.add_argument("--results", type=Path, default=HERE.parent / "build" / "growth.json")
    parser.add_argument("--images", type=Path, help="where the curves go; none are drawn without it")
    options = parser.parse_args()
    wanted = [options.data / f"lines_{size}.parquet" for size in {*options.lines, options.rules_on}]
    for path in [*wanted, options.data / "ptp.parquet"]:
        if not path.is_file():
            raise SystemExit(f"{path}: no such file; ../shared/bench/gen.py makes it")
    finds = {peer.name: peer.finds for peer in JUDGES}
    results = {"finds": finds, "lines": by_lines(options), "rules": by_rules(options), "rules_on": options.rules_on}
    options.results.parent.mkdir(parents=True, exist_ok=True)
    options.results.write_text(json.dumps(results, indent=1))
    print(tables(results))
    if options.images:
        drawn = [options.peers, str(HERE / "growth" / "draw.py"), str(options.results), str(options.images)]
        subprocess.run(drawn, check=True)


if __name__ == "__main__":
    main()
