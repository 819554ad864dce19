"""Rules that are judged among the lines of some patients alone: those with a line that their policies may speak of.

A warehouse holds the lines of many payers, and most policies are of one: what a rule sees of a patient whom its payer
has billed nothing for tells it nothing, so of many lines its own part is found once for all rules of the payer. So it
is with the rules of a policy for all payers that judge lines of some procedures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from cleanclaim.backends.relational.aggregates import every_bit
from cleanclaim.backends.relational.alone import stands_alone
from cleanclaim.backends.relational.candidates import of_payers
from cleanclaim.backends.relational.coded import codes_with_facts, columns_of, with_sets
from cleanclaim.backends.relational.conditions import condition
from cleanclaim.backends.relational.layout import STATUS, column_of
from cleanclaim.backends.relational.nodes import fields_in, measured
from cleanclaim.backends.relational.scope import MOST_NAMES, NONE, Bits, Scope, all_of, any_of, closed
from cleanclaim.backends.relational.sets import Sets
from cleanclaim.backends.relational.shapes import Shape
from cleanclaim.backends.relational.wanted import One
from cleanclaim.backends.relational.world import Steps
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Status
from cleanclaim.policy.model import CodeSet, Condition, FieldOf, Member, Policy, Side
from cleanclaim.policy.procedures import procedures_of
from cleanclaim.policy.visit import conjuncts

_PATIENT, _WHOSE = "patient", "whose"
Whose = tuple[Condition, ...]
"""What must hold of a line's payer or procedure, all of it."""


@dataclass(frozen=True)
class Circle:
    """Shapes that are judged among the same lines: of patients with a line that is one of some's, or of all.

    Where they speak of some ``codes`` alone, no other lines are among them.
    """

    whose: tuple[Whose, ...]
    shapes: tuple[Shape, ...]
    codes: tuple[CodeSet, ...] = ()

    def lines(self, lines: ir.Table, steps: Steps, sets: Sets) -> ir.Table:
        """Their lines, kept, with all columns that they read and those of sets."""
        if not self.whose:
            return lines
        judged = lines.filter(lines[STATUS] == Status.CLAIM.value)
        concerned = judged.filter(_may_be(judged, self.whose).fill_null(True))
        own = lines.select(*self._columns())
        if self._mixed:
            told = concerned.select(_PATIENT, **{_WHOSE: self._told(concerned)})
            patients = steps.keep(told.group_by(_PATIENT).aggregate(**{_WHOSE: every_bit(told[_WHOSE])}), "patients")
            own = closed(own.join(patients, _PATIENT))
        else:
            patients = steps.keep(concerned.select(_PATIENT).distinct(), "patients")
            own = closed(own.semi_join(patients, _PATIENT))
        return steps.keep(with_sets(own, steps, sets, self.codes), "circle", "procedure")

    def among(self, lines: ir.Table, policies: Iterable[Policy]) -> ir.Table:
        """Those of its lines that are of patients of whom any of some policies may speak."""
        if not self._mixed:
            return lines
        mask = reduce(or_, (self._bit(_payers(policy)) for policy in policies))
        return lines.filter((lines[_WHOSE] & mask) != 0)

    @cached_property
    def _mixed(self) -> bool:
        """Whether some of its rules may speak of other patients than some others."""
        return (
            len(self.whose) > 1
            and len({frozenset(_payers(one.policy) for one in shape.rules) for shape in self.shapes}) > 1
        )

    def _bit(self, whose: Whose) -> int:
        # Two may share a bit: then each stands among the patients of both.
        return 1 << self.whose.index(whose) % MOST_NAMES

    def _told(self, lines: ir.Table) -> ir.IntegerValue:
        """The bits of those whose a line may be."""
        bits = [
            ibis.ifelse(_may_be(lines, (each,)).fill_null(True), ibis.literal(self._bit(each), dt.int64), NONE)
            for each in self.whose
        ]
        return reduce(or_, bits)

    def _columns(self) -> tuple[str, ...]:
        rules = [(one.policy, one.rule) for shape in self.shapes for one in shape.rules]
        policies = {(policy.id, policy.version): policy for policy, rule in rules if rule.derived}
        found = dict.fromkeys((_PATIENT, *columns_of(rules)))
        for policy in policies.values():
            found.update(dict.fromkeys(map(column_of, fields_in(policy.strata))))
            lets = (let for stratum in policy.strata for each in stratum for _, let in each.lets)
            found.update(dict.fromkeys(column for let in lets for column in measured(let)))
        return tuple(found)


def _may_be(lines: ir.Table, whose: Sequence[Whose]) -> ir.BooleanValue:
    scope = Scope(lines, Bits())
    return any_of([all_of([condition(scope, part).truth for part in each]) for each in whose])


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
            yield _circle(payers, mine, everybody)
        else:
            few.update(dict.fromkeys(payers))
            together += mine
    for mine in by_policy.values():
        if len(mine) >= fewest:
            judged = (whose for shape in mine for one in shape.rules for whose in _procedures(one))
            yield _circle(dict.fromkeys(judged), mine, everybody)
        else:
            everybody += mine
    if len(together) >= fewest:
        yield _circle(few, together, everybody)
    else:
        everybody += together
    yield Circle((), tuple(everybody))


def _circle(whose: Iterable[Whose], shapes: Sequence[Shape], everybody: list[Shape]) -> Circle:
    """A circle of shapes. Those that may speak of any procedure are everybody's where each speaks of a line by itself,
    so that they do not keep all lines in the circle."""
    codes = {at: _codes(shape) for at, shape in enumerate(shapes)}
    of_any = [shape for at, shape in enumerate(shapes) if codes[at] is None]
    if not all(map(stands_alone, of_any)):
        return Circle(tuple(whose), tuple(shapes))
    everybody += of_any
    coded = tuple(shape for at, shape in enumerate(shapes) if codes[at] is not None)
    return Circle(tuple(whose), coded, tuple(dict.fromkeys(each for some in codes.values() for each in some or ())))


def _codes(shape: Shape) -> tuple[CodeSet, ...] | None:
    found = [codes_with_facts(one.policy, one.rule) for one in shape.rules]
    return None if None in found else tuple(each for some in found for each in some or ())


def _payers(policy: Policy) -> Whose:
    return tuple(part for part in conjuncts(policy.scope) if of_payers(part))


def _procedures(one: One) -> tuple[Whose, ...]:
    """The procedures that alone a rule judges, none where it may be any."""
    sets = procedures_of((one.policy.scope, one.rule.applies, one.rule.flag_if), Side.LINE)
    return tuple((Member(FieldOf("procedure", ValueType.CODE), among),) for among in sets or ())
