"""When a version and its rule are in force, as conditions on dates that are known before any line is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from cleanclaim.backends.relational.conditions import Truth
from cleanclaim.backends.relational.scope import UNKNOWN, Scope, any_of
from cleanclaim.backends.relational.values import literal
from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.model import Clock, Period, Policy, Rule
from cleanclaim.policy.versions import Known, Tables

_DAY = timedelta(1)
_EVER = (Period(),)


@dataclass(frozen=True)
class Due:
    """The dates of a rule: ``current``, on which its version is in force; ``ruled``, on which it is too; and
    ``covered``, the dates of service that its tables speak of."""

    current: tuple[Period, ...]
    ruled: tuple[Period, ...]
    covered: tuple[Period, ...]


def due(known: Known, policy: Policy, rule: Rule, tables: Tables) -> Due:
    """The dates of a rule of one version."""
    current = _in_force(known, policy)
    covered: tuple[Period, ...] = _EVER
    for name in rule.tables:
        coverage = tables[name].coverage
        if coverage is not None:
            covered = _both(covered, coverage)
    ruled = _both(current, (rule.effective,))
    if rule.clock is Clock.SERVICE:
        return Due((), _both(ruled, covered), _EVER)
    return Due(current, ruled, covered)


def clock(scope: Scope, rule: Rule, when: Due) -> Truth:
    """Whether the rule's clock puts it in force, as :func:`cleanclaim.policy.versions.applies_on`."""
    day = scope.service_date
    if rule.clock is Clock.SERVICE:
        return Truth(_within(scope, day, when.ruled))
    received = scope.table.received
    truth = ibis.cases(
        (~_within(scope, day, when.covered), False),
        (received.notnull(), _within(scope, received, when.ruled)),
        (_within(scope, day, when.current), UNKNOWN),
        else_=False,
    )
    return Truth(truth, scope.lacks("received", received.isnull()))


def _in_force(known: Known, policy: Policy) -> tuple[Period, ...]:
    """The dates on which a version is the one in force: its own, without those of later ones."""
    left: tuple[Period, ...] = (policy.effective,)
    for version in known.versions:
        if version is policy:
            break
        left = tuple(part for period in left for part in _without(period, version.effective))
    return left


def _both(left: Sequence[Period], right: Sequence[Period]) -> tuple[Period, ...]:
    """The dates in both."""
    found = []
    for one in left:
        for two in right:
            start = max((day for day in (one.start, two.start) if day is not None), default=None)
            through = min((day for day in (one.through, two.through) if day is not None), default=None)
            if start is None or through is None or start <= through:
                found.append(Period(start, through))
    return tuple(found)


def _without(period: Period, gone: Period) -> tuple[Period, ...]:
    left: tuple[Period, ...] = ()
    if gone.start is not None and gone.start > date.min:
        left += _both((period,), (Period(None, gone.start - _DAY),))
    if gone.through is not None and gone.through < date.max:
        left += _both((period,), (Period(gone.through + _DAY, None),))
    return left


def _within(scope: Scope, day: ir.Value, periods: Sequence[Period]) -> ir.BooleanValue:
    """Whether a date lies in any of some periods."""
    return any_of([_in(scope, day, period) for period in periods])


def _in(scope: Scope, day: ir.Value, period: Period) -> ir.BooleanValue:
    found: ir.BooleanValue = ibis.literal(True)
    if period.start is not None:
        found = day >= literal(scope, period.start, ValueType.DATE)
    if period.through is not None:
        last = day <= literal(scope, period.through, ValueType.DATE)
        found = found & last if period.start is not None else last
    return found
