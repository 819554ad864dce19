"""What a condition rests on: which of the two lines, other lines, derived facts, lets, tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from cleanclaim.policy.model import (
    Condition,
    Dated,
    Derived,
    Exists,
    FieldOf,
    InTable,
    LetOf,
    Side,
    Value,
)
from cleanclaim.policy.visit import conditions, leaves, values_of_condition


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a condition or value rests on."""

    line: bool = False
    """The judged line: its fields, facts, lets, or the value of a param on its date."""
    other: bool = False
    looks: bool = False
    lets: bool = False
    tables: bool = False
    facts: frozenset[str] = frozenset()
    """Derived facts, of either line."""

    def __or__(self, more: Grounds) -> Grounds:
        return Grounds(
            self.line or more.line,
            self.other or more.other,
            self.looks or more.looks,
            self.lets or more.lets,
            self.tables or more.tables,
            self.facts | more.facts,
        )


NO_GROUNDS = Grounds()


def grounds_of_value(value: Value) -> Grounds:
    """What a value rests on."""
    return reduce(Grounds.__or__, (_leaf(leaf) for leaf in leaves(value)), NO_GROUNDS)


def grounds(root: Condition) -> Grounds:
    """What a condition rests on, the conditions inside it included."""
    found = NO_GROUNDS
    for condition in conditions(root):
        match condition:
            case Derived(fact, side):
                found |= Grounds(line=side is Side.LINE, other=side is Side.OTHER, facts=frozenset({fact}))
            case Exists():
                found |= Grounds(looks=True)
            case InTable():
                found |= Grounds(tables=True)
        for value in values_of_condition(condition):
            found |= grounds_of_value(value)
    return found


def _leaf(leaf: Value) -> Grounds:
    match leaf:
        case FieldOf(_, _, side):
            return Grounds(line=side is Side.LINE, other=side is Side.OTHER)
        case Dated():
            return Grounds(line=True)
        case LetOf():
            return Grounds(line=True, lets=True)
        case _:
            return NO_GROUNDS
