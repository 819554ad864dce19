"""The twelve rules without our compiler (python benchmarks/by_hand.py), to say what a hand could reach.

Two peers: the rules as a user of durable_rules would write them for its C module, and plain Python loops. Peers
only count (rule, line, verdict); ours also composes messages, fixes, related lines and fingerprints, so it does
more in its time. Timed is everything from lines in memory, grouped by patient, to counts; reading and our
compiling are not. The engines take turns in one process.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import groupby
from operator import attrgetter

import durable_rules_engine as c_module
from durable_lines import AS_OF, DATA, HERE, PARTITION, counts, read
from pyarrow.parquet import read_table

from cleanclaim.backends.choose import choose
from cleanclaim.claims.model import Line
from cleanclaim.lint import edition_of
from cleanclaim.policy.load import load_library

LINES, ROUNDS = 200_000, 3
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
Found = tuple[str, int]
"""The rule, with ``?`` where information is missing, and the line's number."""
Edit = tuple[str, int, int, int]
"""A row of the pair table: column1, effective and deletion as ordinals, modifier indicator."""


@cache
def edits_by_column2() -> dict[str, list[Edit]]:
    """The rows of the pair table that apply (indicator 0 or 1) by their second code."""
    edits: dict[str, list[Edit]] = {}
    for row in read_table(DATA / "ptp.parquet").to_pylist():
        if row["modifier_indicator"] != 9:
            dates = row["effective"].toordinal(), (row["deletion"] or date.max).toordinal()
            edits.setdefault(row["column2"], []).append((row["column1"], *dates, row["modifier_indicator"]))
    return edits


Test = Mapping[str, object]
Pattern = dict[str, dict[str, list[Test]]]


def on(alias: str, *tests: Test, kind: str = "line") -> Pattern:
    """One pattern in the order that is safe: kind, constants, joins, and the kind again as sentinel."""
    return {alias: {"$and": [{"kind": kind}, *tests, {"$and": [{"kind": kind}]}]}}


def same(*fields: str) -> list[Test]:
    return [{field: {"l": field}} for field in fields]


def than(operator: str, field: str, less: int = 0) -> Test:
    """Compares a field of another line with that of line ``l``, or with so much less."""
    return {operator: {field: {"$sub": {"$l": {"l": field}, "$r": less}} if less else {"l": field}}}


GATE = on("g", {"n": 1}, kind="stage")
SECOND, FROM, TO = {"procedure": {"e": "column2"}}, {"$gte": {"day": {"e": "from"}}}, {"$lte": {"day": {"e": "to"}}}
PARTNER = on("m", {"procedure": {"e": "column1"}}, *same("day", "npi"))
CMT, TIMED, CONSULT, VISIT = ({"family": each} for each in ("cmt", "timed", "consult", "visit"))
RULES: dict[str, list[Pattern]] = {
    "gate": [],
    "R1": [on("l", {"procedure": MASSAGE}, {"payer": "ACME"}, {"apart": 0}), on("m", CMT, *same("day"))],
    "R2": [on("l", {"procedure": MASSAGE}, {"payer": "BETA"}), on("m$not", CMT, *same("day"))],
    "R3": [on("l", {"procedure": MASSAGE}, *({"$neq": {"licence": each}} for each in ("none", *sorted(LICENSED))))],
    "R3?": [on("l", {"procedure": MASSAGE}, {"licence": "none"})],
    "R4": [on("l", TIMED, {"$gte": {"due": 0}}, {"$gt": {"units": {"$m": "due"}}})],
    "R4?": [on("l", TIMED, {"due": -1})],
    "R5": [on("l", TIMED), on("d", {"$gt": {"units": 4}}, *same("day"), kind="day")],
    "R6": [on("l", {"procedure": INSERT}), on("y", {"$gt": {"units": 6}}, *same("year"), kind="year")],
    "R7": [on("l", CONSULT), on("m", VISIT, *same("npi"), than("$lte", "day"), than("$gte", "day", 14))],
    "R8/earlier day": [on("l", CONSULT), on("m", CONSULT, than("$lt", "day"), than("$gt", "day", 7))],
    "R8/same day": [on("l", CONSULT), on("m", CONSULT, *same("day"), than("$lt", "line"))],
    "R9": [on("l", CMT, {"payer": "MEDICARE"}, {"at": 0})],
    "R10": [on("l"), on("m", *same("day", "procedure", "npi", "modifiers"), than("$lt", "line"))],
    "R11": [on("l", {"procedure": "97811"}), on("m$not", {"procedure": "97810"}, *same("day"))],
    "R12/0": [on("e", {"indicator": 0}, kind="edit"), on("l", SECOND, FROM, TO), PARTNER],
    "R12/1": [on("e", {"indicator": 1}, kind="edit"), on("l", {"bypass": 0}, SECOND, FROM, TO), PARTNER],
}
text = cache(json.dumps)


