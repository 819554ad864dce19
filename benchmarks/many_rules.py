"""What thousands of contract rules cost: the same lines by 50 rules and by 5,000 of the same kinds, whole processes.

    python benchmarks/many_rules.py LINES.parquet [--rules 50 5000] [--rounds 3] [--cache DIR]

The rules are six kinds over the codes that the lines of ``../shared/bench/gen.py`` have, made from a seed: units a
line, modifiers with a charge, units a day, another code that day, licences, and a visit again within some days.
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
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from random import Random

import duckdb
from twelve_duckdb import ours

CODES = (
    *(str(70010 + n * 97) for n in range(200)),
    *("97124", "97140", "97110", "97112", "98940", "98941", "98942", "99213", "99214", "97810", "97811", "A5512"),
)
MODIFIERS = ("25", "59", "AT", "GP", "KX", "XE", "XS", "XU")
PAYERS = ("ACME", "BETA", "MEDICARE")
A_POLICY = 50
HEAD = """policy: contract/p{at}
title: Contract {at}
published: 2019-01-01
effective: {{from: {start}-01-01}}
scope: {{payers: [{payer}]}}
source: {{title: Made for measuring, illustration: true}}
rules:
"""
TAIL = """
    message: "{{procedure}}, {{units}} units: clause {clause}"
    fix: The contract allows no more.
    cite: "{clause}"
"""


@dataclass(frozen=True)
class Contract:
    """One rule: whose it is, its kind (0 to 5), and its constants, of which a kind uses some."""

    policy: int
    number: int
    start: int
    payer: str
    kind: int
    own: tuple[str, ...]
    other: tuple[str, ...]
    modifier: str
    days: int
    units: int
    charge: int
    billed: int
    least: int


def contracts(count: int) -> Iterator[Contract]:
    """So many rules, fifty a policy; the same each time."""
    roll = Random(7)
    for at in range(-(-count // A_POLICY)):
        start, payer = roll.choice((2010, 2015, 2019)), roll.choice(PAYERS)
        for number in range(min(A_POLICY, count - at * A_POLICY)):
            yield Contract(
                at,
                number,
                start,
                payer,
                (at * A_POLICY + number) % 6,
                own=tuple(roll.sample(CODES, roll.randint(1, 3))),
                other=tuple(roll.sample(CODES, roll.randint(1, 2))),
                modifier=roll.choice(MODIFIERS),
                days=roll.randint(7, 30),
                units=roll.randint(2, 4),
                charge=roll.choice((250, 280, 300)),
                billed=roll.randint(3, 5),
                least=roll.randint(2, 3),
            )


def body(rule: Contract) -> str:
    """What a rule says, in our language."""
    own, other, modifier = json.dumps(rule.own), json.dumps(rule.other), rule.modifier
    again = f"procedure: {own}, same: [patient, rendering_npi], units: {{gt: 1}}"
    near = f"within: {{days: {rule.days}, before: true}}"
    kinds = (
        f"flag_if: {{units: {{gt: {rule.units}}}}}",
        f'flag_if: {{modifiers: {{has_all: ["{modifier}"]}}, charge: {{gt: {rule.charge}}}}}',
        f"let: {{billed: {{total: units, of: {{procedure: {own}}}, same: [patient, service_date]}}}}\n"
        f"    flag_if: {{billed: {{gt: {rule.billed}}}}}",
        f"flag_if: {{another_line: {{procedure: {other}, same: [patient, service_date]}}}}\n"
        f'    unless: {{modifiers: {{has_any: ["{modifier}"]}}}}',
        f"flag_if: {{performer.licences: {{has_none: [LMT, DC, {modifier}]}}, units: {{ge: {rule.least}}}}}",
        f"flag_if: {{units: {{gt: 1}}, another_line: {{{again}, {near}}}}}",
    )
    return f"    for: {{procedure: {own}}}\n    {kinds[rule.kind]}"


def write(count: int, folder: Path) -> None:
    """Policies of so many rules in all."""
    for at, rules in groupby(contracts(count), attrgetter("policy")):
        own = list(rules)
        text = HEAD.format(at=at, start=own[0].start, payer=own[0].payer)
        for rule in own:
            text += f"  - id: r{rule.number}\n{body(rule)}{TAIL.format(clause=f'{at}.{rule.number}')}"
        (folder / f"p{at}.yaml").write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=Path)
    parser.add_argument("--rules", type=int, nargs="+", default=[50, 5000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    target = Path(tempfile.gettempdir()) / "many_rules.parquet"
    if arguments.one:
        config = {"threads": 2, "memory_limit": "6GB", "temp_directory": tempfile.gettempdir()}
        ours(arguments.lines, target, duckdb.connect(config=config), arguments.one, arguments.cache)
        return
    seconds: dict[int, list[tuple[float, float]]] = {count: [] for count in arguments.rules}
    found: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in arguments.rules:
            (Path(folder) / str(count)).mkdir()
            write(count, Path(folder) / str(count))
        for _ in range(arguments.rounds):
            for count in arguments.rules:
                before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
                library = str(Path(folder) / str(count))
                cached = [] if arguments.cache is None else ["--cache", str(arguments.cache)]
                subprocess.run([sys.executable, __file__, str(arguments.lines), "--one", library, *cached], check=True)
                wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
                cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                seconds[count].append((wall, cpu))
                found[count] = duckdb.execute(f"SELECT count(*) FROM '{target}'").fetchall()[0][0]
    medians = {count: [statistics.median(each) for each in zip(*runs, strict=True)] for count, runs in seconds.items()}
    least = medians[arguments.rules[0]]
    for count, (wall, cpu) in medians.items():
        times = f"{wall / least[0]:4.1f} times the first by the clock, {cpu / least[1]:4.1f} by CPU"
        print(f"{count:>6,} rules: {wall:6.2f} s, {cpu:6.2f} s of CPU, {times}, {found[count]:>9,} findings")
    target.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
