"""Values and conditions of one line, or of a pair of lines, compiled to closures.

A closure is called with the judged line, what is known of it (:class:`Judged`) and the place of
the other line in its group (-1 outside a look). A missing value is ``None``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

from cleanclaim.backends.durable.truth import FALSE, OPPOSITE, TRUE, UNKNOWN, Truth
from cleanclaim.claims.fields import BY_NAME
from cleanclaim.claims.model import FactValue, Line, Number, Scalar
from cleanclaim.findings.compose import dated_value
from cleanclaim.policy import functions
from cleanclaim.policy.model import (
    All,
    AnyOf,
    Call,
    CodeSet,
    Compare,
    Condition,
    Dated,
    Derived,
    FieldOf,
    Function,
    HasAny,
    InTable,
    IsMissing,
    LetOf,
    Literal,
    Member,
    Not,
    Op,
    Side,
    Value,
)

REMEMBERED = 50_000
"""How many answers about codes a closure keeps."""


class Unsupported(Exception):
    """A rule that goes beyond what the engine is given; the text says in what."""


class Group(Protocol):
    """The lines around a judged line."""

    @property
    def lines(self) -> Sequence[Line]:
        """All lines of the group, in canonical order."""

    def fact(self, version: int, fact: str, at: int) -> Truth:
        """The truth of a derived fact of one version, of the line at a place."""


class Judged:
    """A line under one rule: where it stands, and the rule's lets, each found when first asked for."""

    __slots__ = ("at", "definitions", "group", "lets", "line", "version")

    def __init__(self, group: Group, version: int, at: int, line: Line, definitions: Mapping[str, ValueAt]) -> None:
        self.group = group
        self.version = version
        self.at = at
        self.line = line
        self.definitions = definitions
        self.lets: dict[str, FactValue | None] = {}

    def let(self, name: str) -> FactValue | None:
        """What a let of the rule names for this line."""
        if name not in self.lets:
            self.lets[name] = self.definitions[name](self.line, self, -1)
        return self.lets[name]


ValueAt = Callable[[Line, Judged, int], FactValue | None]
Test = Callable[[Line, Judged, int], Truth]
TableTest = Callable[[InTable, "Sequence[ValueAt]"], Test]

POSITION_OF: Mapping[str, int] = {name: at for at, name in enumerate(Line._fields)}


def position_of(field: FieldOf) -> int:
    """Where a field of the catalogue stands in a line."""
    return POSITION_OF[BY_NAME[field.name].attribute]


def value_at(value: Value) -> ValueAt:
    """A closure for a value."""
    match value:
        case Literal(constant, _):
            return lambda line, judged, other: constant
        case Dated():
            return _dated(value)
        case FieldOf(name, _, side, declared):
            if declared:
                if side is Side.LINE:
                    return lambda line, judged, other: line.facts.get(name)
                return lambda line, judged, other: judged.group.lines[other].facts.get(name)
            at = position_of(value)
            if side is Side.LINE:
                return lambda line, judged, other: line[at]  # type: ignore[return-value]
            return lambda line, judged, other: judged.group.lines[other][at]  # type: ignore[return-value]
        case LetOf(name):
            return lambda line, judged, other: judged.let(name)
        case Call(function, arguments):
            return _call(function, [value_at(argument) for argument in arguments])


def test_of(condition: Condition, in_table: TableTest) -> Test:
    """A closure for a condition without looks. ``in_table`` makes those of table tests."""
    match condition:
        case All(parts):
            return _all([test_of(part, in_table) for part in parts])
        case AnyOf(parts):
            return _any([test_of(part, in_table) for part in parts])
        case Not(part):
            test = test_of(part, in_table)
            return lambda line, judged, other: OPPOSITE[test(line, judged, other)]
        case Compare(left, op, right):
            return _compare(value_at(left), op, value_at(right))
        case Member(value, among):
            return _member(value_at(value), among)
        case HasAny(value, among):
            return _has_any(value_at(value), among)
        case IsMissing(value):
            wanted = value_at(value)
            return lambda line, judged, other: TRUE if wanted(line, judged, other) is None else FALSE
        case Derived(fact, Side.LINE):
            return lambda line, judged, other: judged.group.fact(judged.version, fact, judged.at)
        case Derived(fact, Side.OTHER):
            return lambda line, judged, other: judged.group.fact(judged.version, fact, other)
        case InTable(_, key, on):
            return in_table(condition, [*(value_at(value) for _, value in key), value_at(on)])
        case _:
            raise Unsupported("a look inside a look")


