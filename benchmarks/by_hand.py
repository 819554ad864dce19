"""The twelve rules without our compiler, to say how far our engine is from what a hand could write.

    python benchmarks/by_hand.py [--lines 200000] [--rounds 3]

Two peers: the rules as a user of durable_rules would write them for its C module, and plain Python
loops. Peers only count (rule, line, verdict); ours also composes messages, fixes, related lines and
fingerprints, so it does more in its time. Timed is everything from lines in memory, grouped by
patient, to counts; reading and our compiling are not. The engines take turns in one process.
"""

from __future__ import annotations

import argparse
import csv
import gc
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import NamedTuple

import durable_rules_engine as c_module
from durable_lines import AS_OF, DATA, HERE, PARTITION, counts, read

from cleanclaim.backends.choose import choose
from cleanclaim.claims.model import Line
from cleanclaim.lint import edition_of
from cleanclaim.policy.load import load_library

MASSAGE, INSERT = "97124", "A5512"
FAMILY = {
    **dict.fromkeys(("98940", "98941", "98942"), "cmt"),
    **dict.fromkeys(("97124", "97140", "97110", "97112"), "timed"),
    **dict.fromkeys(("99446", "99447", "99448", "99449"), "consult"),
    **dict.fromkeys(("99213", "99214"), "visit"),
}
BYPASS = frozenset({"59", "XE", "XS", "XP", "XU", "25"})
LICENSED = frozenset({"LMT", "DC", "PT"})

Patients = list[list[Line]]
Found = set[tuple[str, int]]
"""The rule, with ``?`` where information is missing, and the line."""


class Edit(NamedTuple):
    """A row of the pair table; dates are ordinals, both included."""

    column1: str
    effective: int
    deletion: int
    bypassable: bool


