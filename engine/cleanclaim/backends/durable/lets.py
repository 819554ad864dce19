"""Totals and allowances over the lines that a look sees, as closures; sums are shared by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from cleanclaim.backends.durable.group import NOWHERE, LinesOfGroup
from cleanclaim.backends.durable.local import Judged, ValueAt, value_at
from cleanclaim.backends.durable.looks import LookPlan
from cleanclaim.backends.durable.table_tests import lookup_at
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import FactValue, Line, Number
from cleanclaim.policy.model import (
    Allowance,
    Call,
    FieldOf,
    Let,
    LetOf,
    Look,
    Lookup,
    Measure,
    Method,
    Total,
    Value,
)
from cleanclaim.policy.timed import units_of_day
from cleanclaim.policy.versions import Tables

PlanOf = Callable[[Look], LookPlan]


def let_at(let: Let, plan_of: PlanOf, tables: Tables) -> ValueAt:
    """A closure for what a let names."""
    match let:
        case Total(measure, look):
            return _total(measure, plan_of(look))
        case Allowance():
            return _allowance(let, plan_of(let.look))
        case Lookup():
            return lookup_at(let, tables)
        case _:
            return value_at(let)


def unnamed(value: Value, lets: Mapping[str, Let]) -> Callable[[Judged], bool]:
    """Whether a value that is missing is so for want of no fact: it left the calendar."""
    match value:
        case FieldOf():
            found = value_at(value)
            return lambda judged: found(judged.line, judged, NOWHERE) is not None
        case LetOf(name):
            return _let_unnamed(name, lets)
        case Call(_, arguments):
            return _every([unnamed(argument, lets) for argument in arguments])
        case _:
            return lambda judged: True


def _let_unnamed(name: str, lets: Mapping[str, Let]) -> Callable[[Judged], bool]:
    let = lets[name]
    match let:
        case Total() | Allowance():
            return lambda judged: judged.let(name) is not None
        case Lookup():
            inputs = [*(value for _, value in let.key), let.on]
            met = [value_at(each) for each in inputs]
            named = _every([unnamed(each, lets) for each in inputs])
            return lambda judged: (
                judged.let(name) is not None
                or (any(value(judged.line, judged, NOWHERE) is None for value in met) and named(judged))
            )
        case _:
            return unnamed(let, lets)


def _every(checks: list[Callable[[Judged], bool]]) -> Callable[[Judged], bool]:
    return lambda judged: all(check(judged) for check in checks)


def _total(measure: Measure, plan: LookPlan) -> ValueAt:
    def total(line: Line, judged: Judged, other: int) -> FactValue | None:
        group = judged.group
        assert isinstance(group, LinesOfGroup)
        if group.blank(plan, judged):
            return None
        if not plan.whole:
            return _sum(measure, plan, group, judged)
        shared = (plan.number, measure, group.keys(plan)[judged.at])
        if shared not in group.totals:
            group.totals[shared] = _sum(measure, plan, group, judged)
        return group.totals[shared]

    return total


def _sum(measure: Measure, plan: LookPlan, group: LinesOfGroup, judged: Judged) -> FactValue | None:
    lines = [group.lines[at] for at in group.seen(plan, judged)]
    amounts: list[Number | None]
    match measure:
        case Measure.LINES:
            return len(lines)
        case Measure.DAYS:
            return len({line.service_date for line in lines})
        case Measure.UNITS:
            amounts = [line.units for line in lines]
        case Measure.MINUTES:
            amounts = [line.minutes for line in lines]
        case Measure.PROCEDURES:
            procedures = {line.procedure for line in lines}
            return len(procedures) if None not in procedures else None
        case Measure.CHARGE:
            amounts = [line.charge for line in lines]
        case Measure.ALLOWED:
            amounts = [line.allowed for line in lines]
    total: Number = Decimal(0) if measure.type is ValueType.MONEY else 0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _allowance(allowance: Allowance, plan: LookPlan) -> ValueAt:
    method_at = value_at(allowance.method)

    def allowed(line: Line, judged: Judged, other: int) -> FactValue | None:
        group = judged.group
        assert isinstance(group, LinesOfGroup)
        named = method_at(line, judged, NOWHERE)
        if named is None or group.blank(plan, judged):
            return None
        method = Method(named)
        pooled = allowance.whole or method is Method.CMS_TOTAL
        minutes: dict[str | None, Number] = {}
        for at in group.seen(plan, judged, log=True):
            seen = group.lines[at]
            if not pooled and seen.procedure != line.procedure:
                continue
            if seen.minutes is None:
                return None
            minutes[seen.procedure] = minutes.get(seen.procedure, 0) + seen.minutes
        units = units_of_day(minutes, method)
        return units.whole if allowance.whole else units.by_code.get(line.procedure, 0)

    return allowed