def sorted_codes(value: FactValue | None) -> FactValue | None:
    """A value as it is compared: lists of codes are equal if they hold the same codes, order aside."""
    return tuple(sorted(value)) if isinstance(value, tuple) and len(value) > 1 else value


def _dated(dated: Dated) -> ValueAt:
    known: dict[date, FactValue] = {}

    def value(line: Line, judged: Judged, other: int) -> FactValue | None:
        day = line.service_date
        if day not in known:
            known[day] = dated_value(dated, day)
        return known[day]

    return value


def _call(function: Function, arguments: Sequence[ValueAt]) -> ValueAt:
    def value(line: Line, judged: Judged, other: int) -> FactValue | None:
        met: list[FactValue] = []
        for argument in arguments:
            found = argument(line, judged, other)
            if found is None:
                return None
            met.append(found)
        return functions.apply(function, met)

    return value


def _all(tests: Sequence[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def test(line: Line, judged: Judged, other: int) -> Truth:
        result = TRUE
        for part in tests:
            truth = part(line, judged, other)
            if truth == FALSE:
                return FALSE
            if truth == UNKNOWN:
                result = UNKNOWN
        return result

    return test


def _any(tests: Sequence[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def test(line: Line, judged: Judged, other: int) -> Truth:
        result = FALSE
        for part in tests:
            truth = part(line, judged, other)
            if truth == TRUE:
                return TRUE
            if truth == UNKNOWN:
                result = UNKNOWN
        return result

    return test


def _compare(left: ValueAt, op: Op, right: ValueAt) -> Test:
    def test(line: Line, judged: Judged, other: int) -> Truth:
        a = left(line, judged, other)
        b = right(line, judged, other)
        if a is None or b is None:
            return UNKNOWN
        return TRUE if holds(a, op, b) else FALSE

    return test


def holds(left: FactValue, op: Op, right: FactValue) -> bool:
    """A comparison of two values that are there, of one type."""
    if op is Op.EQ:
        return sorted_codes(left) == sorted_codes(right)
    a, b = rank(left), rank(right)
    match op:
        case Op.LT:
            return a < b
        case Op.LE:
            return a <= b
        case Op.GT:
            return a > b
        case Op.GE:
            return a >= b


def rank(value: FactValue) -> Number:
    """A number that orders values of one type as the language does."""
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, str | tuple):
        raise TypeError(f"{type(value).__name__} is not ordered; the loader refuses that")
    return value


def _member(value: ValueAt, among: CodeSet | tuple[Scalar, ...]) -> Test:
    if isinstance(among, tuple):
        scalars = frozenset(among)
        return lambda line, judged, other: (
            UNKNOWN if (met := value(line, judged, other)) is None else TRUE if met in scalars else FALSE
        )
    holds_code = membership(among)
    return lambda line, judged, other: (
        UNKNOWN if (met := value(line, judged, other)) is None else TRUE if holds_code(met) else FALSE
    )


def _has_any(value: ValueAt, among: CodeSet) -> Test:
    holds_code = membership(among)

    def test(line: Line, judged: Judged, other: int) -> Truth:
        met = value(line, judged, other)
        if met is None:
            return UNKNOWN
        codes: Iterable[FactValue] = met if isinstance(met, tuple) else (str(met),)
        for code in codes:
            if holds_code(code):
                return TRUE
        return FALSE

    return test


def membership(among: CodeSet) -> Callable[[FactValue], bool]:
    """Whether a value is a code of a set, fast."""
    if not among.ranges and not among.prefixes:
        return among.codes.__contains__
    known: dict[FactValue, bool] = {}

    def contains(code: FactValue) -> bool:
        answer = known.get(code)
        if answer is None:
            if len(known) >= REMEMBERED:
                known.clear()
            answer = known[code] = code in among
        return answer

    return contains
