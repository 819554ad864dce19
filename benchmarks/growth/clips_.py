"""The twelve rules in CLIPS (twelve.clp) through clipspy, a session a patient, on one core."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import clips
from clips.facts import Fact, lib
from peer import BYPASS, FAMILY, Found, Line, Stopwatch, edits, judged_by_patient, run

NIL = clips.Symbol("nil")


def release(fact: Fact) -> None:
    lib.ReleaseFact(fact._fact)


# clipspy 1.0.6 hands this C function an argument too many and swallows the error, so no fact is ever freed and each
# run sweeps all that were ever retracted: 200,000 lines would take minutes. With the call mended CLIPS is itself.
Fact.__del__ = release


class Session:
    """An environment that keeps the rules and the edits, and takes in one patient after another."""

    def __init__(self, pairs: Path) -> None:
        self._environment = clips.Environment()
        self._environment.define_function(self._found, "found")
        self._environment.load(str(Path(__file__).with_name("twelve.clp")))
        self._line = self._environment.find_template("line")
        edit = self._environment.find_template("edit")
        for each in edits(pairs):
            edit.assert_fact(**each._asdict())
        self._findings: set[Found] = set()

    def _found(self, rule: str, line: int) -> None:
        self._findings.add((rule, line))

    def judge(self, lines: list[Line]) -> set[Found]:
        """Asserts the lines of a patient, runs, and retracts them."""
        self._findings = set()
        facts = [self._line.assert_fact(**slots(line)) for line in lines]
        self._environment.run()
        for fact in facts:
            fact.retract()
        return self._findings


FAMILIES = {family: clips.Symbol(family) for family in FAMILY.values()}
YES, NO = clips.Symbol("yes"), clips.Symbol("no")


def slots(line: Line) -> dict[str, object]:
    family = FAMILY.get(line.procedure)
    return {
        "number": line.line,
        "payer": line.payer,
        "day": line.service_date.toordinal(),
        "year": line.service_date.year,
        "procedure": line.procedure,
        "family": NIL if family is None else FAMILIES[family],
        "modifiers": line.modifiers,
        "units": line.units,
        "due": NIL if line.minutes is None else (line.minutes + 7) // 15,
        "npi": line.npi,
        "licence": line.licence or NIL,
        "bypass": NO if BYPASS.isdisjoint(line.modifiers) else YES,
    }


def judge(lines: Path, pairs: Path, watch: Stopwatch) -> Counter[str]:
    session = Session(pairs)
    watch.lap("setup")
    return judged_by_patient(lines, watch, session.judge)


if __name__ == "__main__":
    run(judge)
