"""What the host settles before the engine is asked: clocks, screens, and the shape of a formula."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from cleanclaim.backends.durable.clock import clock_of, days_in_force
from cleanclaim.backends.durable.formula import And, Formula, Leaf, Or, Slots, alternatives, refutation
from cleanclaim.backends.durable.local import Judged, Unsupported
from cleanclaim.backends.durable.local import test_of as compiled
from cleanclaim.backends.durable.program import procedures
from cleanclaim.backends.durable.screen import ANYTHING, ONLY_FALSE, ONLY_TRUE, screen
from cleanclaim.backends.durable.truth import FALSE, OPPOSITE, TRUE, UNKNOWN, Truth, both, either
from cleanclaim.policy.model import (
    All,
    AnyOf,
    Clock,
    CodeSet,
    Compare,
    Condition,
    Exists,
    IsMissing,
    Look,
    Member,
    Not,
    Op,
    Period,
    Side,
)
from cleanclaim.policy.tables import Table
from cleanclaim.policy.versions import Known, applies_on
from tests.backends.durable.agreement import literal, other, own, policy, random_lines, rule

TRUTHS: tuple[Truth, ...] = (FALSE, TRUE, UNKNOWN)
DAY = timedelta(days=1)
START = date(2020, 1, 1)
A, B, C = Leaf(0), Leaf(1), Leaf(2, positive=False)


def some_period(rng: random.Random) -> Period:
    first, last = sorted((rng.randrange(40), rng.randrange(40)))
    return Period(
        None if rng.random() < 0.2 else START + first * DAY, None if rng.random() < 0.2 else START + last * DAY
    )


def test_a_table_for_no_date_leaves_no_date() -> None:
    needs = rule(All(()), tables=("a",))
    known = Known("p", (policy(needs),))
    for coverage, expected in (((), FALSE), (None, TRUE), ((Period(),), TRUE)):
        clock = clock_of(known, known.versions[0], needs, {"a": Table("a", (), coverage=coverage)})
        assert (TRUE if clock is None else clock(random_lines(1, 1)[0])) == expected


@pytest.mark.parametrize("seed", range(30))
def test_spans_of_days_say_what_the_two_clocks_say(seed: int) -> None:
    rng = random.Random(seed)
    versions = tuple(
        replace(policy(rule(All(()))), effective=some_period(rng), published=START - number * DAY)
        for number in range(rng.randrange(1, 5))
    )
    known = Known("p", versions)
    for version in versions:
        spans = days_in_force(known, version)
        for offset in range(-3, 45):
            day = START + offset * DAY
            assert any(first <= day <= last for first, last in spans) == (known.in_force(day) is version)
        for on in Clock:
            names = tuple("ab"[: rng.randrange(3)])
            tables = {
                name: Table(name, (), coverage=tuple(some_period(rng) for _ in range(rng.randrange(3))) or None)
                for name in names
            }
            timed = replace(version.rules[0], effective=some_period(rng), clock=on, tables=names)
            clock = clock_of(known, version, timed, tables)
            for line in random_lines(seed, 12):
                dated = line._replace(
                    service_date=START + rng.randrange(45) * DAY,
                    received=None if rng.random() < 0.3 else START + rng.randrange(45) * DAY,
                )
                expected = {None: UNKNOWN, True: TRUE, False: FALSE}[applies_on(known, version, timed, dated, tables)]
                assert (TRUE if clock is None else clock(dated)) == expected


SCREENED: tuple[Condition, ...] = (
    Member(own("procedure"), CodeSet(None, frozenset({"97124"}))),
    Compare(own("payer"), Op.EQ, literal("payer", "X")),
    IsMissing(own("procedure")),
    Compare(own("units"), Op.GT, literal("units", 1)),
)


@pytest.mark.parametrize("parts", list(product(SCREENED, repeat=2)))
def test_a_screen_never_rules_out_what_is(parts: tuple[Condition, ...]) -> None:
    first, second = parts
    for condition in (All(parts), AnyOf(parts), Not(first), All((Not(first), AnyOf((second, first)))), All(())):
        test, screened = compiled(condition, None), screen(condition, Side.LINE)  # type: ignore[arg-type]
        for line in random_lines(1, 30):
            truth = test(line, Judged(None, 0, 0, line, {}), -1)  # type: ignore[arg-type]
            assert screened(line) & 1 << truth
            codes = procedures(condition)
            assert codes is None or (line.procedure or "") in codes or truth == FALSE


def test_a_screen_knows_what_rests_on_codes_alone() -> None:
    line = random_lines(1, 1)[0]._replace(procedure="97124", payer="Y", units=1)
    procedure, payer, missing, units = (screen(condition, Side.LINE)(line) for condition in SCREENED)
    assert (procedure, payer, missing, units) == (ONLY_TRUE, ONLY_FALSE, ONLY_FALSE, ANYTHING)
    assert screen(All((SCREENED[1], SCREENED[3])), Side.LINE)(line) == ONLY_FALSE
    assert screen(Member(other("procedure"), ("97124",)), Side.LINE)(line) == ANYTHING


FORMULAS: tuple[Formula, ...] = (
    A,
    And((A, B, C)),
    Or((A, B, C)),
    And((A, Or((B, C)))),
    Or((And((A, B)), C)),
    Or((And((A, Or((B, And((A, C)))))), And((B, C)), C)),
    And((Or((And((A, B)), And((B, C)))), Or((A, And((B, C)))))),
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_alternatives_and_refutation_mean_the_formula(formula: Formula) -> None:
    refuted = refutation(formula)
    for slots in product(TRUTHS, repeat=3):
        ways = [[[truth(leaf, slots) for leaf in clause] for clause in each] for each in alternatives(formula)]
        expected = truth(formula, slots)
        assert (expected == TRUE) == any(all(TRUE in clause for clause in way) for way in ways)
        assert (expected != FALSE) == any(all({TRUE, UNKNOWN} & set(clause) for clause in way) for way in ways)
        assert refuted is not None
        assert refuted(slots) == (expected == FALSE)


def truth(formula: Formula, slots: tuple[Truth, ...]) -> Truth:
    """Kleene's tables, written out."""
    match formula:
        case Leaf(slot, positive):
            return slots[slot] if positive else OPPOSITE[slots[slot]]
        case And(parts):
            result: Truth = TRUE
            for part in parts:
                result = both(result, truth(part, slots))
            return result
        case Or(parts):
            result = FALSE
            for part in parts:
                result = either(result, truth(part, slots))
            return result


def test_slots_are_as_large_as_they_can_be() -> None:
    local = Member(own("payer"), ("X",)), IsMissing(own("minutes"))
    look = Exists(Look(All(()), (own("patient"),)))
    slots = Slots()
    parts = slots.guarded((local[0], All((local[1], AnyOf((local[0], Not(All((look, local[1])))))))))
    assert slots.conditions == [All(local), look, All((local[1],)), AnyOf((local[0],))]
    assert parts == (Leaf(0), Or((Leaf(3), Leaf(2, False), Leaf(1, False))))


def test_a_formula_of_too_many_alternatives_is_refused() -> None:
    wide = And(tuple(Or((And((A, B)), And((B, C)))) for _ in range(6)))
    with pytest.raises(Unsupported, match="more than 32 alternatives"):
        alternatives(wide)
