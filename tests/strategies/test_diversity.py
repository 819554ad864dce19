"""Random examples reach every node kind and every verdict, and nearly all of their policies load."""

from __future__ import annotations

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.policy.diagnostics import PolicyError
from tests.strategies.compare import answers
from tests.strategies.examples import example, rolled_written
from tests.strategies.seen import Seen

EXAMPLES = 250


def test_everything_turns_up_often() -> None:
    seen = Seen()
    for number in range(EXAMPLES):
        choose, written = rolled_written(f"diversity-{number}")
        try:
            policies = written.load()
        except PolicyError:
            seen.refused += 1
            continue
        made = example(choose, written, policies)
        seen.add(made, list(answers(made, made.edition(), ReferenceEngine)))
    assert seen.absent() == []
    assert seen.refused <= EXAMPLES * 0.02
    verdicts = {verdict: seen.counts[verdict] for verdict in ("violation", "needs_info", "bypassed", "silence")}
    assert all(count >= EXAMPLES for count in verdicts.values()), verdicts
    rare = {name: seen.counts[name] for name in ("recursion", "several versions", "several strata", "template")}
    assert all(count >= EXAMPLES * 0.04 for count in rare.values()), rare
