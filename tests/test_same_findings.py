"""The engines and the definition make the same findings of random policies and random claims, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.policy.diagnostics import PolicyError
from tests.strategies.choose import Choose
from tests.strategies.compare import MakeEngine, answers, difference, engines
from tests.strategies.examples import Written, drawn_written, example
from tests.strategies.minimise import minimise
from tests.strategies.notation import block
from tests.strategies.seen import LEFT, RULES, Seen

EXAMPLES = {"durable": 1000, "duckdb": 60}
"""Examples that must be compared; a few more are drawn, because the loader refuses some.

DuckDB plans some twenty statements an example, so that it is given fewer; ``make fuzz`` gives it as many as there is
time for.
"""
SEE_ALL = 1000
"""Examples among which everything must turn up."""
MINIMISE_SECONDS = 30.0


@pytest.mark.parametrize(("name", "make"), engines().items(), ids=engines())
def test_an_engine_makes_the_findings_of_the_definition(name: str, make: MakeEngine) -> None:
    seen = Seen()
    wanted = EXAMPLES[name]

    # Shrinking is ours: Hypothesis would draw other claims for every policy that it cuts.
    @settings(
        max_examples=wanted + wanted // 20,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn_written())
    def compare(drawn: tuple[Choose, Written]) -> None:
        choose, written = drawn
        try:
            policies = written.load()
        except PolicyError:
            seen.refused += 1
            return
        made = example(choose, written, policies)
        edition = made.edition()
        right = list(answers(made, edition, ReferenceEngine))
        seen.add(made, right)
        found = difference(made, seen.watching(make), edition=edition, right=right)
        if found is not None:
            small = minimise(made, lambda smaller: difference(smaller, make) is not None, MINIMISE_SECONDS)
            policies_text = "\n".join(map(block, (*small.written.templates, *small.written.policies)))
            lines = "\n".join(repr(line) for batch in small.claims for line in batch)
            raise AssertionError(f"{difference(small, make)}\n\n{policies_text}\n{lines}")

    compare()
    assert seen.refused <= seen.examples * 0.02, "the generator writes policies that the loader refuses"
    assert seen.examples >= wanted
    assert wanted < SEE_ALL or seen.absent() == []
    assert seen.counts[LEFT] <= seen.counts[RULES] * 0.03, "too many rules are compared with themselves"
