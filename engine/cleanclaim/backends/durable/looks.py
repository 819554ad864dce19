"""A look at other lines, taken apart into what can be indexed, joined and compared.

A look matches if one of its *ways* does. Each way is a conjunction: tests of the judged line,
tests of the other line, values of both that are equal (part of the key), unequal or ordered, and
whatever else mixes both lines, which is settled once for each class of alike other lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from cleanclaim.backends.durable.keys import KeyOf
from cleanclaim.backends.durable.local import Judged, Test, Unsupported, ValueAt, test_of, value_at
from cleanclaim.backends.durable.shapes import JoinShape
from cleanclaim.backends.durable.sides import grounds, grounds_of_value
from cleanclaim.backends.durable.table_tests import Pairing, TableTests
from cleanclaim.claims.fields import BY_NAME
from cleanclaim.policy.model import (
    TRUE,
    All,
    AnyOf,
    Compare,
    Condition,
    Derived,
    FieldOf,
    InTable,
    Look,
    Not,
    Op,
    Side,
    Value,
)
from cleanclaim.policy.visit import conditions, leaves, values_of_condition

WAYS_LIMIT = 32

MIRRORED = {Op.LT: Op.GT, Op.LE: Op.GE, Op.GT: Op.LT, Op.GE: Op.LE}
DENIED = {Op.LT: Op.GE, Op.LE: Op.GT, Op.GT: Op.LE, Op.GE: Op.LT}


@dataclass(frozen=True, eq=False)
class Pair:
    """A value of the other line beside one of the judged line."""

    other: ValueAt
    line: ValueAt
    there: bool
    """Whether the other line's value is never missing."""


