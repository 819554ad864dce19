"""The rulesets of one edition: each shape once, spread so that no ruleset meets a limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cleanclaim.backends.durable.driver import Ruleset
from cleanclaim.backends.durable.local import Unsupported
from cleanclaim.backends.durable.shapes import CHAIN_RULES, Dict, JoinShape, VerdictShape

RULES_LIMIT = 200
"""Rules to one gate value; at 256 the module writes out of bounds."""
RULES_OF_DRIVER = 2
CHAINED_LIMIT = 50
"""Chained joins in one ruleset: each is one more test that every derived fact passes (63 are too many)."""

Shape = JoinShape | VerdictShape


@dataclass
class Shards:
    """Shapes of one sort, numbered as they come, and once compiled the ruleset of each."""

    name: str
    _kinds: dict[Shape, int] = field(default_factory=dict)
    _rules: list[dict[str, Dict]] = field(default_factory=list)
    _rulesets: list[Ruleset] = field(default_factory=list)

    def kind(self, shape: Shape) -> int:
        """The number of a shape. Raises :class:`Unsupported` if the engine cannot take it."""
        if shape not in self._kinds:
            self._rules.append(shape.rules(str(len(self._rules))))
            self._kinds[shape] = len(self._kinds)
        return self._kinds[shape]

    def compile(self) -> None:
        """Makes the rulesets; no shape may be added after."""
        for rules in packed(self._rules):
            ruleset = Ruleset(self.name, {name: rule for each in rules for name, rule in each.items()})
            self._rulesets += [ruleset] * len(rules)

    def ruleset(self, kind: int) -> Ruleset:
        """The ruleset that holds a shape."""
        return self._rulesets[kind]


@dataclass
class Chains:
    """The rulesets that chain derived facts, one for each set of chained joins."""

    _rulesets: dict[frozenset[JoinShape], ChainRuleset] = field(default_factory=dict)

    def ruleset(self, shapes: Iterable[JoinShape]) -> ChainRuleset:
        """The ruleset for strata whose looks have these shapes."""
        key = frozenset(shapes)
        if key not in self._rulesets:
            self._rulesets[key] = ChainRuleset(key)
        return self._rulesets[key]


class ChainRuleset:
    """Rules by which derived facts of one stratum conclude one another."""

    def __init__(self, shapes: frozenset[JoinShape]) -> None:
        if len(shapes) > CHAINED_LIMIT:
            raise Unsupported(f"more than {CHAINED_LIMIT} kinds of looks at facts that rest on one another")
        ordered = sorted(shapes, key=lambda shape: (shape.unequal, [op.value for op in shape.ordered]))
        self.kinds = {shape: at for at, shape in enumerate(ordered)}
        rules = dict(CHAIN_RULES)
        for shape, at in self.kinds.items():
            rules.update(shape.rules(str(at)))
        self.ruleset = Ruleset("chains", rules)


def packed(rules: list[dict[str, Dict]]) -> list[list[dict[str, Dict]]]:
    """Shapes in order, in as few rulesets as the limit allows."""
    shards: list[list[dict[str, Dict]]] = []
    room = 0
    for each in rules:
        if len(each) > room:
            shards.append([])
            room = RULES_LIMIT - RULES_OF_DRIVER
        shards[-1].append(each)
        room -= len(each)
    return shards
