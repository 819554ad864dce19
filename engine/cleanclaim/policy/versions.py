"""The two clocks: which version of each policy was known by a date, and which one is in force.

Of the versions published by the as-of date whose ``effective`` covers the date of service, the
one published last wins. So a retroactive waiver, a superseded announcement and a lapse that was
cured later are each one more version, and nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from cleanclaim.claims.model import Line
from cleanclaim.policy.model import Clock, Policy, Rule
from cleanclaim.policy.tables import Table

Tables = Mapping[str, Table]
"""The loaded tables of one version, by the name its policy gives them."""

AllTables = Mapping[tuple[str, str], Tables]
"""The loaded tables of every version, by (policy id, version)."""


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """A rule that could not be run, why, and over how many judged lines it passes: no data is not a pass."""

    policy: str
    version: str
    rule: str
    reason: str
    lines: int = 0
    imports: tuple[str, ...] = ()
    """The tables that would have to be imported, by name."""


@dataclass(frozen=True)
class Known:
    """The versions of one policy that were published by the as-of date, the latest first."""

    id: str
    versions: tuple[Policy, ...]

    def in_force(self, day: date) -> Policy | None:
        """The version for a date of service (or of receipt, for rules that run on it)."""
        return next((version for version in self.versions if day in version.effective), None)


@dataclass(frozen=True)
class Edition:
    """What a back end is given: the policies known by a date, and the tables that were loaded.

    ``tables`` maps (policy id, version) to that version's tables by name; one that is absent
    makes the rules that need it ``not_evaluated``.
    """

    as_of: date
    policies: tuple[Known, ...]
    tables: AllTables
    later: int = 0
    """How many versions were published after the as-of date, and are hidden by it."""

    @classmethod
    def of(
        cls,
        policies: Sequence[Policy],
        as_of: date,
        tables: AllTables | None = None,
    ) -> Edition:
        """The edition of a library as somebody could know it at the end of a day."""
        by_id: dict[str, list[Policy]] = {}
        for policy in policies:
            if policy.published <= as_of:
                by_id.setdefault(policy.id, []).append(policy)
        known = (
            Known(id_, tuple(sorted(versions, key=lambda p: p.published, reverse=True)))
            for id_, versions in sorted(by_id.items())
        )
        later = sum(policy.published > as_of for policy in policies)
        return cls(as_of, tuple(known), tables or {}, later)

    @cached_property
    def not_evaluated(self) -> tuple[NotEvaluated, ...]:
        """Rules whose table was not loaded, and rules that only they could have fed facts to."""
        missing: list[NotEvaluated] = []
        for known in self.policies:
            for policy in reversed(known.versions):
                for rule in policy.rules:
                    absent = [name for name in rule.tables if name not in self.tables_of(policy)]
                    if absent:
                        reason = "table not loaded: " + ", ".join(_described(policy, name) for name in absent)
                        missing.append(NotEvaluated(policy.id, policy.version, rule.id, reason))
        return tuple(missing)

    def tables_of(self, policy: Policy) -> Tables:
        """The loaded tables of one version."""
        return self.tables.get((policy.id, policy.version), {})

    def rules_of(self, policy: Policy) -> tuple[Rule, ...]:
        """The rules of one version that can be run."""
        tables = self.tables_of(policy)
        return tuple(rule for rule in policy.rules if all(name in tables for name in rule.tables))

    @cached_property
    def partitions(self) -> tuple[tuple[str, ...], ...]:
        """The groupings of lines that the rules need, each once."""
        return tuple(
            sorted(
                {
                    rule.partition
                    for known in self.policies
                    for policy in known.versions
                    for rule in self.rules_of(policy)
                }
            )
        )


def applies_on(known: Known, policy: Policy, rule: Rule, line: Line, tables: Tables) -> bool | None:
    """Whether the rule's own clock puts this version and rule in force for a line, and its tables speak of the date.

    ``None`` if the rule runs on the date of receipt and that is missing while the version is the
    one in force by the date of service: then nobody can tell.
    """
    if not all(tables[name].speaks_of(line.service_date) for name in rule.tables):
        return False
    if rule.clock is Clock.SERVICE:
        return known.in_force(line.service_date) is policy and line.service_date in rule.effective
    if line.received is None:
        return None if known.in_force(line.service_date) is policy else False
    return known.in_force(line.received) is policy and line.received in rule.effective


def _described(policy: Policy, name: str) -> str:
    spec = policy.tables.get(name)
    if spec is not None and spec.imported is not None:
        return f"{name} (import {spec.imported})"
    return name
