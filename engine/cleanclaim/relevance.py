"""What the lines of a run are, so that only rules that can speak of one are compiled and their tables read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from operator import attrgetter

from cleanclaim.backends.reference import Group, LineJudge
from cleanclaim.claims.fields import BY_NAME
from cleanclaim.claims.model import Line
from cleanclaim.policy.model import Clock, Condition, Period, Policy, Rule, Side
from cleanclaim.policy.procedures import has_any, procedures_of
from cleanclaim.policy.versions import Edition, Known
from cleanclaim.policy.visit import fields_of

SCOPE = ("payer", "payer_name", "payer_type", "plan", "state", "claim_type")
"""The fields by which lines are kept apart to tell which policies can speak of them."""
_scope_of = attrgetter(*(BY_NAME[name].attribute for name in SCOPE))


class Relevance:
    """The scopes of the lines of a run, with the first and last date of service in each, and their procedures."""

    def __init__(self) -> None:
        self._scopes: dict[tuple[object, ...], tuple[Line, date, date]] = {}
        self._may: dict[tuple[Condition, tuple[object, ...]], bool] = {}
        self.procedures: set[str | None] = set()
        """The procedures of all lines; ``None`` is among them if a line has none."""

    def note(self, line: Line) -> None:
        """Takes note of a line."""
        self.procedures.add(line.procedure)
        self.note_scope(line)

    def note_scope(self, line: Line) -> None:
        """Takes note of what a line is, but for its procedure."""
        scope = _scope_of(line)
        known = self._scopes.get(scope)
        if known is None:
            self._scopes[scope] = (line, line.service_date, line.service_date)
        elif not known[1] <= line.service_date <= known[2]:
            first, last = min(known[1], line.service_date), max(known[2], line.service_date)
            self._scopes[scope] = (known[0], first, last)

    def narrowed(self, edition: Edition) -> Edition:
        """The edition without the rules that no line can come under; the versions stay, for the clocks."""
        codes = sorted(code for code in self.procedures if code is not None)
        policies = (
            Known(known.id, tuple(self._kept(policy, codes) for policy in known.versions)) for known in edition.policies
        )
        return replace(edition, policies=tuple(policies))

    def _kept(self, policy: Policy, codes: Sequence[str]) -> Policy:
        if not any(self._speaks(policy)):
            return replace(policy, rules=())
        rules = tuple(rule for rule in policy.rules if self._concerns(policy, rule, codes))
        return policy if len(rules) == len(policy.rules) else replace(policy, rules=rules)

    def _concerns(self, policy: Policy, rule: Rule, codes: Sequence[str]) -> bool:
        """Whether a line has a procedure that a rule is about. Of a line without one nobody can tell."""
        sets = procedures_of((policy.scope, rule.applies, rule.flag_if), Side.LINE)
        return None in self.procedures or sets is None or any(has_any(each, codes) for each in sets)

    def _speaks(self, policy: Policy) -> Iterator[bool]:
        by_receipt = any(rule.clock is Clock.RECEIVED for rule in policy.rules)
        tells = _tells(policy)
        for scope, (line, first, last) in self._scopes.items():
            if by_receipt or _overlap(policy.effective, first, last):
                yield not tells or self._may_be_of(policy, scope, line)

    def _may_be_of(self, policy: Policy, scope: tuple[object, ...], line: Line) -> bool:
        # Versions of a policy mostly share its scope.
        key = (policy.scope, scope)
        if key not in self._may:
            self._may[key] = LineJudge(Group(policy, (line,), {}), 0).condition(policy.scope).truth is not False
        return self._may[key]


def _overlap(period: Period, first: date, last: date) -> bool:
    return (period.start is None or period.start <= last) and (period.through is None or first <= period.through)


def _tells(policy: Policy) -> bool:
    """Whether the scope speaks of nothing but the fields by which lines are kept apart here."""
    return all(field.name in SCOPE for field in fields_of(policy.scope))
