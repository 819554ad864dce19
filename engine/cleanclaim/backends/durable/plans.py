"""What compiling an edition makes: rules, derivations and strata ready to run on groups of lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cleanclaim.backends.durable.formula import Formula
from cleanclaim.backends.durable.group import NOWHERE, LinesOfGroup
from cleanclaim.backends.durable.local import Judged, Test, ValueAt
from cleanclaim.backends.durable.looks import LookPlan
from cleanclaim.backends.durable.screen import Screen
from cleanclaim.backends.durable.shards import ChainRuleset
from cleanclaim.backends.durable.truth import FALSE, TRUE, Truth, both
from cleanclaim.claims.model import Line
from cleanclaim.findings.compose import Composer
from cleanclaim.policy.model import Derivation, Policy, Rule
from cleanclaim.policy.versions import Known, Tables

Asked = tuple[Judged, list[Truth]]
"""A line under a rule, and the rule's slots for it."""


@dataclass(frozen=True, eq=False)
class Structure:
    """The slots of a rule or derivation, what fills each, and the shape of its verdict.

    ``needed`` are slots that stand alone in the conjunction, with the truth that decides against
    it. ``refuted`` says of filled slots that the conjunction is false, so that the engine need not be
    asked. ``chained_facts`` and ``chained_looks`` are filled by the engine as it chains.
    """

    width: int
    kind: int
    formula: Formula
    guard: Test | None
    tests: tuple[tuple[int, Test], ...]
    facts: tuple[tuple[int, str], ...]
    looks: tuple[tuple[int, LookPlan], ...]
    needed: tuple[tuple[int, Truth], ...]
    refuted: Callable[[Sequence[Truth]], bool] | None
    chained_facts: Mapping[int, str]
    chained_looks: Mapping[int, LookPlan]

    def ask(self, judged: Judged, clock: Truth) -> list[Truth] | None:
        """The slots of one line but for its looks; ``None`` if it is out of the question already."""
        line = judged.line
        guard = TRUE if self.guard is None else self.guard(line, judged, NOWHERE)
        if guard == FALSE:
            return None
        slots: list[Truth] = [TRUE] * self.width
        slots[0] = both(guard, clock)
        if self.facts or self.tests:
            for slot, fact in self.facts:
                slots[slot] = judged.group.fact(judged.version, fact, judged.at)
            for slot, test in self.tests:
                slots[slot] = test(line, judged, NOWHERE)
            for slot, against in self.needed:
                if slots[slot] == against:
                    return None
        return slots

    def settle(self, asked: list[Asked], group: LinesOfGroup) -> list[Asked]:
        """Fills in the looks of lines, and leaves those that are still in question."""
        if not self.looks:
            return asked
        looks = [(slot, group.found[plan]) for slot, plan in self.looks]
        refuted = self.refuted
        remaining: list[Asked] = []
        for judged, slots in asked:
            for slot, found in looks:
                slots[slot] = found[judged.at]
            if refuted is None or not refuted(slots):
                remaining.append((judged, slots))
        return remaining


@dataclass(frozen=True, eq=False)
class RulePlan:
    """One rule of one version, ready to run."""

    known: Known
    policy: Policy
    rule: Rule
    version: int
    composer: Composer
    clock: Callable[[Line], Truth] | None
    structure: Structure
    lets: Mapping[str, ValueAt]
    witnesses: tuple[LookPlan, ...]
    """The looks whose witnesses a finding names."""


@dataclass(frozen=True, eq=False)
class ByDefinition:
    """A rule that goes beyond what the engine is given, and is judged by the definition."""

    known: Known
    policy: Policy
    rule: Rule
    version: int
    reason: str


@dataclass(frozen=True, eq=False)
class DerivationPlan:
    """One derivation, ready to run. ``number`` is unique among the derivations of a program."""

    number: int
    derivation: Derivation
    structure: Structure
    lets: Mapping[str, ValueAt]
    screen: Screen


@dataclass(frozen=True, eq=False)
class StratumPlan:
    """Derivations that are settled together. ``chains`` is set if they rest on one another."""

    version: int
    stratum: Sequence[Derivation]
    derivations: tuple[DerivationPlan, ...]
    chains: ChainRuleset | None

    @property
    def facts(self) -> tuple[str, ...]:
        """What they conclude, each once."""
        return tuple(dict.fromkeys(plan.derivation.fact for plan in self.derivations))


@dataclass(frozen=True, eq=False)
class VersionPlan:
    """One version of a policy, for one partition."""

    policy: Policy
    tables: Tables
    strata: Mapping[str, StratumPlan] = field(default_factory=dict)
    """By the fact they conclude."""
