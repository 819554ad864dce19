"""Derived facts: a table each, of the lines for which the fact holds or may hold, stratum by stratum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from cleanclaim.backends.relational.aggregates import every_bit
from cleanclaim.backends.relational.coded import own_sets
from cleanclaim.backends.relational.conditions import condition
from cleanclaim.backends.relational.layout import ROW, RULE, column_of
from cleanclaim.backends.relational.looks import ORDER
from cleanclaim.backends.relational.nodes import fields_in, members_in
from cleanclaim.backends.relational.questions import complete, computed, possible
from cleanclaim.backends.relational.scope import NONE, Scope
from cleanclaim.backends.relational.world import Keep, Settle, World
from cleanclaim.policy.model import All, Derivation, Derived
from cleanclaim.policy.visit import derived_in

FACT = ibis.schema({ROW: "int64", "state": "int64", "lacks": "int64"})
"""The lines of one fact: ``state`` 1 where it holds and 2 where nobody can tell, for want of ``lacks``."""


def derive(world: World, wanted: frozenset[str]) -> None:
    """Adds to the world the wanted facts, and those that they need."""
    needed = set(wanted)
    for stratum in reversed(world.policy.strata):
        for derivation in stratum:
            if derivation.fact in needed:
                for each in stratum:
                    needed.update(_uses(each))
    for stratum in world.policy.strata:
        facts = tuple(dict.fromkeys(derivation.fact for derivation in stratum))
        if needed.isdisjoint(facts):
            continue
        if any(fact in facts for derivation in stratum for fact in _uses(derivation)):
            _settle(world, stratum, facts)
        else:
            for fact in facts:
                made = _concluded(world, stratum, fact)
                world.facts[fact] = world.steps.keep(made, "fact")


def _settle(world: World, stratum: Sequence[Derivation], facts: Sequence[str]) -> None:
    """Facts that feed each other. First their truth settles, from nothing; then the names that they lack."""
    names = tuple(world.steps.name("fact") for _ in facts)
    for fact, name in zip(facts, names, strict=True):
        world.facts[fact] = ibis.table(FACT, name=name)
    world.steps.procedures(world.all_lines)
    outer, world.steps = world.steps, replace(world.steps, steps=[])
    made = tuple(_concluded(world, stratum, fact) for fact in facts)
    inner = tuple(step for step in world.steps.steps if isinstance(step, Keep))
    outer.count = world.steps.count
    world.steps = outer
    outer.steps.append(Settle(names, inner, made))


def _uses(derivation: Derivation) -> set[str]:
    return {node.fact for node in _derived(derivation)}


def _derived(derivation: Derivation) -> list[Derived]:
    found = [*derived_in(derivation.applies), *derived_in(derivation.when)]
    for _, let in derivation.lets:
        look = getattr(let, "look", None)
        if look is not None:
            found += derived_in(look.where)
    return found


def _concluded(world: World, stratum: Sequence[Derivation], fact: str) -> ir.Table:
    """The lines of one fact, by all derivations of it."""
    parts = [_one(world, derivation) for derivation in stratum if derivation.fact == fact]
    if len(parts) == 1:
        return parts[0]
    both = ibis.union(*parts)
    # 1 is true and 2 unknown, so the least counts; what a true fact lacks is never asked.
    return both.group_by(ROW).aggregate(state=both.state.min(), lacks=every_bit(both.lacks))


def _one(world: World, derivation: Derivation) -> ir.Table:
    fields = fields_in(derivation.applies, derivation.when, derivation.lets)
    sets = world.sets.read(members_in(derivation.applies, derivation.when), world.lines)
    columns = dict.fromkeys((*ORDER, "procedure", *map(column_of, fields), *sets))
    lines = world.lines.select(*columns).mutate(**{RULE: ibis.literal(0, "int64")})
    needed = (derivation.applies, derivation.when)
    scope = computed(Scope(lines, world.bits, dict(derivation.lets), sets=world.sets))
    table, _ = possible(scope, needed)
    world = replace(world, procedures=own_sets(needed))
    scope = complete(world, scope.on(table), needed, needed, {}, narrowed=not world.kept)
    met = condition(scope, All(needed))
    lacks = met.lacks if met.lacks is not None else NONE
    found = scope.table.select(ROW, truth=met.truth, lacks=lacks)
    found = found.filter(found.truth.fill_null(True))
    unknown = found.truth.isnull()
    return found.select(
        ROW, state=ibis.ifelse(unknown, 2, 1).cast("int64"), lacks=ibis.ifelse(unknown, found.lacks, NONE)
    )
