"""Rules that are judged among the lines of some patients alone: those with a line by a payer that their policies name.

A warehouse holds the lines of many payers, and most policies are of one: what a rule sees of a patient whom its payer
has billed nothing for tells it nothing, so of many lines its own part is found once for all rules of the payer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir

from cleanclaim.backends.relational.candidates import of_payers
from cleanclaim.backends.relational.coded import columns_of
from cleanclaim.backends.relational.conditions import condition
from cleanclaim.backends.relational.layout import STATUS, column_of
from cleanclaim.backends.relational.nodes import fields_in, measured
from cleanclaim.backends.relational.scope import Bits, Scope, all_of, any_of, closed
from cleanclaim.backends.relational.shapes import Shape
from cleanclaim.backends.relational.world import Steps
from cleanclaim.claims.model import Status
from cleanclaim.policy.model import Condition, Policy
from cleanclaim.policy.visit import conjuncts

_PATIENT = "patient"
Payers = tuple[Condition, ...]
"""What must hold of the payer, all of it."""


@dataclass(frozen=True)
class Circle:
    """Shapes that are judged among the same lines: of patients with a line by one of some payers, or of all."""

    payers: tuple[Payers, ...]
    shapes: tuple[Shape, ...]

    def lines(self, lines: ir.Table, steps: Steps) -> ir.Table:
        """Their lines, kept, with all columns that they read."""
        if not self.payers:
            return lines
        scope = Scope(lines.filter(lines[STATUS] == Status.CLAIM.value), Bits())
        may = any_of([all_of([condition(scope, part).truth for part in each]) for each in self.payers])
        patients = steps.keep(scope.table.filter(may.fill_null(True)).select(_PATIENT).distinct(), "patients")
        own = lines.select(*self._columns())
        return steps.keep(closed(own.semi_join(patients, _PATIENT)), "circle")

    def _columns(self) -> tuple[str, ...]:
        rules = [(one.policy, one.rule) for shape in self.shapes for one in shape.rules]
        policies = {(policy.id, policy.version): policy for policy, rule in rules if rule.derived}
        found = dict.fromkeys((_PATIENT, *columns_of(rules)))
        for policy in policies.values():
            found.update(dict.fromkeys(map(column_of, fields_in(policy.strata))))
            lets = (let for stratum in policy.strata for each in stratum for _, let in each.lets)
            found.update(dict.fromkeys(column for let in lets for column in measured(let)))
        return tuple(found)


def circles(shapes: Sequence[Shape], fewest: int) -> Iterator[Circle]:
    """All shapes: by the payers of their policies where many are of the same, else among all payers that some name."""
    by_payers: dict[tuple[Payers, ...], list[Shape]] = {}
    everybody: list[Shape] = []
    for shape in shapes:
        payers = tuple(dict.fromkeys(_payers(one.policy) for one in shape.rules))
        of_patients = all(_PATIENT in one.rule.partition for one in shape.rules)
        (by_payers.setdefault(payers, []) if of_patients and all(payers) else everybody).append(shape)
    few: dict[Payers, None] = {}
    together: list[Shape] = []
    for payers, mine in by_payers.items():
        if len(mine) >= fewest:
            yield Circle(payers, tuple(mine))
        else:
            few.update(dict.fromkeys(payers))
            together += mine
    if len(together) >= fewest:
        yield Circle(tuple(few), tuple(together))
    else:
        everybody += together
    yield Circle((), tuple(everybody))


def _payers(policy: Policy) -> Payers:
    return tuple(part for part in conjuncts(policy.scope) if of_payers(part))