@cache
def edits_by_column2() -> dict[str, list[Edit]]:
    """The rows of the pair table that apply (indicator 0 or 1) by their second code."""
    edits: dict[str, list[Edit]] = {}
    with (HERE / "twelve" / "tables" / "ptp.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            if (indicator := row["modifier_indicator"]) != "9":
                dates = (date.fromisoformat(row[name] or "9999-12-31") for name in ("effective", "deletion"))
                first, last = (day.toordinal() for day in dates)
                edits.setdefault(row["column2"], []).append(Edit(row["column1"], first, last, indicator == "1"))
    return edits


Test = dict[str, object]
Pattern = dict[str, dict[str, list[Test]]]


def pattern(alias: str, kind: str, *tests: Test) -> Pattern:
    """One pattern in the order that is safe: kind, constants, joins, and the kind again as sentinel."""
    return {alias: {"$and": [{"kind": kind}, *tests, {"$and": [{"kind": kind}]}]}}


def judged(*tests: Test) -> Pattern:
    return pattern("l", "line", *tests)


def other(*tests: Test) -> Pattern:
    return pattern("m", "line", *tests)


def no_other(*tests: Test) -> Pattern:
    return pattern("m$not", "line", *tests)


def same(*fields: str) -> list[Test]:
    return [{field: {"l": field}} for field in fields]


def than_judged(operator: str, field: str, less: int = 0) -> Test:
    """Compares a field of the other line with that of the judged line, or with so much less."""
    return {operator: {field: {"$sub": {"$l": {"l": field}, "$r": less}} if less else {"l": field}}}


def pair(bypassable: int, *tests: Test) -> list[Pattern]:
    """R12 for the edits of one indicator."""
    dates: list[Test] = [{"$gte": {"date": {"e": "effective"}}}, {"$lte": {"date": {"e": "deletion"}}}]
    edit = pattern("e", "edit", {"bypassable": bypassable})
    code1: Test = {"procedure": {"e": "column1"}}
    return [edit, judged(*tests, {"procedure": {"e": "column2"}}, *dates), other(code1, *same("date", "npi"))]


GATE = pattern("g", "stage", {"n": 1})
CODE: Test = {"procedure": MASSAGE}
CMT, TIMED, CONSULT, VISIT = ({"family": each} for each in ("cmt", "timed", "consult", "visit"))
EARLIER = than_judged("$lt", "line")
TWICE = same("date", "procedure", "npi", "modifiers")
UNLICENSED: list[Test] = [{"$neq": {"licence": licence}} for licence in ("none", *sorted(LICENSED))]
RULES: dict[str, list[Pattern]] = {
    "gate": [],
    "R1": [judged(CODE, {"payer": "ACME"}, {"apart": 0}), other(CMT, *same("date"))],
    "R2": [judged(CODE, {"payer": "BETA"}), no_other(CMT, *same("date"))],
    "R3": [judged(CODE, *UNLICENSED)],
    "R3?": [judged(CODE, {"licence": "none"})],
    "R4": [judged(TIMED, {"$gte": {"due": 0}}, {"$gt": {"units": {"$m": "due"}}})],
    "R4?": [judged(TIMED, {"due": -1})],
    "R5": [judged(TIMED), pattern("d", "day", {"$gt": {"units": 4}}, *same("date"))],
    "R6": [judged({"procedure": INSERT}), pattern("y", "year", {"$gt": {"units": 6}}, *same("year"))],
    "R7": [judged(CONSULT), other(VISIT, *same("npi"), than_judged("$lte", "date"), than_judged("$gte", "date", 14))],
    "R8/earlier day": [judged(CONSULT), other(CONSULT, than_judged("$lt", "date"), than_judged("$gt", "date", 7))],
    "R8/same day": [judged(CONSULT), other(CONSULT, *same("date"), EARLIER)],
    "R9": [judged(CMT, {"payer": "MEDICARE"}, {"at": 0})],
    "R10": [judged(), other(*TWICE, EARLIER)],
    "R11": [judged({"procedure": "97811"}), no_other({"procedure": "97810"}, *same("date"))],
    "R12/always": pair(0),
    "R12/unless bypassed": pair(1, {"bypass": 0}),
}
text = cache(json.dumps)


def facts_of(lines: list[Line]) -> list[str]:
    """What the host asserts of one patient, the gate last: lines, sums of R5 and R6, edits of R12."""
    facts: list[str] = []
    days: Counter[int] = Counter()
    years: Counter[int] = Counter()
    edits: set[tuple[str, Edit]] = set()
    billed = {line.procedure for line in lines}
    table = edits_by_column2()
    for line in lines:
        procedure, modifiers, units = line.procedure or "", line.modifiers, int(line.units or 0)
        day, year, family = line.service_date.toordinal(), line.service_date.year, FAMILY.get(procedure, "")
        due = -1 if line.minutes is None else (int(line.minutes) + 7) // 15
        licence = "none" if line.performer_licences is None else ",".join(line.performer_licences)
        if family == "timed":
            days[day] += units
        elif procedure == INSERT:
            years[year] += units
        edits.update((procedure, edit) for edit in table.get(procedure, ()) if edit.column1 in billed)
        facts.append(
            f'"kind":"line","line":{line.line},"date":{day},"year":{year},"units":{units},"due":{due},'
            f'"procedure":{text(procedure)},"family":"{family}","payer":{text(line.payer)},'
            f'"npi":{text(line.rendering_npi)},"licence":{text(licence)},"modifiers":{text(",".join(modifiers))},'
            f'"apart":{+("59" in modifiers or "XS" in modifiers)},"at":{+("AT" in modifiers)},'
            f'"bypass":{+(not BYPASS.isdisjoint(modifiers))}'
        )
    facts += [f'"kind":"day","date":{day},"units":{units}' for day, units in days.items()]
    facts += [f'"kind":"year","year":{year},"units":{units}' for year, units in years.items()]
    facts += [
        f'"kind":"edit","column1":{text(edit.column1)},"column2":{text(column2)},"effective":{edit.effective},'
        f'"deletion":{edit.deletion},"bypassable":{+edit.bypassable}'
        for column2, edit in edits
    ]
    return [*facts, '"kind":"stage","n":1']


def fired(ruleset: int, facts: list[str]) -> Found:
    """Asserts the facts of one patient, drains the agenda and deletes the state."""
    batch = ",".join([f'{{"id":"{at}","sid":"0",{fact}}}' for at, fact in enumerate(facts)])
    code, offset = c_module.assert_facts(ruleset, f"[{batch}]")
    found: Found = set()
    gates = 0
    started = c_module.start_action_for_state(ruleset, offset)
    message = started[1] if started else None
    while message:
        ((rule, matched),) = json.loads(message).items()
        if rule == "gate":
            gates += 1
        else:
            found.add((rule.partition("/")[0], matched["l"]["line"]))
        message = c_module.complete_and_start_action(ruleset, offset)
    c_module.delete_state(ruleset, "0")
    if code not in (0, 1) or gates != 1:
        raise RuntimeError(f"durable_rules lost facts of a patient (code {code})")
    return found


def judge_with_durable_rules(patients: Patients) -> Counter[str]:
    """Findings by rule, by the rules above on the C module of durable_rules."""
    definition = {name: {"all": [GATE, *patterns]} for name, patterns in RULES.items()}
    ruleset = c_module.create_ruleset("by_hand", json.dumps(definition))
    try:
        # Deleting a state in whose place no action ever ran crashes, so one dummy patient goes first.
        fired(ruleset, facts_of([]))
        return Counter(rule for lines in patients for rule, _ in fired(ruleset, facts_of(lines)))
    finally:
        c_module.delete_ruleset(ruleset)


def looped(lines: list[Line]) -> Found:
    """The findings on one patient."""
    found: Found = set()
    days: dict[date, list[Line]] = {}
    years: Counter[int] = Counter()
    consults: list[Line] = []
    visits: list[Line] = []
    for line in lines:
        days.setdefault(line.service_date, []).append(line)
        if line.procedure == "A5512":
            years[line.service_date.year] += int(line.units or 0)
        elif line.procedure in IPC:
            consults.append(line)
        elif line.procedure in EM:
            visits.append(line)
    for day, billed in days.items():
        found |= looped_day(day, billed)
    for line in lines:
        if line.procedure == "A5512" and years[line.service_date.year] > 6:
            found.add(("R6", line.line))
    for line in consults:
        day = line.service_date
        if any(m.rendering_npi == line.rendering_npi and 0 <= (day - m.service_date).days <= 14 for m in visits):
            found.add(("R7", line.line))
        turn = (day, line.line)
        if any((m.service_date, m.line) < turn and (day - m.service_date).days < 7 for m in consults):
            found.add(("R8", line.line))
    return found


def looped_day(day: date, lines: list[Line]) -> Found:
    """The findings on one patient's day that need no other day."""
    found: Found = set()
    table, ordinal = edits_by_column2(), day.toordinal()
    codes = {line.procedure for line in lines}
    adjusted = not CMT.isdisjoint(codes)
    performed = {(line.procedure, line.rendering_npi) for line in lines}
    timed_units = sum(int(line.units or 0) for line in lines if line.procedure in TIMED)
    first: dict[tuple[str | None, str | None, tuple[str, ...]], int] = {}
    for line in lines:
        key = (line.procedure, line.rendering_npi, line.modifiers)
        first[key] = min(first.get(key, line.line), line.line)
    for line in lines:
        number, procedure, npi, modifiers = line.line, line.procedure or "", line.rendering_npi, line.modifiers
        if procedure == MASSAGE:
            if line.payer == "ACME" and adjusted and "59" not in modifiers and "XS" not in modifiers:
                found.add(("R1", number))
            if line.payer == "BETA" and not adjusted:
                found.add(("R2", number))
            if line.performer_licences is None:
                found.add(("R3?", number))
            elif LICENSED.isdisjoint(line.performer_licences):
                found.add(("R3", number))
        if procedure in TIMED:
            if line.minutes is None:
                found.add(("R4?", number))
            elif (line.units or 0) > (line.minutes + 7) // 15:
                found.add(("R4", number))
            if timed_units > 4:
                found.add(("R5", number))
        if procedure in CMT and line.payer == "MEDICARE" and "AT" not in modifiers:
            found.add(("R9", number))
        if procedure == "97811" and "97810" not in codes:
            found.add(("R11", number))
        if first[procedure, npi, modifiers] < number:
            found.add(("R10", number))
        for column1, effective, deletion, bypassable in table.get(procedure, ()):
            if (column1, npi) in performed and effective <= ordinal <= deletion:
                if not bypassable or BYPASS.isdisjoint(modifiers):
                    found.add(("R12", number))
    return found


def judge_with_loops(patients: Patients) -> Counter[str]:
    """Findings by rule, by plain Python."""
    return Counter(rule for lines in patients for rule, _ in looped(lines))


def judge_with_ours() -> Callable[[Patients], Counter[str]]:
    """Our engine, compiled: it composes every finding and holds them all before they are counted."""
    engine = choose("durable", edition_of(load_library([HERE / "twelve"]).policies, AS_OF))
    return lambda patients: Counter(
        counts([finding for lines in patients for finding in engine.judge(PARTITION, lines)])
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    patients = read(options.lines)
    lines = sum(map(len, patients))
    expected = json.loads((DATA / "expected.json").read_text())[str(options.lines)]["counts"]
    edits_by_column2()
    engines = {
        "ours, durable": judge_with_ours(),
        "durable_rules by hand": judge_with_durable_rules,
        "plain loops": judge_with_loops,
    }
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in engines}
    right = True
    gc.collect()
    gc.freeze()
    for _ in range(options.rounds):
        for name, judge in engines.items():
            gc.collect()
            begun, cpu = time.perf_counter(), time.process_time()
            judged = judge(patients)
            took, cpu = time.perf_counter() - begun, time.process_time() - cpu
            rates[name].append((lines / took, lines / cpu))
            if judged != expected:
                right = False
                wrong = {rule for rule in expected.keys() | judged.keys() if expected.get(rule, 0) != judged[rule]}
                print(f"wrong: {name}", {rule: (expected.get(rule, 0), judged[rule]) for rule in sorted(wrong)})
    print(f"{lines:,} lines of {len(patients):,} patients, medians of {options.rounds} rounds")
    medians = {name: [statistics.median(each) for each in zip(*pairs, strict=True)] for name, pairs in rates.items()}
    ours = medians["ours, durable"]
    for name, (wall, busy) in medians.items():
        ratio = f"ours is {ours[0] / wall:.2f} of it by wall, {ours[1] / busy:.2f} by CPU"
        print(f"{name:22} {wall:>9,.0f} lines/s by wall {busy:>9,.0f} by CPU   {ratio}")
    print("all counts right" if right else "counts wrong")
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
