"""The names of the facts that keep a verdict undecided, by the definition.

They are wanted for few lines, so the definition itself is asked, and told what was concluded
already; only where a derived fact is unknown does it look for the names that make it so.
"""

from __future__ import annotations

from collections.abc import Sequence

from cleanclaim.backends.durable.group import LinesOfGroup
from cleanclaim.backends.durable.plans import RulePlan, VersionPlan
from cleanclaim.backends.durable.truth import TRUE, UNKNOWN
from cleanclaim.backends.reference import Group, LineJudge, Names, Step, judge_line
from cleanclaim.policy.model import All, AnyOf, Derivation

NOTHING: Names = frozenset()


class Concluded(dict[tuple[str, int], Step]):
    """Derived facts as the definition keeps them, from what the engine concluded."""

    def __init__(self, group: LinesOfGroup, version: int, plan: VersionPlan) -> None:
        super().__init__()
        self._group = group
        self._version = version
        self._plan = plan
        self.definition = Group(plan.policy, group.lines, plan.tables, self)

    def __missing__(self, place: tuple[str, int]) -> Step:
        fact, at = place
        truth = self._group.fact(self._version, fact, at)
        if truth == UNKNOWN:
            self._name(self._plan.strata[fact].stratum)
        else:
            self[place] = Step(AnyOf(()), truth == TRUE)
        return self[place]

    def _name(self, stratum: Sequence[Derivation]) -> None:
        """Finds the names for all unknown facts of a stratum: they grow until nothing is new."""
        by_fact: dict[str, list[Derivation]] = {}
        for derivation in stratum:
            by_fact.setdefault(derivation.fact, []).append(derivation)
        unknown = [
            (fact, at)
            for fact in by_fact
            for at in range(len(self._group.lines))
            if self._group.fact(self._version, fact, at) == UNKNOWN
        ]
        self.update((place, Step(AnyOf(()), None)) for place in unknown)
        changed = True
        while changed:
            changed = False
            for place in unknown:
                fact, at = place
                steps = [self._conclude(derivation, at) for derivation in by_fact[fact]]
                names = NOTHING.union(*(step.missing for step in steps if step.truth is None))
                if names != self[place].missing:
                    self[place] = Step(AnyOf(()), None, names)
                    changed = True

    def _conclude(self, derivation: Derivation, at: int) -> Step:
        judge = LineJudge(self.definition, at)
        judge.name(derivation.lets)
        return judge.condition(All((derivation.applies, derivation.when)))


def missing_names(concluded: Concluded, plan: RulePlan, at: int) -> Names:
    """The names of the facts without which a rule cannot be decided for a line."""
    return judge_line(concluded.definition, plan.known, plan.rule, at).missing
