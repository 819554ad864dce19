"""Which rules speak of lines of some procedures alone, so that those lines are found once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import ibis.expr.types as ir

from cleanclaim.backends.relational import functions
from cleanclaim.backends.relational.conditions import in_set
from cleanclaim.backends.relational.layout import STATUS, column_of
from cleanclaim.backends.relational.looks import ORDER
from cleanclaim.backends.relational.nodes import fields_in, measured
from cleanclaim.backends.relational.scope import any_of, closed
from cleanclaim.backends.relational.values import may_be_missing
from cleanclaim.backends.relational.world import Steps, World
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Status
from cleanclaim.policy.model import (
    CodeSet,
    Exists,
    Look,
    Policy,
    Rule,
    Side,
)
from cleanclaim.policy.procedures import procedures_of
from cleanclaim.policy.visit import conditions_of_rule, looks_of_let

ALWAYS = (*ORDER, "received", "procedure")
"""Columns that every rule reads."""


def codes_of(policy: Policy, rule: Rule) -> tuple[CodeSet, ...] | None:
    """The procedures of all lines that a rule judges or looks at, ``None`` where it may be any."""
    own = procedures_of((policy.scope, rule.applies, rule.flag_if), Side.LINE)
    if own is None:
        return None
    looks = [node.look for node in conditions_of_rule(rule) if isinstance(node, Exists)]
    looks += [look for _, let in rule.lets for look in looks_of_let(let)]
    found = list(own)
    for look in looks:
        theirs = own if any(key.name == "procedure" for key in look.same) else procedures_of((look.where,), Side.OTHER)
        if theirs is None:
            return None
        found += theirs
    return tuple(found)


def columns_of(rules: Iterable[tuple[Policy, Rule]]) -> tuple[str, ...]:
    """The columns of lines that rules read."""
    found = dict.fromkeys(ALWAYS)
    for policy, rule in rules:
        for root in (policy.scope, rule.applies, rule.flag_if, rule.unless, rule.lets, rule.message):
            found.update(dict.fromkeys(map(column_of, fields_in(root))))
        found.update(dict.fromkeys(column for _, let in rule.lets for column in measured(let)))
    return tuple(found)


def coded_lines(lines: ir.Table, steps: Steps, codes: Sequence[CodeSet], columns: Sequence[str]) -> ir.Table:
    """The lines of some procedures, and those without one, of which nobody can tell."""
    every = CodeSet(
        None,
        frozenset().union(*(each.codes for each in codes)),
        tuple(sorted({low_high for each in codes for low_high in each.ranges})),
        tuple(sorted({prefix for each in codes for prefix in each.prefixes})),
    )
    # Each code is compared once, not once a line.
    met = steps.procedures(lines)
    wanted = met.filter(in_set(met.procedure, every).fill_null(True))
    wanted = steps.keep(wanted.select(code=wanted.procedure.fill_null("")), "codes")
    own = lines.select(*columns)
    return steps.keep(closed(own.semi_join(wanted, own.procedure.fill_null("") == wanted.code)), "coded")


def tells_much(look: Look) -> bool:
    """Whether so many fields must be the same that few of all lines have another like them."""
    return len(look.same) > 3 and any(key.name == "procedure" for key in look.same)


def with_alike(world: World, look: Look, columns: Sequence[str]) -> World:
    """The world in which that look sees, and judges, only lines that share its keys with another line."""
    scalars = [column_of(key) for key in look.same if key.type is not ValueType.CODES][:4]
    lines = world.lines.filter(world.lines[STATUS] != Status.LOG.value)
    hashed = lines.select(shared=functions.hashed([lines[name] for name in scalars]))
    counted = hashed.group_by("shared").aggregate(lines=hashed.count())
    shared = world.steps.keep(counted.filter(counted.lines > 1).select("shared"), "shared")
    own = lines.select(*columns)
    beside = own.left_join(shared, functions.hashed([own[name] for name in scalars]) == shared.shared)
    blanks = [beside[column_of(key)].isnull() for key in look.same if may_be_missing(key)]
    alike = closed(beside).filter(any_of([beside.shared.notnull(), *blanks])).drop("shared")
    return replace(world, alike={look: world.steps.keep(alike, "alike")})
