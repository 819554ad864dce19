"""The comparison notices an engine that is wrong in one way, whichever of the seeded ways it is."""

from __future__ import annotations

from functools import cache

import pytest

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.versions import Edition
from tests.strategies.compare import Answers, answers, difference
from tests.strategies.examples import Example, example, rolled_written
from tests.strategies.faults import FAULTS, faulty

BUDGET = 2000
"""Examples within which each fault must show: as many as are compared in ``test_same_findings``."""


@cache
def case(number: int) -> tuple[Example, Edition, Answers] | None:
    choose, written = rolled_written(f"fault-{number}")
    try:
        made = example(choose, written, written.load())
    except PolicyError:
        return None
    edition = made.edition()
    return made, edition, list(answers(made, edition, ReferenceEngine))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_seeded_fault_is_found(fault: str) -> None:
    make = faulty(fault)
    for number in range(BUDGET):
        found = case(number)
        if found is not None and difference(found[0], make, edition=found[1], right=found[2]) is not None:
            return
    pytest.fail(f"{BUDGET} examples do not show the fault: {fault}")


def test_the_definition_does_not_differ_from_itself() -> None:
    for number in range(40):
        found = case(number)
        if found is not None:
            assert difference(found[0], ReferenceEngine, edition=found[1], right=found[2]) is None
