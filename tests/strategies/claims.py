"""Random claim lines of a few patients: small pools, missing facts, history and log lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import FactValue, Line, Status
from tests.strategies.choose import Choose
from tests.strategies.pools import CLUSTERS, CODE_POOLS, DAYS, DECLARED, TYPES, family_of, value_of

SET_APART = ("claim", "line", "patient", "service_date", "service_through", "procedure")
"""Fields that every line is given first."""


def lines(choose: Choose, fields: Iterable[str]) -> tuple[Line, ...]:
    """Lines with values for these fields, in no special order; the rest of the fields stay empty."""
    wanted = sorted(name for name in fields if name not in SET_APART)
    days = choose.pick(CLUSTERS) if choose.chance(60) else choose.some(DAYS, 2, 4)
    codes = choose.some(CODE_POOLS["procedure"], 2, 5)
    patients = ("P1", "P2", "P3")[: choose.weighted(((45, 1), (40, 2), (15, 3)))]
    numbers: dict[str, int] = {}
    found: list[Line] = []
    for _ in range(choose.integer(3, 12)):
        line = _line(choose, wanted, choose.pick(patients), days, codes, numbers)
        found.append(line)
        if choose.chance(15):
            found.append(_again(choose, line, numbers))
    return tuple(found)


def _line(
    choose: Choose, wanted: list[str], patient: str, days: Sequence[date], codes: list[str], numbers: dict[str, int]
) -> Line:
    status = choose.weighted(((78, Status.CLAIM), (13, Status.HISTORY), (9, Status.LOG)))
    claim = choose.pick(("C1", "C2", "C3")) + ("H" if status is Status.HISTORY else "")
    number = numbers[claim] = numbers.get(claim, 0) + 1
    if choose.chance(1):
        number = 1
    day = choose.pick(days)
    line = Line(
        claim,
        number,
        patient,
        day,
        day if choose.chance(85) else choose.pick(DAYS),
        procedure=None if choose.chance(4) else choose.pick(codes),
        status=status,
    )
    values: dict[str, Any] = {BY_NAME[name].attribute: _value(choose, name) for name in wanted if name not in DECLARED}
    facts = {name: fact for name in wanted if name in DECLARED and (fact := _value(choose, name)) is not None}
    return line._replace(**values, facts=facts)


def _again(choose: Choose, line: Line, numbers: dict[str, int]) -> Line:
    """The same service billed once more, perhaps with its codes in another order."""
    numbers[line.claim] += 1
    again = line._replace(line=numbers[line.claim])
    if choose.chance(50):
        return again
    diagnoses, pointed = line.diagnoses, line.pointed_diagnoses
    return again._replace(
        modifiers=line.modifiers[::-1],
        diagnoses=diagnoses[::-1] if diagnoses is not None else None,
        pointed_diagnoses=pointed[::-1] if pointed is not None else None,
    )


def _value(choose: Choose, name: str) -> FactValue | None:
    type_ = TYPES[name]
    if (name in DECLARED or BY_NAME[name].nullable) and choose.chance(14):
        return None
    if type_ is not ValueType.CODES:
        return value_of(choose, type_, name)
    many = choose.weighted(((30, 0), (35, 1), (30, 2), (5, 3)))
    pool = CODE_POOLS[family_of(name)][:3]
    codes = tuple(choose.pick(pool) for _ in range(many))
    return codes + codes[:1] if choose.chance(15) else codes
