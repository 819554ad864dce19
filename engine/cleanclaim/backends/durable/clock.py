"""When a rule is in force, as spans of days worked out once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from cleanclaim.backends.durable.truth import FALSE, TRUE, UNKNOWN, Truth
from cleanclaim.claims.model import Line
from cleanclaim.policy.model import Clock, Policy, Rule
from cleanclaim.policy.versions import Known

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


def clock_of(known: Known, policy: Policy, rule: Rule) -> Callable[[Line], Truth] | None:
    """Whether a rule is in force for a line, unknown where nobody can tell; ``None`` if it always is."""
    version = days_in_force(known, policy)
    start, through = rule.effective.start or date.min, rule.effective.through or date.max
    days = tuple((max(first, start), min(last, through)) for first, last in version)
    if rule.clock is Clock.RECEIVED:
        return lambda line: _received(line, version, days)
    return None if days == ALWAYS else lambda line: TRUE if _within(line.service_date, days) else FALSE


def _received(line: Line, version: Days, days: Days) -> Truth:
    if line.received is None:
        return UNKNOWN if _within(line.service_date, version) else FALSE
    return TRUE if _within(line.received, days) else FALSE


def _within(day: date, days: Days) -> bool:
    return any(first <= day <= last for first, last in days)
