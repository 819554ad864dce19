"""An edition as steps of expressions: facts first, then rule after rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import ibis
import ibis.expr.types as ir

from cleanclaim.backends.relational.alone import alone
from cleanclaim.backends.relational.circles import Circle, circles
from cleanclaim.backends.relational.coded import codes_of, columns_of, with_sets
from cleanclaim.backends.relational.facts import derive
from cleanclaim.backends.relational.nodes import members_in
from cleanclaim.backends.relational.rules import findings
from cleanclaim.backends.relational.scope import Unsupported
from cleanclaim.backends.relational.sets import Sets
from cleanclaim.backends.relational.shapes import Shape, shapes
from cleanclaim.backends.relational.typed import schema
from cleanclaim.backends.relational.wanted import LINES, One, Wanted, wanted
from cleanclaim.backends.relational.world import Steps, World
from cleanclaim.policy.model import CodeSet, Policy
from cleanclaim.policy.versions import Edition


@dataclass
class Program:
    """The steps of what was asked for, made shape by shape, so that some can run while others are made."""

    wanted: Wanted
    so_far: Steps = field(default_factory=Steps)
    left: list[One] = field(default_factory=list)
    _making: Iterator[tuple[int, int]] | None = None

    def make(self) -> Iterator[tuple[int, int]]:
        """Goes on making: after each shape, how many are made and how many there are; :attr:`so_far` grows."""
        if self._making is None:
            self._making = self._made()
        return self._making

    @cached_property
    def lines(self) -> ir.Table:
        """The table of lines."""
        return ibis.table(schema(self.wanted.columns), name=LINES)

    @property
    def steps(self) -> Steps:
        """All of them."""
        return self._whole().so_far

    @property
    def by_definition(self) -> tuple[One, ...]:
        """The rules that no expression here says."""
        return tuple(self._whole().left)

    @property
    def asked(self) -> tuple[One, ...]:
        """The rules that the steps judge by."""
        left = self._whole().left
        return tuple(one for one in self.wanted.rules if one not in left)

    def _whole(self) -> Program:
        for _ in self.make():
            pass
        return self

    def _made(self) -> Iterator[tuple[int, int]]:
        wanted, lines = self.wanted, self.lines
        waiting = shapes(wanted.rules, wanted.edition.tables, apart=wanted.apart)
        done, ahead = 0, len(waiting)
        for circle in circles(waiting, wanted.fewest) if wanted.fewest is not None else (Circle((), waiting),):
            if not circle.shapes:
                continue
            if circle.whose:
                self.so_far.procedures(lines)
            begun = len(self.so_far.steps)
            ahead -= len(circle.shapes)
            for _, more in self._judged(circle):
                done += 1
                yield done, done + more + ahead
            self.so_far.drop(begun)

    def _judged(self, circle: Circle) -> Iterator[tuple[int, int]]:
        """Makes the steps of a circle: after each shape, how many are made, and how many of it there will be."""
        edition, steps = self.wanted.edition, self.so_far
        sets = _sets(circle)
        table = circle.lines(self.lines, steps, sets)
        rules = tuple(one for shape in circle.shapes for one in shape.rules)
        worlds: dict[tuple[str, str], World | None] = {}
        for one in rules:
            version = (one.policy.id, one.policy.version)
            if version not in worlds:
                among = circle.among(table, (one.policy,))
                worlds[version] = _world(edition, one.policy, rules, steps, among, sets, table is not self.lines)
        unsaid = [version for version, world in worlds.items() if world is None]
        left = [one for one in rules if one.rule.derived and (one.policy.id, one.policy.version) in unsaid]
        self.left += left
        # Rules that use facts are of one version, and so are all rules of a shape with one.
        waiting = [shape for shape in circle.shapes if shape.rules[0] not in left]
        codes = {one.number: found for one in rules if (found := codes_of(one.policy, one.rule)) is not None}
        # The lines of a circle tell of sets already, so that those of some procedures are found soon enough.
        coded = _coded(steps, table, waiting, codes, sets) if not circle.whose else None
        few = {number: coded for number in codes if coded is not None}
        if not circle.whose:
            single, numbers = alone(table, steps, [shape for shape in waiting if shape.rules[0].number not in few])
            few |= dict.fromkeys(numbers, single)
        done = 0
        while waiting:
            judged = waiting.pop(0)
            first = judged.rules[0]
            among = circle.among(table, (one.policy for one in judged.rules))
            world = worlds[first.policy.id, first.policy.version] or World(
                among,
                among,
                first.policy,
                edition.tables_of(first.policy),
                steps,
                sets=sets,
                kept=table is not self.lines,
            )
            lines = few.get(first.number) if all(one.number in few for one in judged.rules) else None
            begun = len(steps.steps)
            try:
                if lines is not None:
                    world = replace(world, lines=lines, kept=True)
                else:
                    world = replace(world, lines=among, all_lines=among)
                steps.steps.append(findings(world, judged))
                steps.drop(begun)
            except Unsupported:
                steps.undo(begun)
                if len(judged.rules) == 1:
                    self.left.append(first)
                else:
                    waiting = [each for one in judged.rules for each in shapes([one], edition.tables)] + waiting
            done += 1
            yield done, len(waiting)


def program(
    edition: Edition,
    columns: Mapping[str, str],
    partition: tuple[str, ...] | None = None,
    *,
    apart: bool = False,
    fewest: int | None = None,
) -> Program:
    """The steps of all rules, or those of one partition, over lines of some columns."""
    return Program(wanted(edition, columns, partition, apart=apart, fewest=fewest))


def _sets(circle: Circle) -> Sets:
    """The sets that the rules of a circle, and the facts that they use, want procedures to be in."""
    policies = {(one.policy.id, one.policy.version): one.policy for shape in circle.shapes for one in shape.rules}
    facts = (policy.strata for policy in policies.values())
    rules = ((shape.policy.scope, shape.rule) for shape in circle.shapes)
    return Sets.of(members_in(tuple(rules), tuple(facts)))


def _world(
    edition: Edition, policy: Policy, rules: Sequence[One], steps: Steps, lines: ir.Table, sets: Sets, kept: bool
) -> World | None:
    """The world of one version with the facts that its rules need, ``None`` where no expression says those."""
    wanted = frozenset(fact for one in rules if one.policy is policy for fact in one.rule.derived)
    world = World(lines, lines, policy, edition.tables_of(policy), steps, sets=sets, kept=kept)
    begun = len(steps.steps)
    try:
        derive(world, wanted)
    except Unsupported:
        steps.undo(begun)
        return None
    return world


def _coded(
    steps: Steps, lines: ir.Table, judged: Sequence[Shape], codes: Mapping[int, tuple[CodeSet, ...]], sets: Sets
) -> ir.Table | None:
    """The lines of the procedures that rules speak of, for those rules that speak of some alone."""
    if len(codes) < 2:
        return None
    every = [each for sets in codes.values() for each in sets]
    read = [(shape.policy, shape.rule) for shape in judged if shape.rules[0].number in codes]
    own = lines.select(*columns_of(read))
    return steps.keep(with_sets(own, steps, sets, every), "coded", "procedure")
