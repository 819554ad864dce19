"""When a rule is in force, as spans of days worked out once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from cleanclaim.backends.durable.truth import FALSE, TRUE, UNKNOWN, Truth
from cleanclaim.claims.model import Line
from cleanclaim.policy.model import Clock, Period, Policy, Rule
from cleanclaim.policy.versions import Known, Tables

Days = tuple[tuple[date, date], ...]
"""Spans of days, both ends included."""

ALWAYS: Days = ((date.min, date.max),)


def days_in_force(known: Known, policy: Policy) -> Days:
    """The days on which a version is the one in force."""
    starts = {date.min}
    for version in known.versions:
        if version.effective.start is not None:
            starts.add(version.effective.start)
        if version.effective.through is not None and version.effective.through < date.max:
            starts.add(version.effective.through + timedelta(days=1))
    ordered = sorted(starts)
    ends = [*(start - timedelta(days=1) for start in ordered[1:]), date.max]
    spans: list[tuple[date, date]] = []
    for start, end in zip(ordered, ends, strict=True):
        if known.in_force(start) is policy:
            if spans and spans[-1][1] + timedelta(days=1) == start:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
    return tuple(spans)


def clock_of(known: Known, policy: Policy, rule: Rule, tables: Tables) -> Callable[[Line], Truth] | None:
    """Whether a rule is in force for a line, unknown where nobody can tell; ``None`` if it always is."""
    version = days_in_force(known, policy)
    days = _both(version, _spans([rule.effective]))
    covered = ALWAYS
    for name in rule.tables:
        coverage = tables[name].coverage
        if coverage is not None:
            covered = _both(covered, _spans(coverage))
    if rule.clock is Clock.RECEIVED:
        return lambda line: _received(line, version, days, covered)
    served = _both(days, covered)
    return None if served == ALWAYS else lambda line: TRUE if _within(line.service_date, served) else FALSE


def _received(line: Line, version: Days, days: Days, covered: Days) -> Truth:
    if not _within(line.service_date, covered):
        return FALSE
    if line.received is None:
        return UNKNOWN if _within(line.service_date, version) else FALSE
    return TRUE if _within(line.received, days) else FALSE


def _spans(periods: Sequence[Period]) -> Days:
    return tuple((period.start or date.min, period.through or date.max) for period in periods)


def _both(one: Days, other: Days) -> Days:
    """The days that lie in both; of no day, a span that ends before it begins."""
    return tuple((max(a, c), min(b, d)) for a, b in one for c, d in other)


def _within(day: date, days: Days) -> bool:
    return any(first <= day <= last for first, last in days)
