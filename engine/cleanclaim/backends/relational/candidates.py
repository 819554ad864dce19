"""The lines that the rules of a shape may concern: found through an index of procedure and payer to rule."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from cleanclaim.backends.relational.bounds import loosest
from cleanclaim.backends.relational.codes_beside import narrowed
from cleanclaim.backends.relational.conditions import condition
from cleanclaim.backends.relational.keyed import code_of, counted_slot
from cleanclaim.backends.relational.layout import ROW, RULE, column_of
from cleanclaim.backends.relational.nodes import fields_in
from cleanclaim.backends.relational.questions import is_local, local_lets
from cleanclaim.backends.relational.rows import Rows
from cleanclaim.backends.relational.scope import PARAMETER, UNKNOWN, Bits, Scope, Slot, closed, has_slot
from cleanclaim.backends.relational.shapes import Shape
from cleanclaim.backends.relational.world import World
from cleanclaim.policy.model import Condition, Side, Total
from cleanclaim.policy.visit import conjuncts

_PAYERS = frozenset({"payer", "payer_name", "payer_type"})
"""Fields of few different values, whose conditions are met once for each of them and not once a line."""
_INDEXED = "of_index"


def parameters(world: World, shape: Shape) -> ir.Table | None:
    """The parameters of a shape, a row for every rule, but for those of its messages."""
    if shape.parameters is None:
        return None
    return world.steps.parameters(shape.parameters).drop(*words_of(shape))


def candidates(world: World, shape: Shape, scope: Scope, needed: Sequence[Condition]) -> Scope:
    """The lines of a scope's table with every rule that may concern them, and that rule's parameters."""
    rules = world.rules
    if rules is None or shape.parameters is None:
        return scope.on(scope.table.mutate(**{RULE: ibis.literal(shape.rules[0].number, "int32")}))
    parts = [part for each in needed for part in conjuncts(each)]
    index = next((part for part in parts if code_of(part, Side.LINE) is not None), None)
    on_payers = [part for part in parts if of_payers(part)]
    others = [part for part in parts if part is not index and part not in on_payers]
    lines = _within_bounds(scope, others, shape.parameters)
    if index is None and not on_payers:
        return scope.on(closed(lines.cross_join(rules)))
    concerned = rules.select(RULE)
    same: list[str] = []
    if index is not None:
        concerned = _coded(rules, index)
        same.append("procedure")
    if on_payers:
        fields = sorted({column_of(field) for part in on_payers for field in fields_in(part)})
        met = world.steps.keep(scope.table.select(*fields).distinct(), "payers")
        every = closed(met.cross_join(rules))
        for part in on_payers:
            every = every.filter(condition(scope.on(every), part).truth.fill_null(True))
        payers = every.select(**{f"{RULE}_of": every[RULE]}, **{name: every[name] for name in fields})
        concerned = closed(concerned.join(payers, concerned[RULE] == payers[f"{RULE}_of"])).drop(f"{RULE}_of")
        same += fields
    concerned = concerned.rename({f"index_{name}": name for name in same})
    concerned = world.steps.keep(concerned, "index")
    few = narrowed(world, scope.on(lines), others, shape.parameters, concerned) if index is not None else None
    if few is not None:
        few = few.rename({f"{ROW}_of": ROW})
        found = closed(lines.join(few, lines[ROW] == few[f"{ROW}_of"]).drop(f"{ROW}_of"))
    else:
        found = lines.join(concerned, [lines[name].identical_to(concerned[f"index_{name}"]) for name in same])
        found = closed(found.drop(*(f"index_{name}" for name in same)))
    held = rules.drop(*_found_by(shape, index)).rename({f"{RULE}_of": RULE})
    found = closed(found.join(held, found[RULE] == held[f"{RULE}_of"]).drop(f"{RULE}_of"))
    if index is None:
        return scope.on(found)
    truth = ibis.cases((found.procedure.notnull(), True), else_=UNKNOWN)
    return scope.on(found.mutate(**{_INDEXED: truth})).holding(index, _INDEXED)


def _within_bounds(scope: Scope, parts: Sequence[Condition], parameters: Rows) -> ir.Table:
    """The lines of which any rule at all may say what it asks of the line alone."""
    constant = Scope(scope.table, Bits(), {name: let for name, let in scope.lets.items() if not has_slot(let)})
    local = local_lets(constant.lets)
    bounds = [bound for part in parts if is_local(part, local) and (bound := loosest(part, parameters)) is not None]
    for bound in bounds:
        constant = constant.on(constant.table.filter(condition(constant, bound).truth.fill_null(True)))
    return constant.table


def with_words(world: World, shape: Shape, findings: ir.Table) -> ir.Table:
    """Findings with the parameters that only their messages need, which no candidate has to carry."""
    words = words_of(shape)
    if shape.parameters is None or not words:
        return findings
    rules = world.steps.parameters(shape.parameters)
    rules = rules.select(**{f"{RULE}_of": rules[RULE]}, **{name: rules[name] for name in words})
    return closed(findings.join(rules, findings[RULE] == rules[f"{RULE}_of"]).drop(f"{RULE}_of"))


def words_of(shape: Shape) -> tuple[str, ...]:
    """The parameters that stand only in the message."""
    held = tuple(shape.parameters or ())
    rule = shape.rule
    read = repr((shape.policy.scope, rule.applies, rule.lets, rule.flag_if, rule.unless, shape.due))
    slots = [Slot(int(name.removeprefix(PARAMETER))) for name in held if name != RULE]
    return tuple(slot.column for slot in slots if repr(slot) not in read)


def _found_by(shape: Shape, index: Condition | None) -> tuple[str, ...]:
    """The parameters by which lines are found, and that are not asked for again."""
    slots = [counted_slot(let.look) for _, let in shape.rule.lets if isinstance(let, Total)]
    slots += [code_of(index, Side.LINE)] if index is not None else []
    held = shape.parameters or {}
    return tuple(slot.column for slot in slots if slot is not None and slot.column in held)


def _coded(rules: ir.Table, index: Condition) -> ir.Table:
    """Every rule by its codes, and by none: of a line without a procedure nobody can tell."""
    slot = code_of(index, Side.LINE)
    assert slot is not None
    codes = rules[slot.column]
    by_code = rules.select(RULE, procedure=codes.unnest() if codes.type().is_array() else codes)
    return ibis.union(by_code, rules.select(RULE, procedure=ibis.null("string")))


def of_payers(part: Condition) -> bool:
    """Whether a condition speaks of the payer of the line alone."""
    names = {field.name for field in fields_in(part)}
    return bool(names) and names <= _PAYERS and is_local(part, frozenset())
