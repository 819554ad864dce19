"""Rules that speak of a line by itself: the lines that any of them may concern are found in one pass over all."""

from __future__ import annotations

from collections.abc import Sequence

import ibis.expr.types as ir

from cleanclaim.backends.relational.clocks import clock
from cleanclaim.backends.relational.coded import columns_of
from cleanclaim.backends.relational.conditions import condition
from cleanclaim.backends.relational.layout import STATUS
from cleanclaim.backends.relational.questions import is_local
from cleanclaim.backends.relational.scope import Bits, Scope, Unsupported, all_of, any_of
from cleanclaim.backends.relational.shapes import Shape
from cleanclaim.backends.relational.world import Steps
from cleanclaim.claims.model import Status
from cleanclaim.policy.model import Allowance, Condition, LetOf, Lookup, Total
from cleanclaim.policy.visit import conjuncts, leaves

_FEWEST = 2
"""So many rules make up for a pass of their own."""


def stands_alone(shape: Shape) -> bool:
    """Whether a rule speaks of nothing but the line, and names no let by way of another."""
    rule = shape.rule
    roots = (*_needed(shape), *(() if rule.unless is None else (rule.unless,)))
    plain = frozenset(
        name
        for name, let in rule.lets
        if not isinstance(let, Total | Lookup | Allowance) and not any(isinstance(leaf, LetOf) for leaf in leaves(let))
    )
    return shape.parameters is None and len(plain) == len(rule.lets) and all(is_local(each, plain) for each in roots)


def alone(lines: ir.Table, steps: Steps, shapes: Sequence[Shape]) -> tuple[ir.Table, frozenset[int]]:
    """The lines of which any rule that stands alone may have something to say, and the numbers of those rules."""
    judged = lines.filter(lines[STATUS] == Status.CLAIM.value)
    said = [(shape, _may_concern(judged, shape)) for shape in shapes if stands_alone(shape)]
    may = [(shape, truth) for shape, truth in said if truth is not None]
    if len(may) < _FEWEST:
        return lines, frozenset()
    columns = columns_of([(shape.policy, shape.rule) for shape, _ in may])
    found = steps.keep(judged.filter(any_of([truth for _, truth in may])).select(*columns), "alone")
    return found, frozenset(shape.rules[0].number for shape, _ in may)


def _may_concern(lines: ir.Table, shape: Shape) -> ir.BooleanValue | None:
    scope = Scope(lines, Bits(), dict(shape.rule.lets))
    try:
        truths = [clock(scope, shape.rule, shape.due).truth]
        truths += [condition(scope, part).truth for each in _needed(shape) for part in conjuncts(each)]
    except Unsupported:
        return None
    return all_of([truth.fill_null(True) for truth in truths])


def _needed(shape: Shape) -> tuple[Condition, ...]:
    return (shape.policy.scope, shape.rule.applies, shape.rule.flag_if)
