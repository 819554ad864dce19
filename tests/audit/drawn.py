"""Desks with random policies, and random lines to audit there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from cleanclaim.policy.diagnostics import PolicyError
from tests.audit.audited import Desk, as_billed, write_lines
from tests.strategies.choose import Choose
from tests.strategies.examples import Written, drawn_written, example
from tests.strategies.pools import DECLARED, TYPES

# An example is a whole audit: what differs is looked at as it was drawn.
RANDOM = settings(
    max_examples=14,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def at_random_desks(compare: Callable[[Desk, Path], int | None]) -> tuple[int, int]:
    """How often something could be compared at a desk of random policies with a file of lines, and what it found.

    ``compare`` says how many findings it compared, and ``None`` where it could not.
    """
    counts: list[int] = []

    @RANDOM
    @given(drawn_written())
    def draw(drawn: tuple[Choose, Written]) -> None:
        choose, written = drawn
        try:
            policies = written.load()
        except PolicyError:
            return
        made = example(choose, written, policies, batches=3)
        facts = {name: TYPES[name] for name in sorted(DECLARED)}
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_lines(folder / "lines.parquet", as_billed(made.claims), facts)
            found = compare(Desk(folder, made.edition(), facts=facts), folder / "lines.parquet")
            if found is not None:
                counts.append(found)

    draw()
    return len(counts), sum(counts)
