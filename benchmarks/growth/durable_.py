"""The twelve rules as a user of durable_rules would write them for its C module, a patient at a time, on one core.

The host sums units (R5, R6) and asserts the rows of the pair table that a patient can meet (R12): durable_rules has
no sums, and two thousand rows a patient would drown the rest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import durable_rules_engine as c_module
from peer import (
    BYPASS,
    FAMILY,
    FIRST_NEEDLES,
    INSERT,
    LICENSED,
    MASSAGE,
    MORE_NEEDLES,
    Edit,
    Found,
    Line,
    Stopwatch,
    edits,
    judged_by_patient,
    run,
)

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
    "R11": [on("l", {"procedure": MORE_NEEDLES}), on("m$not", {"procedure": FIRST_NEEDLES}, *same("day"))],
    "R12/0": [on("e", {"indicator": 0}, kind="edit"), on("l", SECOND, FROM, TO), PARTNER],
    "R12/1": [on("e", {"indicator": 1}, kind="edit"), on("l", {"bypass": 0}, SECOND, FROM, TO), PARTNER],
}
text = cache(json.dumps)


def facts_of(lines: list[Line], table: Mapping[str, Sequence[Edit]]) -> list[str]:
    """What the host asserts of one patient, the gate last: lines, sums of R5 and R6, edits of R12."""
    facts: list[str] = []
    sums: Counter[tuple[str, int]] = Counter()
    met: set[Edit] = set()
    billed = {line.procedure for line in lines}
    for line in lines:
        procedure, modifiers, units = line.procedure, line.modifiers, line.units
        day, year, family = line.service_date.toordinal(), line.service_date.year, FAMILY.get(procedure, "")
        due = -1 if line.minutes is None else (line.minutes + 7) // 15
        if family == "timed":
            sums["day", day] += units
        elif procedure == INSERT:
            sums["year", year] += units
        met.update(edit for edit in table.get(procedure, ()) if edit.column1 in billed)
        facts.append(
            f'"kind":"line","line":{line.line},"day":{day},"year":{year},"units":{units},"due":{due},'
            f'"procedure":{text(procedure)},"family":"{family}","payer":{text(line.payer)},'
            f'"npi":{text(line.npi)},"licence":{text(line.licence or "none")},"modifiers":{text(",".join(modifiers))},'
            f'"apart":{+("59" in modifiers or "XS" in modifiers)},"at":{+("AT" in modifiers)},'
            f'"bypass":{+(not BYPASS.isdisjoint(modifiers))}'
        )
    facts += [f'"kind":"{kind}","{kind}":{at},"units":{units}' for (kind, at), units in sums.items()]
    facts += [
        f'"kind":"edit","column1":{text(edit.column1)},"column2":{text(edit.column2)},"from":{edit.first},'
        f'"to":{edit.last},"indicator":{edit.indicator}'
        for edit in met
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


def judge(lines: Path, pairs: Path, watch: Stopwatch) -> Counter[str]:
    table: dict[str, list[Edit]] = {}
    for edit in edits(pairs):
        table.setdefault(edit.column2, []).append(edit)
    definition = {name: {"all": [GATE, *patterns]} for name, patterns in RULES.items()}
    ruleset = c_module.create_ruleset("by_hand", json.dumps(definition))
    # Deleting a state in whose place no action ever ran crashes, so one dummy patient goes first.
    fired(ruleset, facts_of([], table))
    watch.lap("setup")
    return judged_by_patient(lines, watch, lambda own: fired(ruleset, facts_of(own, table)))


if __name__ == "__main__":
    run(judge)