def facts_of(lines: list[Line]) -> list[str]:
    """What the host asserts of one patient, the gate last: lines, sums of R5 and R6, edits of R12."""
    facts: list[str] = []
    sums: Counter[tuple[str, int]] = Counter()
    edits: set[tuple[str, Edit]] = set()
    table, billed = edits_by_column2(), {line.procedure for line in lines}
    for line in lines:
        procedure, modifiers, units = line.procedure or "", line.modifiers, int(line.units or 0)
        day, year, family = line.service_date.toordinal(), line.service_date.year, FAMILY.get(procedure, "")
        due = -1 if line.minutes is None else (int(line.minutes) + 7) // 15
        licence = "none" if line.performer_licences is None else ",".join(line.performer_licences)
        if family == "timed":
            sums["day", day] += units
        elif procedure == INSERT:
            sums["year", year] += units
        edits.update((procedure, edit) for edit in table.get(procedure, ()) if edit[0] in billed)
        facts.append(
            f'"kind":"line","line":{line.line},"day":{day},"year":{year},"units":{units},"due":{due},'
            f'"procedure":{text(procedure)},"family":"{family}","payer":{text(line.payer)},'
            f'"npi":{text(line.rendering_npi)},"licence":{text(licence)},"modifiers":{text(",".join(modifiers))},'
            f'"apart":{+("59" in modifiers or "XS" in modifiers)},"at":{+("AT" in modifiers)},'
            f'"bypass":{+(not BYPASS.isdisjoint(modifiers))}'
        )
    facts += [f'"kind":"{kind}","{kind}":{at},"units":{units}' for (kind, at), units in sums.items()]
    facts += [
        f'"kind":"edit","column1":{text(one)},"column2":{text(two)},"from":{first},"to":{last},"indicator":{indicator}'
        for two, (one, first, last, indicator) in edits
    ]
    return [*facts, '"kind":"stage","n":1']


def fired(ruleset: int, facts: list[str]) -> set[Found]:
    """Asserts the facts of one patient, drains the agenda and deletes the state."""
    batch = ",".join([f'{{"id":"{at}","sid":"0",{fact}}}' for at, fact in enumerate(facts)])
    code, offset = c_module.assert_facts(ruleset, f"[{batch}]")
    found: list[Found] = []
    message = (c_module.start_action_for_state(ruleset, offset) or (0, None))[1]
    while message:
        ((rule, matched),) = json.loads(message).items()
        found.append((rule.partition("/")[0], matched["l"]["line"] if rule != "gate" else 0))
        message = c_module.complete_and_start_action(ruleset, offset)
    c_module.delete_state(ruleset, "0")
    if code not in (0, 1) or found.count(("gate", 0)) != 1:
        raise RuntimeError(f"durable_rules lost facts of a patient (code {code})")
    return set(found) - {("gate", 0)}


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


