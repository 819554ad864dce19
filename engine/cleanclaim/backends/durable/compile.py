"""Compiles an edition: for each partition a program of rules, derivations and looks, and the rulesets."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain, count
from operator import or_

from cleanclaim.backends.durable.clock import clock_of
from cleanclaim.backends.durable.formula import And, Formula, Leaf, Slots, alternatives, refutation
from cleanclaim.backends.durable.keys import key_of
from cleanclaim.backends.durable.lets import PlanOf, let_at, unnamed
from cleanclaim.backends.durable.local import Unsupported, ValueAt, test_of, value_at
from cleanclaim.backends.durable.looks import LookPlan, ways_of
from cleanclaim.backends.durable.plans import (
    ByDefinition,
    DerivationPlan,
    RulePlan,
    StratumPlan,
    Structure,
    VersionPlan,
)
from cleanclaim.backends.durable.program import Program
from cleanclaim.backends.durable.screen import SELECTIVE, screen
from cleanclaim.backends.durable.shapes import VerdictShape
from cleanclaim.backends.durable.shards import Chains, Shards
from cleanclaim.backends.durable.sides import grounds, grounds_of_value
from cleanclaim.backends.durable.table_tests import TableTests
from cleanclaim.backends.durable.truth import FALSE, TRUE
from cleanclaim.findings.compose import Composer
from cleanclaim.policy.model import TRUE as ALWAYS
from cleanclaim.policy.model import (
    All,
    Condition,
    Derivation,
    Derived,
    Exists,
    FieldOf,
    Let,
    Look,
    Policy,
    Rule,
    Side,
    Span,
)
from cleanclaim.policy.versions import Edition, Known, Tables
from cleanclaim.policy.visit import (
    conditions,
    conditions_of_let,
    conditions_of_rule,
    derived_in,
    fields_of_rule,
    leaves,
    values_of_condition,
    values_of_look,
)


@dataclass
class Rulesets:
    """What the programs of one edition share: the engine rules of their shapes."""

    joins: Shards = field(default_factory=lambda: Shards("joins"))
    verdicts: Shards = field(default_factory=lambda: Shards("verdicts"))
    chains: Chains = field(default_factory=Chains)

    def compile(self) -> None:
        """Makes the rulesets once every rule was compiled."""
        self.joins.compile()
        self.verdicts.compile()


def compile_edition(edition: Edition) -> tuple[Rulesets, dict[tuple[str, ...], Program]]:
    """The program of each partition, and the rulesets they run on."""
    rulesets = Rulesets()
    programs = {}
    for partition in edition.partitions:
        compiler = _Compiler(edition, partition, rulesets)
        programs[partition] = compiler.program()
    rulesets.compile()
    return rulesets, programs


@dataclass
class _Compiler:
    """Compiles the rules of one partition."""

    edition: Edition
    partition: tuple[str, ...]
    rulesets: Rulesets
    _count: count[int] = field(default_factory=count)
    _keys: dict[Hashable, int] = field(default_factory=dict)
    _versions: list[VersionPlan] = field(default_factory=list)
    _read: set[str] = field(default_factory=set)
    plans: dict[Hashable, LookPlan] = field(default_factory=dict)
    """Looks that mean the same wherever they stand, so that rules share what is found."""

    def program(self) -> Program:
        """Every rule of the partition, in the order of the definition."""
        rules: list[RulePlan | ByDefinition] = []
        for known in self.edition.policies:
            for policy in known.versions:
                wanted = [rule for rule in self.edition.rules_of(policy) if rule.partition == self.partition]
                if wanted:
                    version = _Version(self, len(self._versions), policy, self.edition.tables_of(policy))
                    self._versions.append(VersionPlan(policy, version.tables, version.strata))
                    rules += [version.rule(known, rule) for rule in wanted]
                    self._read.update(_fields_read(policy, wanted))
        return Program(tuple(rules), tuple(self._versions), tuple(name for name in SELECTIVE if name in self._read))

    def number(self) -> int:
        """A number that nothing else in the program has."""
        return next(self._count)

    def key_number(self, look: Look) -> int:
        """The number of a look's key: looks with the same keys share them."""
        span = look.within.span if look.within is not None and look.within.span is not Span.DAYS else None
        return self._keys.setdefault((look.same, span), len(self._keys))


