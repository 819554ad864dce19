"""The life cycle of a ruleset: what is cut short is told, what is done is forgotten, memory stays flat."""

from __future__ import annotations

import gc
import resource
from pathlib import Path

import pytest

from cleanclaim.backends.durable.driver import FACTS_LIMIT, GATE, Ruleset
from cleanclaim.backends.durable.shapes import JoinShape, pattern
from cleanclaim.backends.errors import EngineFault
from cleanclaim.policy.model import Op

PAIRS = JoinShape(0, (Op.LT,)).rules("0")


def pair_facts(count: int) -> list[str]:
    """A judged line and others that it can be joined with: half of them match."""
    own = f'"kind":"s0","k":1,"p":0,"lo":0,"hi":{count},"r0":{count // 2}'
    return [own, *(f'"kind":"o0","k":1,"p":{at + 1},"r0":{at}' for at in range(count))]


def test_a_batch_fires_what_matches_and_the_next_starts_from_nothing() -> None:
    ruleset = Ruleset("t", PAIRS)
    for _ in range(3):
        assert sorted(matched["o"]["p"] for _, matched in ruleset.run(pair_facts(10))) == [1, 2, 3, 4, 5]
    assert ruleset.run(pair_facts(10)[1:]) == []


def test_facts_that_match_no_pattern_do_no_harm() -> None:
    ruleset = Ruleset("t", PAIRS)
    assert len(ruleset.run(['"kind":"nothing","k":1', *pair_facts(4), '"kind":"s0"'])) == 2


def test_what_is_asserted_later_meets_what_was_there() -> None:
    ruleset = Ruleset("t", PAIRS)
    own, *others = pair_facts(10)
    assert list(ruleset.start(others)) == []
    assert len(list(ruleset.go_on([own]))) == 5
    assert list(ruleset.go_on([])) == []
    ruleset.finish()


@pytest.mark.parametrize(
    "fact",
    [
        '"kind":"o0","k":1e22,"p":1,"r0":1',
        '"kind":"o0","k":1,"p":1,"r0":1,' + ",".join(f'"x{at}":1' for at in range(260)),
    ],
    ids=["a number without a point", "too many members"],
)
def test_a_batch_that_the_module_cuts_short_is_a_fault(fact: str) -> None:
    """The module returns success for both, and drops that fact and all after it."""
    ruleset = Ruleset("t", PAIRS)
    with pytest.raises(EngineFault, match="cut a batch of 12 facts short"):
        ruleset.run([fact, *pair_facts(9)])
    assert len(ruleset.run(pair_facts(10))) == 5, "the next group is not the worse for it"


def test_a_fact_that_the_module_refuses_is_a_fault() -> None:
    ruleset = Ruleset(
        "t", {"r": {"all": [GATE, {"s": pattern("s")}, {"o": pattern("o", [{"$lt": {"r": {"s": "r"}}}])}]}}
    )
    with pytest.raises(EngineFault):
        ruleset.run(['"kind":"s"', '"kind":"o","r":1'])
    assert len(ruleset.run(['"kind":"s","r":2', '"kind":"o","r":1'])) == 1


def test_more_facts_than_ids_are_told_apart_is_a_fault() -> None:
    ruleset = Ruleset("t", PAIRS)
    with pytest.raises(EngineFault, match="more than 90,000 facts"):
        ruleset.run(['"kind":"o0"'] * FACTS_LIMIT)


def test_memory_is_flat_over_many_groups() -> None:
    ruleset = Ruleset("t", PAIRS)
    facts = pair_facts(8)
    for _ in range(2_000):
        ruleset.run(facts)
    before = resident()
    for _ in range(20_000):
        ruleset.run(facts)
    assert resident() - before < 2_000, "kilobytes grown over 20,000 groups"


def test_memory_is_flat_over_many_rulesets() -> None:
    for _ in range(500):
        Ruleset("t", PAIRS).run(pair_facts(4))
    gc.collect()
    before = resident()
    for _ in range(2_000):
        Ruleset("t", PAIRS).run(pair_facts(4))
    assert resident() - before < 4_000, "kilobytes grown over 2,000 rulesets made and forgotten"


def resident() -> int:
    """Memory of this process in kilobytes."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("only Linux tells what memory is resident")
    return int(statm.read_text().split()[1]) * resource.getpagesize() // 1024
