"""Which rules speak of lines of some procedures alone, so that those lines are found once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import ibis.expr.types as ir

from cleanclaim.backends.relational import functions
from cleanclaim.backends.relational.conditions import in_set
from cleanclaim.backends.relational.layout import STATUS, column_of
from cleanclaim.backends.relational.looks import ORDER, wants_same_procedure
from cleanclaim.backends.relational.nodes import fields_in, measured
from cleanclaim.backends.relational.scope import any_of, closed
from cleanclaim.backends.relational.sets import Sets
from cleanclaim.backends.relational.values import may_be_missing
from cleanclaim.backends.relational.world import Steps, World
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Status
from cleanclaim.policy.model import (
    CodeSet,
    Condition,
    Exists,
    FieldOf,
    Let,
    Look,
    Member,
    Policy,
    Rule,
    Side,
)
from cleanclaim.policy.procedures import procedures_of
from cleanclaim.policy.visit import conditions, conditions_of_rule, conjuncts, looks_of_let

ALWAYS = (*ORDER, "received", "procedure")
"""Columns that every rule reads."""
_TELLING = ("patient", "service_date", "procedure")
"""Fields in which lines differ most."""


def codes_of(policy: Policy, rule: Rule) -> tuple[CodeSet, ...] | None:
    """The procedures of all lines that a rule judges or looks at, ``None`` where it may be any."""
    own = procedures_of((policy.scope, rule.applies, rule.flag_if), Side.LINE)
    return _with_looks(own, conditions_of_rule(rule), rule.lets)


def codes_with_facts(policy: Policy, rule: Rule) -> tuple[CodeSet, ...] | None:
    """The same, with those of the lines that facts look at, where the rule uses any.

    What facts are concluded of is not asked for: rules ask for facts of lines that they judge or look at.
    """
    concluding = [each for stratum in policy.strata for each in stratum] if rule.derived else []
    nodes = ((*conditions(each.applies), *conditions(each.when)) for each in concluding)
    found = [codes_of(policy, rule)]
    found += (_with_looks((), some, each.lets) for some, each in zip(nodes, concluding, strict=True))
    return None if None in found else tuple(codes for sets in found for codes in sets or ())


def _with_looks(
    own: tuple[CodeSet, ...] | None, nodes: Iterable[Condition], lets: Sequence[tuple[str, Let]]
) -> tuple[CodeSet, ...] | None:
    """The procedures of lines of some own ones, and of those that they look at."""
    if own is None:
        return None
    found = list(own)
    looks = [node.look for node in nodes if isinstance(node, Exists)]
    for look in (*looks, *(look for _, let in lets for look in looks_of_let(let))):
        theirs = own if wants_same_procedure(look) else procedures_of((look.where,), Side.OTHER)
        if theirs is None:
            return None
        found += theirs
    return tuple(found)


def own_sets(needed: Iterable[Condition]) -> tuple[CodeSet, ...]:
    """Sets in each of which a judged line's procedure must be for conditions to hold that all must."""
    own = FieldOf("procedure", ValueType.CODE, Side.LINE)
    members = (part for each in needed for part in conjuncts(each) if isinstance(part, Member) and part.value == own)
    return tuple(part.among for part in members if isinstance(part.among, CodeSet))


def columns_of(rules: Iterable[tuple[Policy, Rule]]) -> tuple[str, ...]:
    """The columns of lines that rules read."""
    found = dict.fromkeys(ALWAYS)
    for policy, rule in rules:
        for root in (policy.scope, rule.applies, rule.flag_if, rule.unless, rule.lets, rule.message):
            found.update(dict.fromkeys(map(column_of, fields_in(root))))
        found.update(dict.fromkeys(column for _, let in rule.lets for column in measured(let)))
    return tuple(found)


def with_sets(lines: ir.Table, steps: Steps, sets: Sets, codes: Sequence[CodeSet] = ()) -> ir.Table:
    """Lines with a column for every set: all, or those of some codes and those without a procedure."""
    if not codes and not sets.columns:
        return lines
    # Each code is compared once, not once a line.
    met = steps.procedures(lines)
    if codes:
        met = met.filter(in_set(met.procedure, _together(codes)).fill_null(True))
    columns = {name: in_set(met.procedure, among) for among, name in sets.columns.items()}
    told = steps.keep(met.select(code=met.procedure, **columns), "codes")
    return closed(lines.join(told, lines.procedure.identical_to(told.code)).drop("code"))


def _together(codes: Sequence[CodeSet]) -> CodeSet:
    return CodeSet(
        None,
        frozenset().union(*(each.codes for each in codes)),
        tuple(sorted({low_high for each in codes for low_high in each.ranges})),
        tuple(sorted({prefix for each in codes for prefix in each.prefixes})),
    )


def tells_much(look: Look) -> bool:
    """Whether so many fields must be the same that few of all lines have another like them."""
    return len(look.same) > 3 and any(key.name == "procedure" for key in look.same)


def with_alike(world: World, look: Look, columns: Sequence[str]) -> World:
    """The world in which that look sees, and judges, only lines that share its keys with another line."""
    scalars = [column_of(key) for key in look.same if key.type is not ValueType.CODES]
    scalars = sorted(scalars, key=lambda name: name not in _TELLING)[:4]
    lines = world.lines.filter(world.lines[STATUS] != Status.LOG.value)
    hashed = lines.select(shared=functions.hashed([lines[name] for name in scalars]))
    counted = hashed.group_by("shared").aggregate(lines=hashed.count())
    shared = world.steps.keep(counted.filter(counted.lines > 1).select("shared"), "shared")
    own = lines.select(*columns)
    same = functions.hashed([own[name] for name in scalars]) == shared.shared
    if any(may_be_missing(key) for key in look.same):
        alike = closed(own.left_join(shared, same))
        blanks = [alike[column_of(key)].isnull() for key in look.same if may_be_missing(key)]
        alike = alike.filter(alike.shared.notnull() | any_of(blanks)).drop("shared")
    else:
        alike = closed(own.semi_join(shared, same))
    return replace(world, alike={look: world.steps.keep(alike, "alike")}, kept=True)
