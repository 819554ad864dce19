"""Conditions as expressions: a truth that is null where unknown, and the facts that it then lacks."""

from __future__ import annotations

import re
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from cleanclaim.backends.relational import functions
from cleanclaim.backends.relational.layout import OTHER
from cleanclaim.backends.relational.scope import UNKNOWN, Lacks, Met, Scope, Slot, all_of, any_of, union, where
from cleanclaim.backends.relational.sql import is_unknown
from cleanclaim.backends.relational.values import blank_lacks, key_lacks, literal, value
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.model import (
    All,
    AnyOf,
    CodeSet,
    Compare,
    Condition,
    Derived,
    Exists,
    HasAny,
    InTable,
    IsMissing,
    Member,
    Not,
    Op,
    Side,
    shape,
)


@dataclass(frozen=True)
class Truth:
    """``truth`` is null where unknown; ``lacks`` holds there, and only there if it is ``tight``."""

    truth: ir.BooleanValue
    lacks: Lacks = None
    tight: bool = False

    @property
    def unknown(self) -> Lacks:
        """What it lacks where it is unknown."""
        return self.lacks if self.tight else where(is_unknown(self.truth), self.lacks)


def condition(scope: Scope, found: Condition) -> Truth:
    """A condition by Kleene's tables, which are those of SQL."""
    if found in scope.attached and isinstance(found, Member | Compare):
        # The index found it to be so, wherever the procedure is there.
        lacks = scope.lacks("procedure", scope.table.procedure.isnull())
        return Truth(scope.table[scope.attached[found]], lacks, tight=True)
    match found:
        case All(parts):
            each = [condition(scope, part) for part in parts]
            return Truth(all_of([part.truth for part in each]), union(*(part.unknown for part in each)))
        case AnyOf(parts):
            each = [condition(scope, part) for part in parts]
            return Truth(any_of([part.truth for part in each]), union(*(part.unknown for part in each)))
        case Not(part):
            inner = condition(scope, part)
            return Truth(~inner.truth, inner.lacks, inner.tight)
        case Compare(left, op, right):
            one, two = value(scope, left), value(scope, right)
            return _test(_compared(one.value, op, two.value), one, two)
        case Member(subject, among):
            met = value(scope, subject)
            known = scope.sets.told(scope.table, subject, among)
            return _test(member(scope, met.value, among) if known is None else known, met)
        case HasAny(subject, among):
            met = value(scope, subject)
            return _test(_has_any(scope, met.value, among), met)
        case IsMissing(subject):
            return Truth(value(scope, subject).value.isnull())
        case Derived():
            return derived(scope, found)
        case Exists(look):
            return Truth(scope.table[scope.attached[found]], blank_lacks(scope, look), tight=True)
        case InTable(_, key, on):
            return Truth(scope.table[scope.attached[found]], key_lacks(scope, key, on), tight=True)


def derived(scope: Scope, found: Derived) -> Truth:
    """A derived fact: state 1 is true, 2 unknown; no row is false. What it lacks stands in a column beside it."""
    column = scope.attached[found] if found.side is Side.LINE else f"{OTHER}fact_of_{found.fact}"
    state = scope.table[column]
    truth = ibis.cases((state == 1, True), (state == 2, UNKNOWN), else_=False)
    return Truth(truth, scope.table[f"{column}_lacks"].fill_null(0) if found.side is Side.LINE else None)


def member(scope: Scope, column: ir.Value, among: CodeSet | Slot | tuple[Scalar, ...]) -> ir.BooleanValue:
    """Whether a value is one of some; null where it is missing."""
    if isinstance(among, Slot):
        held = scope.table[among.column]
        if column.type().is_integer():
            column = column.cast(held.type().value_type)
        return ibis.cases((column.notnull(), held.contains(column)))
    if isinstance(among, CodeSet):
        return in_set(column, among)
    if not among:
        return ibis.cases((column.isnull(), UNKNOWN), else_=False)
    types = ValueType.NUMBER if not isinstance(among[0], str) else ValueType.TEXT
    return column.isin([literal(scope, each, types) for each in among])


def pattern_of(low: str) -> str:
    """The regular expression of the shape of a code.

    >>> pattern_of("0591T")
    '(?s)[0-9]{4}[^0-9]{1}'
    """
    runs = [(kind, len(run.group())) for run in re.finditer("9+|A+", shape(low)) for kind in run.group()[0]]
    return "(?s)" + "".join(f"[{'0-9' if kind == '9' else '^0-9'}]{{{length}}}" for kind, length in runs)


def in_set(column: ir.Value, among: CodeSet) -> ir.BooleanValue:
    """Whether a code is in a set; null where it is missing."""
    parts: list[ir.BooleanValue] = []
    if among.codes:
        codes = sorted(among.codes)
        parts.append(column.isin(codes) if len(codes) > 1 else column == codes[0])
    by_shape: dict[str, list[ir.BooleanValue]] = {}
    for low, high in among.ranges:
        by_shape.setdefault(pattern_of(low), []).append((column >= low) & (column <= high))
    for pattern, within in by_shape.items():
        # Only what lies within is asked for its shape, which takes far longer than to compare.
        there = any_of(within)
        parts.append(there & ibis.cases((there, functions.shaped(column, pattern)), else_=True))
    parts += [column.startswith(prefix) for prefix in among.prefixes]
    return any_of(parts) if parts else ibis.cases((column.isnull(), UNKNOWN), else_=False)


def _has_any(scope: Scope, column: ir.Value, among: CodeSet | Slot) -> ir.BooleanValue:
    if not column.type().is_array():
        return member(scope, column, among)
    if isinstance(among, Slot):
        return functions.has_any(column, scope.table[among.column])
    if among.ranges or among.prefixes:
        return column.filter(lambda code: in_set(code, among)).length() > 0
    if len(among.codes) == 1:
        return column.contains(next(iter(among.codes)))
    return functions.has_any(column, ibis.array(sorted(among.codes)))


def _compared(left: ir.Value, op: Op, right: ir.Value) -> ir.BooleanValue:
    if left.type().is_array():
        return functions.unordered(left) == functions.unordered(right)
    left, right = alike(left, right)
    match op:
        case Op.EQ:
            return left == right
        case Op.LT:
            return left < right
        case Op.LE:
            return left <= right
        case Op.GT:
            return left > right
        case Op.GE:
            return left >= right


def alike(left: ir.Value, right: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Two numbers with the same digits after the point, so that they compare exactly; other values as they are."""
    one, two = left.type(), right.type()
    if one == two or not (one.is_decimal() and two.is_decimal()) or one.copy(nullable=True) == two.copy(nullable=True):
        return left, right
    both = dt.Decimal(38, max(one.scale or 0, two.scale or 0))
    return left.cast(both), right.cast(both)


def _test(truth: ir.BooleanValue, *met: Met) -> Truth:
    return Truth(truth, union(*(each.lacks for each in met)), tight=True)
