"""Rules that look at other lines of known codes: which of them a line concerns is told by the codes beside it.

Thousands of rules of one shape ask a few questions of each line, and what stands beside the line answers nearly all:
not the other code that the rule speaks of. So each line is first put beside what it sees by its keys alone, once for
all rules, and both codes are looked up in one index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from cleanclaim.backends.relational.bounds import least, most
from cleanclaim.backends.relational.keyed import by_key, code_of, index_of
from cleanclaim.backends.relational.layout import OTHER, ROW, RULE
from cleanclaim.backends.relational.lets import added_up
from cleanclaim.backends.relational.looks import of_other_alone, pairs
from cleanclaim.backends.relational.nodes import measured
from cleanclaim.backends.relational.rows import Rows
from cleanclaim.backends.relational.scope import Scope, Slot, closed, has_slot
from cleanclaim.backends.relational.values import is_blank
from cleanclaim.backends.relational.world import World
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.model import (
    All,
    Compare,
    Condition,
    Exists,
    LetOf,
    Literal,
    Look,
    Measure,
    Op,
    Side,
    Total,
)
from cleanclaim.policy.visit import conjuncts

MANY_RULES = 100
"""Of fewer, a line concerns so few that they are asked sooner than narrowed down."""
_CODE = f"{OTHER}procedure"
_ADDITIVE = frozenset({Measure.UNITS, Measure.MINUTES, Measure.CHARGE, Measure.ALLOWED, Measure.LINES})


@dataclass(frozen=True)
class _Beside:
    """The lines that see another, each with the code of that; ``slot`` holds the codes that each rule looks for."""

    look: Look
    slot: Slot
    lines: ir.Table


def narrowed(
    world: World, scope: Scope, parts: Sequence[Condition], parameters: Rows, index: ir.Table
) -> ir.Table | None:
    """The rows of a scope that rules may concern, by rule; ``None`` where no look narrows them down.

    ``parts`` must all hold. ``index`` has every rule by the columns of lines that find it, as ``index_…``.
    """
    rules = world.rules
    if rules is None or len(parameters[RULE][1]) < MANY_RULES:
        return None
    own = [name for name in index.columns if name != RULE]
    found = (_beside(world, scope, part, parameters, index) for part in parts)
    beside = next((each for each in found if each is not None), None)
    if beside is None:
        return None
    codes = rules.select(**{f"{RULE}_of": rules[RULE]}, code=rules[beside.slot.column])
    codes = codes.mutate(code=codes.code.unnest()) if codes.code.type().is_array() else codes
    both = closed(index.join(codes, index[RULE] == codes[f"{RULE}_of"]).drop(f"{RULE}_of"))
    both = world.steps.keep(both, "codes")
    # First the pairs that any rule speaks of: the database would else put all rules of a code beside each line.
    spoken = closed(beside.lines.semi_join(both, _spoken(beside.lines, both, own)))
    each = both.view()
    concerned = closed(spoken.join(each, _spoken(spoken, each, own))).select(ROW, RULE).distinct()
    blank = is_blank(scope, beside.look)
    if blank is not None:
        # Of these lines nobody can tell what they see.
        lines = scope.table.filter(blank)
        concerned = ibis.union(concerned, closed(lines.join(index, _met(lines, index, own))).select(ROW, RULE))
    return world.steps.keep(concerned, "beside")


def _spoken(lines: ir.Table, both: ir.Table, own: Sequence[str]) -> list[ir.BooleanValue]:
    return [lines[_CODE] == both.code, *_met(lines, both, own)]


def _met(lines: ir.Table, index: ir.Table, own: Sequence[str]) -> list[ir.BooleanValue]:
    return [lines[name.removeprefix("index_")].identical_to(index[name]) for name in own]


def _beside(world: World, scope: Scope, part: Condition, parameters: Rows, index: ir.Table) -> _Beside | None:
    match part:
        case Exists(look):
            return _seen(world, _of_codes(scope, look, index), look, parameters)
        case Compare(LetOf(name), Op.GT | Op.GE as op, Literal(limit)):
            let = scope.lets[name]
            bound = least(limit, parameters) if isinstance(limit, Slot) else limit
            return _added(world, _of_codes(scope, let.look, index), let, op, bound) if isinstance(let, Total) else None
        case _:
            return None


def _of_codes(scope: Scope, look: Look, index: ir.Table) -> Scope:
    """The lines of the rules' own codes, where a line may see many; those of a day are few, and found without."""
    if any(key.name == "service_date" for key in look.same):
        return scope
    codes = index.select("index_procedure").distinct()
    return scope.on(closed(scope.table.semi_join(codes, _met(scope.table, codes, codes.columns))))


def _seen(world: World, scope: Scope, look: Look, parameters: Rows) -> _Beside | None:
    """Lines beside those that they see by all that is the same for every rule."""
    slot = _slot_of(look)
    within = look.within
    if within is not None and isinstance(within.days, Literal) and isinstance(within.days.value, Slot):
        within = replace(within, days=replace(within.days, value=most(within.days.value, parameters)))
    if slot is None or not (within is None or within.days is None or isinstance(within.days, Literal)):
        return None
    known = tuple(part for part in conjuncts(look.where) if of_other_alone(part))
    look = replace(look, where=All(known), within=within)
    return _Beside(look, slot, pairs(world, scope, look, also=("procedure",)).table)


def _added(world: World, scope: Scope, total: Total, op: Op, bound: Scalar) -> _Beside | None:
    """Lines beside the codes that are added up with them: other codes, and their own where that passes by itself."""
    look, slot = total.look, _slot_of(total.look)
    index = index_of(look)
    known = tuple(part for part in conjuncts(look.where) if part is not index)
    # No line beside it, and a total of nothing, must not pass.
    tells = isinstance(bound, int | Decimal) and (bound >= 0 if op is Op.GT else bound > 0)
    if slot is None or total.measure not in _ADDITIVE or not tells or has_slot(known):
        return None
    groups = by_key(world, scope, replace(look, where=All(known)), (*measured(total), "procedure"))
    if groups is None:
        return None
    found, own, keys = groups
    codes = added_up(found, (*keys, _CODE), total, "total").rename({f"{key}_of": key for key in keys})
    lines = scope.table.mutate(**own)
    alone = (codes.total > bound) if op is Op.GT else codes.total >= bound
    other = ~lines.procedure.identical_to(codes[_CODE])
    same = [lines[key] == codes[f"{key}_of"] for key in keys]
    return _Beside(look, slot, closed(lines.join(codes, [*same, other | alone.fill_null(True)])))


def _slot_of(look: Look) -> Slot | None:
    index = index_of(look)
    return code_of(index, Side.OTHER) if index is not None else None