class _Version:
    """Compiles the rules of one version of a policy."""

    def __init__(self, compiler: _Compiler, number: int, policy: Policy, tables: Tables) -> None:
        self.compiler = compiler
        self.number = number
        self.policy = policy
        self.tables = tables
        self.table_tests = TableTests(tables)
        self.strata: dict[str, StratumPlan] = {}
        self._refused: dict[str, str] = {}

    def rule(self, known: Known, rule: Rule) -> RulePlan | ByDefinition:
        """One rule, to be run by the engine if it can be."""
        try:
            for condition in conditions_of_rule(rule):
                self._derive_for(condition)
            plan_of = self._planner(dict(rule.lets))
            composer = Composer(self.policy, rule)
            return RulePlan(
                known,
                self.policy,
                rule,
                self.number,
                composer,
                clock_of(known, self.policy, rule, self.tables),
                self._structure((self.policy.scope, rule.applies, rule.flag_if), rule.unless, plan_of, frozenset()),
                self._lets(rule.lets, plan_of),
                tuple(plan_of(exists.look) for exists in composer.looks),
            )
        except Unsupported as limit:
            return ByDefinition(known, self.policy, rule, self.number, str(limit))

    def _lets(self, lets: tuple[tuple[str, Let], ...], plan_of: PlanOf) -> Mapping[str, ValueAt]:
        return {name: let_at(let, plan_of, self.tables) for name, let in lets}

    # --- derived facts --------------------------------------------------------------------------

    def _derive_for(self, condition: Condition) -> None:
        for derived in derived_in(condition):
            self._derive(derived.fact)

    def _derive(self, fact: str) -> None:
        """Compiles the stratum of a fact and those it needs, once. A stratum without its table is none."""
        if fact in self._refused:
            raise Unsupported(self._refused[fact])
        stratum = next((each for each in self.policy.strata if any(d.fact == fact for d in each)), ())
        loaded = all(table in self.tables for derivation in stratum for table in derivation.tables)
        if fact in self.strata or not stratum or not loaded:
            return
        facts = frozenset(derivation.fact for derivation in stratum)
        try:
            for derivation in stratum:
                for needed in _facts_of(derivation) - facts:
                    self._derive(needed)
            plan = self._stratum(stratum, facts)
        except Unsupported as limit:
            self._refused.update(dict.fromkeys(facts, f"the derived fact {fact}: {limit}"))
            raise Unsupported(self._refused[fact]) from None
        self.strata.update(dict.fromkeys(facts, plan))

    def _stratum(self, stratum: tuple[Derivation, ...], facts: frozenset[str]) -> StratumPlan:
        plans = []
        for derivation in stratum:
            plan_of = self._planner(dict(derivation.lets), facts)
            structure = self._structure((derivation.applies, derivation.when), None, plan_of, facts)
            lets = self._lets(derivation.lets, plan_of)
            screened = screen(All((derivation.applies, derivation.when)), Side.LINE)
            plans.append(DerivationPlan(self.compiler.number(), derivation, structure, lets, screened))
        shapes = {
            way.chained_shape for plan in plans for look in plan.structure.chained_looks.values() for way in look.ways
        }
        recursive = shapes or any(plan.structure.chained_facts for plan in plans)
        chains = self.compiler.rulesets.chains.ruleset(shapes) if recursive else None
        return StratumPlan(self.number, stratum, tuple(plans), chains)

    # --- conditions -----------------------------------------------------------------------------

    def _structure(
        self, conjuncts: tuple[Condition, ...], unless: Condition | None, plan_of: PlanOf, recursive: frozenset[str]
    ) -> Structure:
        slots = Slots()
        parts = slots.guarded(conjuncts)
        formula = And(parts)
        excused = slots.formula(unless) if unless is not None else None
        guard, *others = slots.conditions
        tests, facts, looks = [], [], []
        chained_facts: dict[int, str] = {}
        chained_looks: dict[int, LookPlan] = {}
        for slot, condition in enumerate(others, 1):
            match condition:
                case Derived(fact, Side.LINE) if fact in recursive:
                    chained_facts[slot] = fact
                case Derived(fact, Side.LINE):
                    facts.append((slot, fact))
                case Exists(look):
                    plan = plan_of(look)
                    if any(way.facts_of_line or way.facts_of_other for way in plan.ways):
                        chained_looks[slot] = plan
                    else:
                        looks.append((slot, plan))
                case _:
                    tests.append((slot, test_of(condition, self.table_tests.test)))
        chained = {*chained_facts, *chained_looks}
        looking = {slot for slot, _ in looks}
        if any(leaf.slot in chained and not leaf.positive for leaf in _leaves(formula)):
            raise Unsupported("a derived fact that rests on its own opposite")
        shape = VerdictShape(alternatives(formula), ())
        if unless is not None and excused is not None:
            shape = VerdictShape(
                alternatives(And((*parts, slots.formula(unless, positive=False)))), alternatives(And((*parts, excused)))
            )
        return Structure(
            len(slots.conditions),
            -1 if chained else self.compiler.rulesets.verdicts.kind(shape),
            formula,
            test_of(guard, self.table_tests.test) if guard != ALWAYS else None,
            tuple(tests),
            tuple(facts),
            tuple(looks),
            tuple(
                (leaf.slot, FALSE if leaf.positive else TRUE)
                for leaf in parts
                if isinstance(leaf, Leaf) and leaf.slot not in chained | looking
            ),
            None if chained else refutation(And(tuple(part for part in parts if _rests_on(part, looking)))),
            chained_facts,
            chained_looks,
        )

    def _planner(self, lets: Mapping[str, Let], recursive: frozenset[str] = frozenset()) -> PlanOf:
        """What plans the looks of one rule, each once."""
        own: dict[Hashable, LookPlan] = {}

        def plan_of(look: Look) -> LookPlan:
            rests_on = reduce(or_, map(grounds_of_value, values_of_look(look)), grounds(look.where))
            plans = own if rests_on.lets else self.compiler.plans
            bound = rests_on.facts or rests_on.tables
            key = (look, recursive & rests_on.facts, self.number if bound else None)
            if key not in plans:
                plans[key] = self._plan(look, lets, recursive)
            return plans[key]

        return plan_of

    def _plan(self, look: Look, lets: Mapping[str, Let], recursive: frozenset[str]) -> LookPlan:
        compiler = self.compiler
        ways = ways_of(look, self.table_tests, recursive, compiler.number)
        for way in ways:
            compiler.rulesets.joins.kind(way.shape)
        days = look.within.days if look.within is not None and look.within.span is Span.DAYS else None
        return LookPlan(
            compiler.number(),
            self.number,
            look,
            key_of(look, compiler.partition),
            compiler.key_number(look),
            tuple(value_at(FieldOf(key.name, key.type, Side.LINE, key.declared)) for key in look.differs),
            value_at(days) if days is not None else None,
            unnamed(days, lets) if days is not None else lambda judged: True,
            ways,
        )


def _rests_on(formula: Formula, slots: set[int]) -> bool:
    return not isinstance(formula, Leaf) or formula.slot in slots


def _leaves(formula: Formula) -> list[Leaf]:
    return [formula] if isinstance(formula, Leaf) else [leaf for part in formula.parts for leaf in _leaves(part)]


def _facts_of(derivation: Derivation) -> frozenset[str]:
    roots = [derivation.applies, derivation.when]
    for _, let in derivation.lets:
        roots += conditions_of_let(let)
    return frozenset(derived.fact for root in roots for derived in derived_in(root))


def _fields_read(policy: Policy, rules: Sequence[Rule]) -> set[str]:
    """The fields that rules or the conditions of their version's scope and derivations read."""
    roots = [policy.scope]
    for derivation in chain.from_iterable(policy.strata):
        roots += (derivation.applies, derivation.when)
        for _, let in derivation.lets:
            roots += conditions_of_let(let)
    names = {field.name for rule in rules for field in fields_of_rule(rule)}
    for condition in chain.from_iterable(map(conditions, roots)):
        for value in values_of_condition(condition):
            names |= {leaf.name for leaf in leaves(value) if isinstance(leaf, FieldOf)}
    return names