def looped(lines: list[Line]) -> Iterator[Found]:
    """The findings on one patient, by loops."""
    inserts = [line for line in lines if line.procedure == INSERT]
    consults = [line for line in lines if FAMILY.get(line.procedure or "") == "consult"]
    visits = [line for line in lines if FAMILY.get(line.procedure or "") == "visit"] if consults else []
    for day, billed in groupby(sorted(lines, key=attrgetter("service_date", "line")), attrgetter("service_date")):
        yield from looped_day(day.toordinal(), list(billed))
    for line in inserts:
        if sum(int(m.units or 0) for m in inserts if m.service_date.year == line.service_date.year) > 6:
            yield "R6", line.line
    for line in consults:
        day, turn = line.service_date, (line.service_date, line.line)
        if any(m.rendering_npi == line.rendering_npi and 0 <= (day - m.service_date).days <= 14 for m in visits):
            yield "R7", line.line
        if any((m.service_date, m.line) < turn and (day - m.service_date).days < 7 for m in consults):
            yield "R8", line.line


def looped_day(day: int, lines: list[Line]) -> Iterator[Found]:
    """The findings on one patient's day, its lines by number, that need no other day."""
    codes = {line.procedure or "" for line in lines}
    cmt = any(FAMILY.get(code) == "cmt" for code in codes)
    performed = {(line.procedure, line.rendering_npi) for line in lines}
    timed_units = sum(int(line.units or 0) for line in lines if FAMILY.get(line.procedure or "") == "timed")
    before: set[tuple[str, str | None, tuple[str, ...]]] = set()
    for line in lines:
        number, procedure, npi, modifiers = line.line, line.procedure or "", line.rendering_npi, line.modifiers
        family, bypass = FAMILY.get(procedure), not BYPASS.isdisjoint(modifiers)
        if procedure == MASSAGE:
            if line.payer == "ACME" and cmt and "59" not in modifiers and "XS" not in modifiers:
                yield "R1", number
            if line.payer == "BETA" and not cmt:
                yield "R2", number
            if line.performer_licences is None or LICENSED.isdisjoint(line.performer_licences):
                yield "R3?" if line.performer_licences is None else "R3", number
        if family == "timed":
            if line.minutes is None or (line.units or 0) > (line.minutes + 7) // 15:
                yield "R4?" if line.minutes is None else "R4", number
            if timed_units > 4:
                yield "R5", number
        if family == "cmt" and line.payer == "MEDICARE" and "AT" not in modifiers:
            yield "R9", number
        if (procedure, npi, modifiers) in before:
            yield "R10", number
        before.add((procedure, npi, modifiers))
        if procedure == "97811" and "97810" not in codes:
            yield "R11", number
        for column1, first, last, indicator in edits_by_column2().get(procedure, ()):
            if (column1, npi) in performed and first <= day <= last and (indicator == 0 or not bypass):
                yield "R12", number
                break


def judge_with_loops(patients: Patients) -> Counter[str]:
    """Findings by rule, by plain Python."""
    return Counter(rule for lines in patients for rule, _ in looped(lines))


def main() -> None:
    patients = read(LINES)
    expected = json.loads((DATA / "expected.json").read_text())[str(LINES)]["counts"]
    ours = choose("durable", edition_of(load_library([HERE / "twelve"]).policies, AS_OF))
    engines: dict[str, Callable[[Patients], dict[str, int]]] = {
        "ours, durable": lambda patients: counts([each for group in patients for each in ours.judge(PARTITION, group)]),
        "durable_rules by hand": judge_with_durable_rules,
        "plain loops": judge_with_loops,
    }
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in engines}
    edits_by_column2()
    gc.freeze()
    for _ in range(ROUNDS):
        for name, judge in engines.items():
            gc.collect()
            begun, cpu = time.perf_counter(), time.process_time()
            judged = judge(patients)
            rates[name].append((LINES / (time.perf_counter() - begun), LINES / (time.process_time() - cpu)))
            if judged != expected:
                raise SystemExit(f"{name} counts wrong: {judged} for {expected}")
    medians = {name: [statistics.median(each) for each in zip(*pairs, strict=True)] for name, pairs in rates.items()}
    print(f"{LINES:,} lines of {len(patients):,} patients, all counts right; lines/s by wall (by CPU), {ROUNDS} rounds")
    ours_wall, ours_busy = medians["ours, durable"]
    for name, (wall, busy) in medians.items():
        print(f"{name:22} {wall:>9,.0f} ({busy:>9,.0f}), ours to it {ours_wall / wall:.2f} ({ours_busy / busy:.2f})")


if __name__ == "__main__":
    main()
