"""Verdicts, settled by the engine from the slots of each rule."""

from __future__ import annotations

from collections.abc import Sequence

from cleanclaim.backends.durable.driver import Ruleset
from cleanclaim.backends.durable.shapes import POSSIBLE, SURE
from cleanclaim.backends.durable.shards import Shards
from cleanclaim.backends.durable.truth import UNKNOWN, Truth

BATCH = 50_000
"""Facts asserted at once, at most."""


def settle_verdicts(questions: Sequence[tuple[int, Sequence[Truth]]], shapes: Shards) -> dict[int, str]:
    """The outcome of each question (a shape and its slots), by its place; one without is silent.

    The outcomes are those of :class:`~cleanclaim.backends.durable.shapes.VerdictShape`. What is
    sure is possible as well, and then it counts as sure.
    """
    outcomes: dict[int, str] = {}
    by_ruleset: dict[Ruleset, list[int]] = {}
    for number, (kind, _) in enumerate(questions):
        by_ruleset.setdefault(shapes.ruleset(kind), []).append(number)
    for ruleset, numbers in by_ruleset.items():
        for start in range(0, len(numbers), BATCH):
            mine = numbers[start : start + BATCH]
            for rule, matched in ruleset.run([_fact(*questions[number]) for number in mine]):
                number = mine[int(matched["v"]["id"])]
                if rule[0] != POSSIBLE or outcomes.get(number) != SURE:
                    outcomes[number] = rule[0]
    return outcomes


def _fact(kind: int, slots: Sequence[Truth]) -> str:
    members = ",".join([f'"a{at}":{truth}' for at, truth in enumerate(slots)])
    return f'"kind":"v{kind}","u":{1 if UNKNOWN in slots else 0},{members}'
