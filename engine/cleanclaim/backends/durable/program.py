"""The rules of one partition, found for a line by a few of its codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cleanclaim.backends.durable.looks import Way
from cleanclaim.backends.durable.plans import ByDefinition, RulePlan, VersionPlan
from cleanclaim.backends.durable.screen import ONLY_FALSE, Entry, Screen, screen, selector
from cleanclaim.claims.model import Line
from cleanclaim.policy.model import All, AnyOf, CodeSet, Compare, Condition, FieldOf, Literal, Member, Op, Side

ENTRIES_KEPT = 100_000


@dataclass(frozen=True, eq=False)
class Program:
    """The rules of one partition in the order of the definition, and their versions."""

    rules: tuple[RulePlan | ByDefinition, ...]
    versions: tuple[VersionPlan, ...]
    selective: tuple[str, ...]
    """The fields by which rules are found."""

    def entry(self, line: Line) -> Entry:
        """What a line can be part of. Lines alike in the selective fields share one entry."""
        key = self._selected(line)
        entry = self._entries.get(key)
        if entry is None:
            if len(self._entries) >= ENTRIES_KEPT:
                self._entries.clear()
            entry = self._entries[key] = Entry(self._screen_of, self._rules_for(line))
        return entry

    def _rules_for(self, line: Line) -> tuple[int, ...]:
        by_code, others = self._by_procedure
        numbers = sorted((*by_code.get(line.procedure or "", ()), *others))
        return tuple(number for number in numbers if self._screens[number](line) != ONLY_FALSE)

    def _screen_of(self, way: Way) -> Screen:
        made = self._screens_of_ways.get(way.number)
        if made is None:
            made = self._screens_of_ways[way.number] = screen(way.other, Side.OTHER)
        return made

    @cached_property
    def _screens_of_ways(self) -> dict[int, Screen]:
        return {}

    @cached_property
    def _entries(self) -> dict[object, Entry]:
        return {}

    @cached_property
    def _selected(self) -> Callable[[Line], object]:
        return selector(self.selective)

    @cached_property
    def _screens(self) -> tuple[Screen, ...]:
        return tuple(screen(_conjunction(plan), Side.LINE) for plan in self.rules)

    @cached_property
    def _by_procedure(self) -> tuple[Mapping[str, list[int]], list[int]]:
        """The rules that speak only of certain procedures, by procedure, and all other rules."""
        by_code: dict[str, list[int]] = {}
        others: list[int] = []
        for number, plan in enumerate(self.rules):
            codes = procedures(_conjunction(plan))
            if codes is None:
                others.append(number)
            else:
                for code in codes:
                    by_code.setdefault(code, []).append(number)
        return by_code, others


def procedures(condition: Condition) -> frozenset[str] | None:
    """The procedures without which a condition is false; ``None`` where they are not a plain list."""
    match condition:
        case All(parts):
            found = [codes for part in parts if (codes := procedures(part)) is not None]
            return frozenset.intersection(*found) if found else None
        case AnyOf(parts) if parts:
            each = [procedures(part) for part in parts]
            known = [codes for codes in each if codes is not None]
            return frozenset().union(*known) if len(known) == len(each) else None
        case Member(FieldOf("procedure", _, Side.LINE, False), CodeSet(_, codes, (), ())):
            return codes | {""}
        case Compare(FieldOf("procedure", _, Side.LINE, False), Op.EQ, Literal(str() as code)):
            return frozenset({code, ""})
        case _:
            return None


def _conjunction(plan: RulePlan | ByDefinition) -> Condition:
    return All((plan.policy.scope, plan.rule.applies, plan.rule.flag_if))
