"""Which rules a line can be part of at all, by a few of its codes; lines alike in them share the answer.

A condition is tried with those codes known and everything else open. What cannot be anything but
false for them need not be looked at line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Protocol

from cleanclaim.backends.durable.local import POSITION_OF, REMEMBERED, Judged, Test, test_of
from cleanclaim.backends.durable.looks import Way
from cleanclaim.backends.durable.truth import FALSE, TRUE, UNKNOWN, Truth
from cleanclaim.claims.fields import BY_NAME
from cleanclaim.claims.model import Line
from cleanclaim.policy.model import (
    All,
    AnyOf,
    Compare,
    Condition,
    FieldOf,
    HasAny,
    InTable,
    IsMissing,
    Literal,
    Member,
    Not,
    Side,
)
from cleanclaim.policy.visit import fields_of, leaves, values_of_condition

SELECTIVE = ("procedure", "payer", "payer_name", "payer_type", "plan", "state", "claim_type")
"""Fields of few values by which rules mostly differ."""

ONLY_FALSE = 1 << FALSE
ONLY_TRUE = 1 << TRUE
MAY_BE_UNKNOWN = 1 << UNKNOWN
NEVER_TRUE = ONLY_FALSE | MAY_BE_UNKNOWN
ANYTHING = ONLY_FALSE | ONLY_TRUE | MAY_BE_UNKNOWN

Screen = Callable[[Line], int]
"""The truths a condition may have for a line, as a set of bits."""


class Sides(Protocol):
    """What screens the other side of a way."""

    def __call__(self, way: Way) -> Screen:
        """The screen of a way's conditions on the other line."""


@dataclass(eq=False)
class Entry:
    """What lines of one key can be part of: the numbers of rules, derivations and ways, screened."""

    screen_of: Sides
    rules: tuple[int, ...] = ()
    derivations: dict[int, bool] = field(default_factory=dict)
    _sides: dict[int, int] = field(default_factory=dict)

    def other_side(self, way: Way, line: Line) -> int:
        """The truths that a way's conditions on the other line may have."""
        mask = self._sides.get(way.number)
        if mask is None:
            mask = self._sides[way.number] = self.screen_of(way)(line)
        return mask


class _Alone:
    """A group of one line, to try closures on."""

    def __init__(self, line: Line) -> None:
        self.lines: Sequence[Line] = (line,)

    def fact(self, version: int, fact: str, at: int) -> Truth:
        """Derived facts are not screened."""
        return UNKNOWN


def screen(condition: Condition, side: Side) -> Screen:
    """What a condition may be for a line that stands on one side of it, by its selective fields.

    The answer is remembered by those of these fields that the condition reads.
    """
    read = {field.name for field in fields_of(condition) if field.side is side and not field.declared}
    made, answers = _screen(condition, side), dict[object, int]()
    selected = selector([name for name in SELECTIVE if name in read])

    def mask(line: Line) -> int:
        key = selected(line)
        found = answers.get(key)
        if found is None:
            if len(answers) >= REMEMBERED:
                answers.clear()
            found = answers[key] = made(line)
        return found

    return mask


def selector(fields: Collection[str]) -> Callable[[Line], object]:
    """What tells lines apart by some fields."""
    if not fields:
        return lambda line: None
    return itemgetter(*(POSITION_OF[BY_NAME[name].attribute] for name in fields))


def _screen(condition: Condition, side: Side) -> Screen:
    match condition:
        case All(parts):
            return _joined([_part(part, side) for part in parts], ONLY_FALSE, ONLY_TRUE)
        case AnyOf(parts):
            return _joined([_part(part, side) for part in parts], ONLY_TRUE, ONLY_FALSE)
        case Not(part):
            inner = _screen(part, side)
            return lambda line: _opposite(inner(line))
        case Compare() | Member() | HasAny() | IsMissing() if _selective(condition, side):
            test = test_of(condition, _no_tables)
            return lambda line: 1 << test(line, Judged(_Alone(line), 0, 0, line, {}), 0)
        case _:
            return lambda line: ANYTHING


def _part(part: Condition, side: Side) -> Screen:
    # A test by itself has far fewer different answers than all of them together.
    tested = not isinstance(part, All | AnyOf | Not) and _selective(part, side)
    return screen(part, side) if tested else _screen(part, side)


def _joined(screens: Sequence[Screen], decides: int, otherwise: int) -> Screen:
    def mask(line: Line) -> int:
        found, every = 0, True
        for each in screens:
            part = each(line)
            if part == decides:
                return decides
            found |= part & (decides | MAY_BE_UNKNOWN)
            every = every and bool(part & otherwise)
        return found | otherwise if every else found

    return mask


def _opposite(mask: int) -> int:
    swapped = mask & MAY_BE_UNKNOWN
    if mask & ONLY_FALSE:
        swapped |= ONLY_TRUE
    if mask & ONLY_TRUE:
        swapped |= ONLY_FALSE
    return swapped


def _selective(condition: Condition, side: Side) -> bool:
    return all(
        isinstance(leaf, Literal)
        or (isinstance(leaf, FieldOf) and leaf.side is side and not leaf.declared and leaf.name in SELECTIVE)
        for value in values_of_condition(condition)
        for leaf in leaves(value)
    )


def _no_tables(condition: InTable, values: object) -> Test:
    raise AssertionError("a table test is not screened")
