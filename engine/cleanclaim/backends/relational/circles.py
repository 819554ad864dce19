"""Rules that are judged among the lines of some patients alone: those with a line that their policies may speak of.

A warehouse holds the lines of many payers, and most policies are of one: what a rule sees of a patient whom its payer
has billed nothing for tells it nothing, so of many lines its own part is found once for all rules of the payer. So it
is with the rules of a policy for all payers that judge lines of some procedures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir

from cleanclaim.backends.relational.candidates import of_payers
from cleanclaim.backends.relational.coded import codes_of, columns_of, with_sets
from cleanclaim.backends.relational.conditions import condition
from cleanclaim.backends.relational.layout import STATUS, column_of
from cleanclaim.backends.relational.nodes import fields_in, measured
from cleanclaim.backends.relational.scope import Bits, Scope, all_of, any_of, closed
from cleanclaim.backends.relational.sets import Sets
from cleanclaim.backends.relational.shapes import Shape
from cleanclaim.backends.relational.wanted import One
from cleanclaim.backends.relational.world import Steps
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Status
from cleanclaim.policy.model import CodeSet, Condition, FieldOf, Member, Policy, Side
from cleanclaim.policy.procedures import procedures_of
from cleanclaim.policy.visit import conjuncts

_PATIENT = "patient"
Whose = tuple[Condition, ...]
"""What must hold of a line's payer or procedure, all of it."""


@dataclass(frozen=True)
class Circle:
    """Shapes that are judged among the same lines: of patients with a line that is one of some's, or of all."""

    whose: tuple[Whose, ...]
    shapes: tuple[Shape, ...]

    def lines(self, lines: ir.Table, steps: Steps, sets: Sets) -> ir.Table:
        """Their lines, kept, with all columns that they read and those of sets."""
        if not self.whose:
            return lines
        scope = Scope(lines.filter(lines[STATUS] == Status.CLAIM.value), Bits())
        may = any_of([all_of([condition(scope, part).truth for part in each]) for each in self.whose])
        patients = steps.keep(scope.table.filter(may.fill_null(True)).select(_PATIENT).distinct(), "patients")
        own = closed(lines.select(*self._columns()).semi_join(patients, _PATIENT))
        return steps.keep(with_sets(own, steps, sets, self._codes()), "circle", "procedure")

    def _codes(self) -> tuple[CodeSet, ...]:
        """The procedures that all of its rules speak of, none where it may be any."""
        found: list[CodeSet] = []
        for shape in self.shapes:
            for one in shape.rules:
                codes = codes_of(one.policy, one.rule)
                if codes is None or one.rule.derived:
                    return ()
                found += codes
        return tuple(found)

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
    """All shapes: by the payers of their policies where many are of the same, else among all payers that some name; of
    policies for all payers by the procedures that are judged, where many shapes of one policy judge some alone."""
    by_payers: dict[tuple[Whose, ...], list[Shape]] = {}
    by_policy: dict[str, list[Shape]] = {}
    everybody: list[Shape] = []
    for shape in shapes:
        payers = tuple(dict.fromkeys(_payers(one.policy) for one in shape.rules))
        of_patients = all(_PATIENT in one.rule.partition for one in shape.rules)
        if of_patients and all(payers):
            by_payers.setdefault(payers, []).append(shape)
        elif of_patients and all(map(_procedures, shape.rules)):
            by_policy.setdefault(shape.rules[0].policy.id, []).append(shape)
        else:
            everybody.append(shape)
    few: dict[Whose, None] = {}
    together: list[Shape] = []
    for payers, mine in by_payers.items():
        if len(mine) >= fewest:
            yield Circle(payers, tuple(mine))
        else:
            few.update(dict.fromkeys(payers))
            together += mine
    for mine in by_policy.values():
        if len(mine) >= fewest:
            judged = (whose for shape in mine for one in shape.rules for whose in _procedures(one))
            yield Circle(tuple(dict.fromkeys(judged)), tuple(mine))
        else:
            everybody += mine
    if len(together) >= fewest:
        yield Circle(tuple(few), tuple(together))
    else:
        everybody += together
    yield Circle((), tuple(everybody))


def _payers(policy: Policy) -> Whose:
    return tuple(part for part in conjuncts(policy.scope) if of_payers(part))


def _procedures(one: One) -> tuple[Whose, ...]:
    """The procedures that alone a rule judges, none where it may be any."""
    sets = procedures_of((one.policy.scope, one.rule.applies, one.rule.flag_if), Side.LINE)
    return tuple((Member(FieldOf("procedure", ValueType.CODE), among),) for among in sets or ())
