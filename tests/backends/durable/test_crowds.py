"""Many lines under one key, long chains of facts, and many shapes: right, and within the module's limits."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from cleanclaim.backends.durable import DurableEngine, joins
from cleanclaim.backends.durable.shards import RULES_LIMIT, RULES_OF_DRIVER, packed
from cleanclaim.claims.model import Line
from cleanclaim.findings.finding import Verdict
from cleanclaim.policy.model import (
    TRUE,
    All,
    AnyOf,
    Compare,
    Condition,
    Derivation,
    Derived,
    Exists,
    Look,
    Member,
    Not,
    Op,
    Position,
    Side,
)
from tests.backends.durable.agreement import (
    FIRST,
    agreed,
    edition,
    literal,
    other,
    own,
    policy,
    random_lines,
    rule,
)

PATIENT = (own("patient"),)
ORDERED = ("units", "minutes", "charge", "line", "service_date", "received")


@pytest.mark.parametrize("reach", [1, 2, joins.REACH])
def test_the_first_witness_is_found_however_far_it_is(reach: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joins, "REACH", reach)
    monkeypatch.setattr(joins, "GROWTH", 2)
    looks: tuple[Condition, ...] = (
        Exists(Look(TRUE, PATIENT)),
        Exists(Look(TRUE, PATIENT, differs=(own("payer"), own("rendering_npi")))),
        Exists(Look(Compare(other("line"), Op.GT, own("line")), PATIENT, position=Position.BEFORE)),
        Exists(Look(All((Compare(other("units"), Op.LT, own("units")), Member(other("payer"), ("X",)))), PATIENT)),
    )
    made = edition(policy(*(rule(look, id=f"r{at}") for at, look in enumerate(looks))))
    for seed in range(3):
        found = agreed(made, random_lines(seed, 50))
        assert {finding.rule for finding in found} == {"r0", "r1", "r2", "r3"}


def test_batches_are_cut_where_they_grow_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joins, "BATCH", 5)
    monkeypatch.setattr("cleanclaim.backends.durable.verdicts.BATCH", 3)
    made = edition(policy(rule(Exists(Look(Member(other("payer"), ("X",)), PATIENT)))))
    assert len(agreed(made, random_lines(1, 40))) > 10


def test_facts_follow_one_another_down_a_long_chain() -> None:
    """Each line concludes the fact from the line of the day before: as many rounds as lines."""
    lines = [
        Line("A", at, "1", FIRST + timedelta(days=at), FIRST + timedelta(days=at), minutes=1 if at else 53)
        for at in range(60)
    ]
    before = Look(All((Derived("follows", Side.OTHER), Compare(other("line"), Op.LT, own("line")))), PATIENT)
    strata = (
        (
            Derivation("follows", TRUE, Compare(own("minutes"), Op.EQ, literal("minutes", 53))),
            Derivation("follows", TRUE, Exists(before)),
        ),
    )
    made = edition(policy(rule(Derived("follows")), strata=strata))
    assert [finding.lines for finding in agreed(made, lines)] == [(at,) for at in range(60)]
    unknown = [lines[0]._replace(minutes=None), *lines[1:]]
    # Nothing says that the first line does not hold, and nothing that it does: only it is undecided.
    assert [(f.lines, f.verdict) for f in agreed(made, unknown)] == [((0,), Verdict.NEEDS_INFO)]


def test_more_shapes_than_one_ruleset_takes() -> None:
    """Every row of comparisons is a join of its own shape."""
    rules = []
    for length in range(5):
        for ops in product((Op.LT, Op.LE, Op.GT, Op.GE), repeat=length):
            parts = [Compare(other(name), op, own(name)) for name, op in zip(ORDERED, ops, strict=False)]
            rules.append(rule(Exists(Look(All(tuple(parts)), PATIENT)), id=f"r{len(rules)}"))
    made = edition(policy(*rules))
    engine = DurableEngine(made)
    shards = next(iter(engine._settlers.values())).rulesets.joins._rulesets
    assert engine.by_definition == ()
    assert (len(shards), len(set(shards))) == (341, 2)
    found = [finding for seed in range(6) for finding in agreed(made, random_lines(seed, 12))]
    assert len({finding.rule for finding in found if finding.verdict is Verdict.VIOLATION}) > RULES_LIMIT


def test_shapes_are_packed_in_order_and_never_past_the_limit() -> None:
    rules = [{f"{shape}.{at}": {} for at in range(shape % 7 + 1)} for shape in range(300)]
    shards = packed(rules)  # type: ignore[arg-type]
    assert [rule for shard in shards for rule in shard] == rules
    assert max(sum(map(len, shard)) for shard in shards) <= RULES_LIMIT - RULES_OF_DRIVER
    assert len(shards) == 7


LINE_LT = Compare(other("line"), Op.LT, own("line"))

BEYOND: dict[str, tuple[Condition, str]] = {
    "too many ways": (
        Exists(Look(All(tuple(AnyOf((Compare(other(n), Op.LT, own(n)), LINE_LT)) for n in ORDERED)), PATIENT)),
        "more than 32 ways in which one look can match",
    ),
    "too many comparisons": (
        Exists(
            Look(
                All(tuple(Compare(other(n), op, own(n)) for n in ORDERED for op in (Op.LT, Op.LE, Op.GT, Op.GE))),
                PATIENT,
            )
        ),
        "more than 22 comparisons with another line in one look",
    ),
    "too many tests": (
        All(
            tuple(
                AnyOf(
                    (
                        All((Exists(Look(LINE_LT, (own("patient"), own(n)))), Exists(Look(TRUE, (own(n),))))),
                        Exists(Look(TRUE, (own("patient"), own(n)))),
                    )
                )
                for n in ORDERED[:4]
            )
        ),
        "more than 60 tests in the ways a verdict can come about",
    ),
    "a look in a look": (
        Exists(Look(Exists(Look(TRUE, PATIENT)), PATIENT)),
        "a look inside a look",
    ),
}


@pytest.mark.parametrize("name", BEYOND)
def test_a_rule_beyond_the_limits_is_judged_by_the_definition_and_says_so(name: str) -> None:
    condition, reason = BEYOND[name]
    made = edition(
        policy(rule(condition, id="beyond", unless=Member(own("payer"), ("Y",))), rule(Not(condition), id="not"))
    )
    assert DurableEngine(made).by_definition == (
        ("p", "2000-01-01", "beyond", reason),
        *((("p", "2000-01-01", "not", reason),) if name != "too many tests" else ()),
    )
    for seed in range(3):
        agreed(made, random_lines(seed, 12))


def test_a_rule_on_a_fact_beyond_the_limits_is_judged_by_the_definition_too() -> None:
    condition, reason = BEYOND["too many ways"]
    strata = ((Derivation("wide", TRUE, condition),), (Derivation("more", TRUE, Derived("wide")),))
    made = edition(policy(rule(Derived("more"), id="r"), rule(Member(own("payer"), ("X",)), id="s"), strata=strata))
    assert DurableEngine(made).by_definition == (
        ("p", "2000-01-01", "r", f"the derived fact more: the derived fact wide: {reason}"),
    )
    agreed(made, random_lines(4, 12))