@dataclass(frozen=True, eq=False)
class Way:
    """One conjunction by which a look matches. ``number`` is unique in an engine."""

    number: int
    line_test: Test | None
    other: Condition
    other_test: Test | None
    equal: tuple[Pair, ...]
    unequal: tuple[Pair, ...]
    ordered: tuple[tuple[Op, Pair], ...]
    mixed: Test | None
    pairing: Pairing | None
    """``mixed`` as a pairing, if it is one table test."""
    classes: tuple[ValueAt, ...]
    """The values of the other line that ``mixed`` rests on."""
    facts_of_line: tuple[str, ...]
    facts_of_other: tuple[str, ...]
    """Derived facts of the stratum that is being settled; the engine chains them."""

    @cached_property
    def by_key(self) -> bool:
        """Whether all lines that it can match have the look's key and nothing else to find them by."""
        return self.line_test is None and self.mixed is None and not self.equal

    @cached_property
    def plain(self) -> bool:
        """Whether nothing of the other line need be there but its key."""
        return self.mixed is None and not self.equal and all(pair.there for pair in self.pairs)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The values of both lines that the engine compares: the unequal ones first."""
        return (*self.unequal, *(pair for _, pair in self.ordered))

    @cached_property
    def shape(self) -> JoinShape:
        """What the engine joins by."""
        return JoinShape(len(self.unequal), tuple(op for op, _ in self.ordered))

    @property
    def chained_shape(self) -> JoinShape:
        """What it joins by while facts are being chained."""
        return JoinShape(self.shape.unequal, self.shape.ordered, chained=True)


@dataclass(frozen=True, eq=False)
class LookPlan:
    """A look ready to run. ``number`` is unique in an engine; so is that of a ``key``."""

    number: int
    version: int
    look: Look
    key: KeyOf
    key_number: int
    differs: tuple[ValueAt, ...]
    days: ValueAt | None
    days_unnamed: Callable[[Judged], bool]
    """Whether a number of days that is missing is so for no missing fact (it left the calendar)."""
    ways: tuple[Way, ...]

    @cached_property
    def strict(self) -> bool:
        """Whether it needs more of the judged line than its key."""
        return bool(self.differs) or self.days is not None

    @cached_property
    def whole(self) -> bool:
        """Whether all lines of one key see the same lines, so that a total is worth keeping."""
        if self.days is not None or self.look.position is not None or len(self.ways) != 1:
            return False
        way = self.ways[0]
        return not (way.line_test or way.equal or way.unequal or way.ordered or way.mixed)


@dataclass
class _Parts:
    line: list[Condition]
    other: list[Condition]
    equal: list[Pair]
    unequal: list[Pair]
    ordered: list[tuple[Op, Pair]]
    mixed: list[Condition]
    facts_of_line: list[str]
    facts_of_other: list[str]


def ways_of(look: Look, tables: TableTests, recursive: frozenset[str], number: Callable[[], int]) -> tuple[Way, ...]:
    """The ways in which a look can match. Raises :class:`Unsupported`."""
    return tuple(
        _way(look, literals, tables, recursive, number()) for literals in _conjunctions(look.where, True, recursive)
    )


def _conjunctions(condition: Condition, positive: bool, recursive: frozenset[str]) -> list[tuple[Condition, ...]]:
    rests_on = grounds(condition)
    if rests_on.looks:
        raise Unsupported("a look inside a look")
    splits = (rests_on.line and rests_on.other) or rests_on.facts & recursive
    match condition:
        case Not(part) if splits:
            return _conjunctions(part, not positive, recursive)
        case All(parts) | AnyOf(parts) if splits:
            if isinstance(condition, All) is not positive:
                found = [each for part in parts for each in _conjunctions(part, positive, recursive)]
            else:
                found = [()]
                for part in parts:
                    more = _conjunctions(part, positive, recursive)
                    found = [(*left, *right) for left in found for right in more]
                    _check(found)
            _check(found)
            return found
        case _:
            return [(condition if positive else Not(condition),)]


def _check(found: Sequence[object]) -> None:
    if len(found) > WAYS_LIMIT:
        raise Unsupported(f"more than {WAYS_LIMIT} ways in which one look can match")


def _way(
    look: Look,
    literals: Sequence[Condition],
    tables: TableTests,
    recursive: frozenset[str],
    number: int,
) -> Way:
    parts = _Parts([], [], [], [], [], [], [], [])
    for key in look.differs:
        other = FieldOf(key.name, key.type, Side.OTHER, key.declared)
        line = FieldOf(key.name, key.type, Side.LINE, key.declared)
        parts.unequal.append(_pair(other, line))
    for literal in literals:
        _sort(literal, parts, recursive, tables)
    paired = None
    if len(parts.mixed) == 1 and isinstance(parts.mixed[0], InTable):
        paired = tables.pairing(parts.mixed[0])
    return Way(
        number,
        _test(parts.line, tables),
        All(tuple(parts.other)),
        _test(parts.other, tables),
        tuple(parts.equal),
        tuple(parts.unequal),
        tuple(parts.ordered),
        _test(parts.mixed, tables),
        paired,
        paired.other if paired else tuple(value_at(value) for value in _values_of_other(parts.mixed)),
        tuple(dict.fromkeys(parts.facts_of_line)),
        tuple(dict.fromkeys(parts.facts_of_other)),
    )


def _sort(literal: Condition, parts: _Parts, recursive: frozenset[str], tables: TableTests) -> None:
    rests_on = grounds(literal)
    if rests_on.facts & recursive:
        if not isinstance(literal, Derived):
            raise Unsupported("a derived fact that rests on its own opposite")
        (parts.facts_of_line if literal.side is Side.LINE else parts.facts_of_other).append(literal.fact)
    elif not rests_on.other:
        parts.line.append(literal)
    elif not rests_on.line:
        parts.other.append(literal)
    else:
        match literal:
            case Compare(left, op, right) if _apart(left, right):
                _sort_comparison(left, op, right, parts)
            case Not(Compare(left, op, right)) if _apart(left, right):
                if op is Op.EQ:
                    parts.unequal.append(_pair(left, right))
                else:
                    _sort_comparison(left, DENIED[op], right, parts)
            case InTable():
                parts.mixed.append(literal)
                for condition in tables.implied(literal):
                    _sort(condition, parts, recursive, tables)
            case _:
                parts.mixed.append(literal)


def _sort_comparison(left: Value, op: Op, right: Value, parts: _Parts) -> None:
    if op is Op.EQ:
        parts.equal.append(_pair(left, right))
    else:
        parts.ordered.append((op if grounds_of_value(left).other else MIRRORED[op], _pair(left, right)))


def _apart(left: Value, right: Value) -> bool:
    one, two = grounds_of_value(left), grounds_of_value(right)
    return (one.other, one.line, two.other, two.line) in ((True, False, False, True), (False, True, True, False))


def _pair(left: Value, right: Value) -> Pair:
    other, line = (left, right) if grounds_of_value(left).other else (right, left)
    there = isinstance(other, FieldOf) and not other.declared and not BY_NAME[other.name].nullable
    return Pair(value_at(other), value_at(line), there)


def _test(wanted: Sequence[Condition], tables: TableTests) -> Test | None:
    wanted = [condition for condition in wanted if condition != TRUE]
    return test_of(All(tuple(wanted)), tables.test) if wanted else None


def _values_of_other(mixed: Sequence[Condition]) -> list[FieldOf]:
    found = [
        leaf
        for root in mixed
        for condition in conditions(root)
        for value in values_of_condition(condition)
        for leaf in leaves(value)
        if isinstance(leaf, FieldOf) and leaf.side is Side.OTHER
    ]
    return list(dict.fromkeys(found))
