"""The twelve rules as plain Python loops, a patient at a time, on one core."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

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

Edits = Mapping[str, Sequence[Edit]]
"""Edits by their second code."""


def of_patient(lines: list[Line], table: Edits) -> Iterator[Found]:
    """The findings on one patient."""
    inserts = [line for line in lines if line.procedure == INSERT]
    consults = [line for line in lines if FAMILY.get(line.procedure) == "consult"]
    visits = [line for line in lines if FAMILY.get(line.procedure) == "visit"] if consults else []
    for day, billed in groupby(sorted(lines, key=attrgetter("service_date", "line")), attrgetter("service_date")):
        yield from of_day(day.toordinal(), list(billed), table)
    for line in inserts:
        if sum(m.units for m in inserts if m.service_date.year == line.service_date.year) > 6:
            yield "R6", line.line
    for line in consults:
        day, turn = line.service_date, (line.service_date, line.line)
        if any(m.npi == line.npi and 0 <= (day - m.service_date).days <= 14 for m in visits):
            yield "R7", line.line
        if any((m.service_date, m.line) < turn and (day - m.service_date).days < 7 for m in consults):
            yield "R8", line.line


def of_day(day: int, lines: list[Line], table: Edits) -> Iterator[Found]:
    """The findings on one patient's day, its lines by number, that need no other day."""
    codes = {line.procedure for line in lines}
    cmt = any(FAMILY.get(code) == "cmt" for code in codes)
    performed = {(line.procedure, line.npi) for line in lines}
    timed_units = sum(line.units for line in lines if FAMILY.get(line.procedure) == "timed")
    before: set[tuple[str, str, tuple[str, ...]]] = set()
    for line in lines:
        number, procedure, npi, modifiers = line.line, line.procedure, line.npi, line.modifiers
        family = FAMILY.get(procedure)
        if procedure == MASSAGE:
            if line.payer == "ACME" and cmt and "59" not in modifiers and "XS" not in modifiers:
                yield "R1", number
            if line.payer == "BETA" and not cmt:
                yield "R2", number
            if line.licence not in LICENSED:
                yield "R3?" if line.licence is None else "R3", number
        if family == "timed":
            if line.minutes is None or line.units > (line.minutes + 7) // 15:
                yield "R4?" if line.minutes is None else "R4", number
            if timed_units > 4:
                yield "R5", number
        if family == "cmt" and line.payer == "MEDICARE" and "AT" not in modifiers:
            yield "R9", number
        if (procedure, npi, modifiers) in before:
            yield "R10", number
        before.add((procedure, npi, modifiers))
        if procedure == MORE_NEEDLES and FIRST_NEEDLES not in codes:
            yield "R11", number
        for edit in table.get(procedure, ()):
            applies = edit.first <= day <= edit.last and (edit.indicator == 0 or BYPASS.isdisjoint(modifiers))
            if applies and (edit.column1, npi) in performed:
                yield "R12", number
                break


def judge(lines: Path, pairs: Path, watch: Stopwatch) -> Counter[str]:
    table: dict[str, list[Edit]] = {}
    for edit in edits(pairs):
        table.setdefault(edit.column2, []).append(edit)
    watch.lap("setup")
    return judged_by_patient(lines, watch, lambda own: set(of_patient(own, table)))


if __name__ == "__main__":
    run(judge)
