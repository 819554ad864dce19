"""Lines added up once for all who look: those that a look sees whoever looks, by the keys that both share."""

from __future__ import annotations

from collections.abc import Iterable

import ibis.expr.types as ir

from cleanclaim.backends.relational.conditions import condition
from cleanclaim.backends.relational.layout import OTHER, ROW, RULE, column_of
from cleanclaim.backends.relational.looks import calendar, key_of, of_other_alone, of_same_procedure, others
from cleanclaim.backends.relational.nodes import fields_of
from cleanclaim.backends.relational.scope import Scope, Slot, closed
from cleanclaim.backends.relational.world import World
from cleanclaim.policy.model import Compare, Condition, FieldOf, Literal, Look, Member, Op, Side, Span
from cleanclaim.policy.visit import conjuncts


def by_key(
    world: World, scope: Scope, look: Look, also: Iterable[str]
) -> tuple[ir.Table, dict[str, ir.Value], list[str]] | None:
    """The lines that a look sees whoever looks, with what those who look share: the columns of both sides to
    compare, and their names. ``None`` where it depends on more of the judged line than keys."""
    look = of_same_procedure(world, look)
    parts = list(conjuncts(look.where))
    index = index_of(look)
    if not _counts_by_key(look):
        return None
    wanted = {ROW, "service_date", *also, *(column_of(key) for key in look.same)}
    wanted.update(column_of(field) for field in fields_of(Side.OTHER, look.where))
    other = others(world, look, wanted, log=False)
    for part in parts:
        if part is not index:
            other = other.filter(condition(scope.on(other), part).truth)
    own: dict[str, ir.Value] = {}
    theirs: dict[str, ir.Value] = {}
    for at, key in enumerate(look.same):
        own[f"key_{at}"], theirs[f"key_{at}"] = key_of(scope.table, key), key_of(other, key, OTHER)
    for at, (mine, other_day) in enumerate(calendar(scope.service_date, other[f"{OTHER}service_date"], _span(look))):
        own[f"day_{at}"], theirs[f"day_{at}"] = mine, other_day
    other = other.mutate(**theirs)
    names = [*own]
    if index is None:
        return other, own, names
    slot = code_of(index, Side.OTHER)
    assert slot is not None
    assert world.rules is not None
    codes = world.rules.select(rule_of=world.rules[RULE], code=world.rules[slot.column])
    codes = codes.mutate(code=codes.code.unnest()) if codes.code.type().is_array() else codes
    # What is asked about, with its codes: of all lines that some rule adds up there are many more.
    asked = scope.table.mutate(**own).select(RULE, *names).distinct().rename({f"{name}_of": name for name in names})
    asked = closed(asked.join(codes, asked[RULE] == codes.rule_of).drop("rule_of"))
    same = [other[name] == asked[f"{name}_of"] for name in names]
    return closed(other.join(asked, [other[f"{OTHER}procedure"] == asked.code, *same])), own, [RULE, *names]


def counted_slot(look: Look) -> Slot | None:
    """The parameter by which lines are found that a rule adds up, once for all who look."""
    index = index_of(look)
    return code_of(index, Side.OTHER) if index is not None and _counts_by_key(look) else None


def counts_for_all(look: Look) -> bool:
    """Whether what a look sees is added up once for all who look, whoever they are."""
    return index_of(look) is None and _counts_by_key(look)


def _counts_by_key(look: Look) -> bool:
    """Whether what a look sees depends on nothing of the judged line but its keys and its calendar."""
    if look.differs or look.position is not None or _span(look) is Span.DAYS:
        return False
    index = index_of(look)
    return all(part is index or of_other_alone(part) for part in conjuncts(look.where))


def index_of(look: Look) -> Condition | None:
    """The part of a look that a parameter holds the codes of."""
    return next((part for part in conjuncts(look.where) if code_of(part, Side.OTHER) is not None), None)


def _span(look: Look) -> Span | None:
    return look.within.span if look.within is not None else None


def code_of(part: Condition, side: Side) -> Slot | None:
    """The parameter that a line's procedure must be, or be among."""
    match part:
        case Member(FieldOf("procedure", _, of, False), Slot() as slot) if of is side:
            return slot
        case Compare(FieldOf("procedure", _, of, False), Op.EQ, Literal(Slot() as slot)) if of is side:
            return slot
        case _:
            return None
