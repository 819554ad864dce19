"""Engine rules by shape, in the subset of the rules language that was measured to be safe.

Every pattern tests ``kind`` first, then constants, joins and ``$or`` groups, and closes with a
sentinel; every rule opens with the gate. Without that order and the sentinel the module reads past
its own tables or drops joins, and answers wrongly without a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cleanclaim.backends.durable.driver import GATE
from cleanclaim.backends.durable.formula import Alternative
from cleanclaim.backends.durable.local import Unsupported
from cleanclaim.policy.model import Op

JOINS_LIMIT = 27
"""Joins of one pattern, its sentinel included."""
BRANCHES_LIMIT = 60
"""Tests at one level that one fact may pass at once; at 65 the module refuses the fact."""

SURE, POSSIBLE, BYPASSED = "s", "p", "b"
OPERATORS = {Op.LT: "$lt", Op.LE: "$lte", Op.GT: "$gt", Op.GE: "$gte"}

Dict = dict[str, object]


@dataclass(frozen=True, slots=True)
class JoinShape:
    """Another line with the judged line's key, elsewhere in its group and in its range of places.

    ``unequal`` pairs of members differ; ``ordered`` pairs stand as the operators say, the other
    line's first. A ``chained`` join also wants a derived fact of the other line.
    """

    unequal: int
    ordered: tuple[Op, ...]
    chained: bool = False

    def rules(self, kind: str) -> dict[str, Dict]:
        """The engine rule; the judged line's facts are of kind ``s…``, the others' ``o…``."""
        joins: list[Dict] = [
            {"k": {"s": "k"}},
            {"$neq": {"p": {"s": "p"}}},
            {"$gte": {"p": {"s": "lo"}}},
            {"$lte": {"p": {"s": "hi"}}},
        ]
        joins += [{"$neq": {f"n{at}": {"s": f"n{at}"}}} for at in range(self.unequal)]
        joins += [{OPERATORS[op]: {f"r{at}": {"s": f"r{at}"}}} for at, op in enumerate(self.ordered)]
        if len(joins) >= JOINS_LIMIT:
            raise Unsupported(f"more than {JOINS_LIMIT - 5} comparisons with another line in one look")
        patterns: list[Dict] = [GATE, {"s": pattern(f"s{kind}")}, {"o": pattern(f"o{kind}", joins)}]
        if self.chained:
            patterns.append({"t": pattern("t", [{"k": {"o": "a"}}])})
        return {f"j{kind}": {"all": patterns}}


@dataclass(frozen=True, slots=True)
class VerdictShape:
    """What makes a verdict, over slots ``a0`` … that hold 0, 1 or 2.

    ``sure`` holds if the rule's condition is true and it is not excused, ``possible`` if that
    is not false, ``bypassed`` if the condition and the excuse are both true.
    """

    sure: tuple[Alternative, ...]
    bypassed: tuple[Alternative, ...]

    def rules(self, kind: str) -> dict[str, Dict]:
        """The engine rules, named for their outcome; a fact is of kind ``v…``."""
        leaves = sum(len(clause) for each in (*self.sure, *self.sure, *self.bypassed) for clause in each)
        if leaves > BRANCHES_LIMIT:
            raise Unsupported(f"more than {BRANCHES_LIMIT} tests in the ways a verdict can come about")
        found: dict[str, Dict] = {}
        for at, alternative in enumerate(self.sure):
            found[f"{SURE}{kind}.{at}"] = _verdict(kind, _true(alternative))
            # Where no slot is unknown, what is possible is sure, and need not fire twice.
            found[f"{POSSIBLE}{kind}.{at}"] = _verdict(kind, [[{"u": 1}], *_not_false(alternative)])
        for at, alternative in enumerate(self.bypassed):
            found[f"{BYPASSED}{kind}.{at}"] = _verdict(kind, _true(alternative))
        return found


def pattern(kind: str, joins: Sequence[Dict] = (), tests: Sequence[Sequence[Dict]] = ()) -> Dict:
    """A pattern in the safe order. ``tests`` are clauses; those of more than one test become ``$or``."""
    single = [clause[0] for clause in tests if len(clause) == 1]
    several: list[Dict] = [{"$or": list(clause)} for clause in tests if len(clause) != 1]
    return {"$and": [{"kind": kind}, *single, *joins, *several, {"$and": [{"kind": kind}]}]}


CHAIN_RULES: dict[str, Dict] = {
    "one": {"all": [GATE, {"c": pattern("c")}, {"t": pattern("t", [{"k": {"c": "b"}}])}]},
    "two": {
        "all": [
            GATE,
            {"c": pattern("d")},
            {"t": pattern("t", [{"k": {"c": "b"}}])},
            {"u": pattern("t", [{"k": {"c": "x"}}])},
        ]
    },
}
"""What follows from derived facts that hold (kind ``t``): ``e`` from ``b``, or from ``b`` and ``x``."""


def _verdict(kind: str, tests: Sequence[Sequence[Dict]]) -> Dict:
    return {"all": [GATE, {"v": pattern(f"v{kind}", tests=tests)}]}


def _true(alternative: Alternative) -> list[list[Dict]]:
    return [[{f"a{leaf.slot}": 1 if leaf.positive else 0} for leaf in clause] for clause in alternative]


def _not_false(alternative: Alternative) -> list[list[Dict]]:
    return [[{"$neq": {f"a{leaf.slot}": 0 if leaf.positive else 1}} for leaf in clause] for clause in alternative]
