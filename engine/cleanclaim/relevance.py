"""What the lines of a run are, so that only policies that can speak of one are compiled and their tables read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from operator import attrgetter

from cleanclaim.backends.reference import Group, LineJudge
from cleanclaim.claims.fields import BY_NAME
from cleanclaim.claims.model import Line
from cleanclaim.policy.model import Clock, Period, Policy
from cleanclaim.policy.versions import Edition, Known
from cleanclaim.policy.visit import fields_of

SCOPE = ("payer", "payer_name", "payer_type", "plan", "state", "claim_type")
"""The fields by which lines are kept apart to tell which policies can speak of them."""
_scope_of = attrgetter(*(BY_NAME[name].attribute for name in SCOPE))


class Relevance:
    """The scopes of the lines of a run, with the first and last date of service in each."""

    def __init__(self) -> None:
        self._scopes: dict[tuple[object, ...], tuple[Line, date, date]] = {}

    def note(self, line: Line) -> None:
        """Takes note of a line."""
        scope = _scope_of(line)
        known = self._scopes.get(scope)
        if known is None:
            self._scopes[scope] = (line, line.service_date, line.service_date)
        elif not known[1] <= line.service_date <= known[2]:
            first, last = min(known[1], line.service_date), max(known[2], line.service_date)
            self._scopes[scope] = (known[0], first, last)

    def narrowed(self, edition: Edition) -> Edition:
        """The edition without the rules of versions that no line can come under; the versions stay, for the clocks."""
        policies = (Known(known.id, tuple(map(self._kept, known.versions))) for known in edition.policies)
        return replace(edition, policies=tuple(policies))

    def _kept(self, policy: Policy) -> Policy:
        return policy if any(self._speaks(policy)) else replace(policy, rules=())

    def _speaks(self, policy: Policy) -> Iterator[bool]:
        by_receipt = any(rule.clock is Clock.RECEIVED for rule in policy.rules)
        for line, first, last in self._scopes.values():
            if by_receipt or _overlap(policy.effective, first, last):
                yield (
                    not _tells(policy)
                    or LineJudge(Group(policy, (line,), {}), 0).condition(policy.scope).truth is not False
                )


def _overlap(period: Period, first: date, last: date) -> bool:
    return (period.start is None or period.start <= last) and (period.through is None or first <= period.through)


def _tells(policy: Policy) -> bool:
    """Whether the scope speaks of nothing but the fields by which lines are kept apart here."""
    return all(field.name in SCOPE for field in fields_of(policy.scope))
