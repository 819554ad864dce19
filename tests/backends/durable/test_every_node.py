"""Each kind of condition and let by itself, on random lines, against the definition."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cleanclaim.backends.durable import DurableEngine
from cleanclaim.claims.fields import ValueType
from cleanclaim.findings.finding import Verdict
from cleanclaim.policy.model import (
    TRUE,
    All,
    Allowance,
    AnyOf,
    Call,
    CodeSet,
    Compare,
    Condition,
    Dated,
    Derivation,
    Derived,
    Exists,
    Function,
    HasAny,
    InTable,
    IsMissing,
    Let,
    LetOf,
    Literal,
    Look,
    Lookup,
    Measure,
    Member,
    Not,
    Op,
    Position,
    Side,
    Span,
    Total,
    Window,
)
from cleanclaim.policy.tables import Table
from tests.backends.durable.agreement import agreed, edition, literal, other, own, policy, random_lines, rule

NUMBER, CODE = ValueType.NUMBER, ValueType.CODE
CMT = CodeSet("cmt", ranges=(("98940", "98942"),))
MASSAGE = CodeSet("massage", frozenset({"97124"}))
PATIENT = (own("patient"),)
VISIT = (own("patient"), own("service_date"))

TABLES = {
    "pairs": Table(
        "pairs",
        [
            {"one": "97124", "two": "98940", "from": date(2020, 1, 1), "to": date(2020, 12, 31), "kind": 0, "fee": 3},
            {"one": "97124", "two": "98940", "from": date(2021, 1, 1), "to": None, "kind": 1, "fee": 4},
            {"one": "98941", "two": "97124", "from": None, "to": None, "kind": None, "fee": None},
            {"one": None, "two": "97124", "from": None, "to": None, "kind": 0, "fee": 9},
            {"one": "59", "two": "E0100", "from": None, "to": date(2021, 1, 2), "kind": 0, "fee": 5},
        ],
        "from",
        "to",
    ),
    "fees": Table(
        "fees",
        [
            {"code": code, "modifier": modifier, "fee": fee, "from": first, "to": None}
            for code, fees in {"97124": (1, 2, 2, 3), "98940": (None, 4, None, None), "98941": (1, 2, 3, 4)}.items()
            for modifier, fee, first in zip(
                ("59", "GP", "XS", None), fees, (None, None, date(2021, 1, 1), None), strict=True
            )
        ],
        "from",
        "to",
    ),
}


def exists(where: Condition = TRUE, same: tuple = PATIENT, **more: object) -> Exists:  # type: ignore[type-arg]
    return Exists(Look(where, same, **more))  # type: ignore[arg-type]


def days(number: int, before: bool = True, after: bool = True) -> Window:
    return Window(Span.DAYS, Literal(number, NUMBER), before, after)


SOUND = Call(Function.VALID_NPI, (own("rendering_npi"),), ValueType.BOOLEAN)
DATED = Dated("limit", ((date(2020, 1, 1), 1), (date(2021, 1, 1), 2)), NUMBER)
OTHER_CMT = Member(other("procedure"), CMT)

CONDITIONS: dict[str, Condition] = {
    "member": Member(own("procedure"), CMT),
    "member of scalars": Member(own("units"), (1, Decimal("1.5"))),
    "has any": HasAny(own("modifiers"), CodeSet(None, frozenset({"59"}), prefixes=("X",))),
    "has none": Not(HasAny(own("performer.licences"), CodeSet(None, frozenset({"LMT"})))),
    "missing": IsMissing(own("minutes")),
    "compare with a dated param": Compare(own("units"), Op.GT, DATED),
    "compare money": Compare(own("charge"), Op.EQ, literal("charge", Decimal(10))),
    "compare lists": Compare(own("modifiers"), Op.EQ, own("performer.licences")),
    "compare dates": Compare(
        own("received"), Op.LE, Call(Function.MONTHS_AFTER, (own("service_date"), Literal(3, NUMBER)), ValueType.DATE)
    ),
    "any of the unknown": AnyOf(
        (Compare(own("minutes"), Op.GE, literal("minutes", 23)), Member(own("procedure"), CMT))
    ),
    "timed units": Compare(
        own("units"),
        Op.GT,
        Call(Function.TIMED_UNITS, (own("minutes"), Literal("cpt_midpoint", ValueType.TEXT)), NUMBER),
    ),
    "a quotient": Compare(Call(Function.DIVIDE, (own("minutes"), own("units")), NUMBER), Op.GT, Literal(10, NUMBER)),
    "a quotient by what may be nought": Compare(
        Call(Function.DIVIDE, (own("units"), own("minutes")), NUMBER), Op.LE, Literal(Decimal("0.125"), NUMBER)
    ),
    "a count": Compare(Call(Function.COUNT, (own("performer.licences"),), NUMBER), Op.GE, Literal(1, NUMBER)),
    "a count of the different": Compare(
        Call(Function.DISTINCT, (own("performer.licences"),), NUMBER), Op.EQ, Literal(2, NUMBER)
    ),
    "the first of a list": Member(
        Call(Function.FIRST, (own("performer.licences"),), CODE), CodeSet(None, frozenset({"PT"}))
    ),
    "an identifier's check digit": Not(Compare(SOUND, Op.EQ, Literal(True, ValueType.BOOLEAN))),
    "a weekday": Compare(own("received"), Op.LE, Call(Function.NEXT_WEEKDAY, (own("service_date"),), ValueType.DATE)),
    "a quotient of the other line": exists(
        Compare(Call(Function.DIVIDE, (other("charge"), other("units")), ValueType.MONEY), Op.LT, own("charge")), VISIT
    ),
    "in a table": InTable("pairs", (("two", own("procedure")),), own("service_date"), (("kind", (0,)),)),
    "in a table by a list": InTable("pairs", (("one", own("modifiers")),), own("service_date")),
    "another line": exists(OTHER_CMT, VISIT),
    "no other line": Not(exists(OTHER_CMT, VISIT)),
    "another line of a key that may be missing": exists(OTHER_CMT, (*VISIT, own("rendering_npi"))),
    "another line with the same list": exists(same=(*PATIENT, own("modifiers"), own("procedure"))),
    "another line that differs": exists(OTHER_CMT, PATIENT, differs=(own("rendering_npi"), own("payer"))),
    "a window of days": exists(OTHER_CMT, within=days(2)),
    "a window behind": exists(OTHER_CMT, within=days(3, after=False)),
    "a window ahead of days unknown": exists(OTHER_CMT, within=Window(Span.DAYS, own("units"), False, True)),
    "a month": exists(OTHER_CMT, within=Window(Span.CALENDAR_MONTH)),
    "a year": exists(OTHER_CMT, within=Window(Span.CALENDAR_YEAR)),
    "a day": exists(OTHER_CMT, within=Window(Span.DAY)),
    "before": exists(OTHER_CMT, position=Position.BEFORE),
    "after in a window": exists(OTHER_CMT, position=Position.AFTER, within=days(1)),
    "compared lines": exists(Compare(other("units"), Op.LT, own("units")), VISIT),
    "compared dates of lines": exists(Compare(other("received"), Op.GE, own("received"))),
    "lines not equal": exists(Not(Compare(other("procedure"), Op.EQ, own("procedure"))), VISIT),
    "lines not less": exists(Not(Compare(other("minutes"), Op.LT, own("minutes"))), VISIT),
    "lines equal in another field": exists(Compare(own("received"), Op.EQ, other("service_date"))),
    "lines equal in lists": exists(All((OTHER_CMT, Compare(other("modifiers"), Op.EQ, own("modifiers"))))),
    "one of two joins": exists(
        AnyOf(
            (All((OTHER_CMT, Compare(other("units"), Op.EQ, own("units")))), Compare(other("line"), Op.GT, own("line")))
        ),
        VISIT,
    ),
    "a test of the judged line in a look": exists(
        AnyOf((Member(own("payer"), ("X",)), Compare(other("units"), Op.EQ, own("units")))), VISIT
    ),
    "a pair table": exists(
        InTable("pairs", (("one", other("procedure")), ("two", own("procedure"))), own("service_date")), VISIT
    ),
    "a pair table with a condition": exists(
        InTable(
            "pairs", (("one", other("procedure")), ("two", own("procedure"))), own("service_date"), (("kind", (1,)),)
        ),
        PATIENT,
    ),
    "no pair in a table": exists(
        Not(InTable("pairs", (("one", other("procedure")), ("two", own("procedure"))), own("service_date"))), VISIT
    ),
    "a pair by a list": exists(
        InTable("pairs", (("one", other("modifiers")), ("two", own("procedure"))), own("service_date")), PATIENT
    ),
    "values of both lines in one": exists(
        Compare(Call(Function.ADD, (own("units"), other("units")), NUMBER), Op.GT, Literal(3, NUMBER)), VISIT
    ),
    "looks in any": AnyOf(
        (
            exists(OTHER_CMT, VISIT),
            All((Member(own("payer"), ("X",)), exists(Member(other("procedure"), MASSAGE), VISIT))),
            Not(exists(OTHER_CMT)),
        )
    ),
    "looks denied together": Not(
        All((exists(OTHER_CMT, VISIT), exists(Member(other("procedure"), MASSAGE), (*VISIT, own("rendering_npi")))))
    ),
    "a fact": Derived("cmt"),
    "a fact denied": Not(Derived("cmt")),
    "a fact that rests on looks": Derived("near"),
    "facts of other lines": exists(All((Derived("timed", Side.OTHER), Not(Derived("cmt", Side.OTHER)))), VISIT),
    "a fact of this line in a look": exists(All((OTHER_CMT, Derived("timed"))), VISIT),
    "a chain of facts": Derived("linked"),
    "a chain of two facts": AnyOf((Derived("even"), All((Derived("odd"), Member(own("payer"), ("X",)))))),
}

LETS: dict[str, Let] = {
    "total of units": Total(Measure.UNITS, Look(Member(other("procedure"), MASSAGE), VISIT), NUMBER),
    "total of minutes": Total(Measure.MINUTES, Look(OTHER_CMT, VISIT), NUMBER),
    "total of charges": Total(Measure.CHARGE, Look(TRUE, PATIENT, within=Window(Span.CALENDAR_YEAR)), ValueType.MONEY),
    "total of lines": Total(Measure.LINES, Look(TRUE, PATIENT, within=days(1)), NUMBER),
    "total of days": Total(Measure.DAYS, Look(OTHER_CMT, PATIENT, position=Position.BEFORE), NUMBER),
    "total that differs": Total(Measure.LINES, Look(TRUE, VISIT, differs=(own("rendering_npi"),)), NUMBER),
    "total of compared lines": Total(
        Measure.LINES, Look(AnyOf((Compare(other("line"), Op.LT, own("line")), OTHER_CMT)), VISIT), NUMBER
    ),
    "total over facts": Total(Measure.LINES, Look(Not(Derived("near", Side.OTHER)), VISIT), NUMBER),
    "total over pairs": Total(
        Measure.LINES,
        Look(InTable("pairs", (("one", other("procedure")), ("two", own("procedure"))), own("service_date")), PATIENT),
        NUMBER,
    ),
    "total of procedures": Total(Measure.PROCEDURES, Look(Not(IsMissing(other("procedure"))), PATIENT), NUMBER),
    "total of procedures that may be missing": Total(Measure.PROCEDURES, Look(TRUE, VISIT), NUMBER),
    "total of allowed amounts": Total(Measure.ALLOWED, Look(OTHER_CMT, PATIENT), ValueType.MONEY),
    "distinct cells": Lookup("fees", "fee", (("code", own("procedure")),), own("service_date"), NUMBER, distinct=True),
    "distinct cells by a list": Lookup(
        "fees",
        "code",
        (("modifier", own("modifiers")),),
        own("service_date"),
        NUMBER,
        distinct=True,
    ),
    "lookup": Lookup("pairs", "fee", (("two", own("procedure")),), own("service_date"), NUMBER),
    "lookup with a default": Lookup(
        "pairs", "fee", (("one", own("modifiers")), ("two", own("procedure"))), own("service_date"), NUMBER, 2
    ),
    "units allowed of the day": Allowance(Literal("cms_total", ValueType.TEXT), Look(TRUE, VISIT), True),
    "units allowed of the code": Allowance(Literal("cms_total", ValueType.TEXT), Look(TRUE, VISIT), False),
    "units allowed by midpoints": Allowance(
        Literal("cpt_midpoint", ValueType.TEXT), Look(Member(other("procedure"), CMT), VISIT), False
    ),
    "a plain value": Call(Function.MULTIPLY, (own("units"), Literal(2, NUMBER)), NUMBER),
}

IS_CMT = Member(own("procedure"), CMT)
STRATA = (
    (
        Derivation("cmt", TRUE, IS_CMT),
        Derivation("cmt", Member(own("payer"), ("Y",)), Compare(own("minutes"), Op.GT, Literal(8, NUMBER))),
    ),
    (Derivation("timed", TRUE, Compare(own("minutes"), Op.GT, Literal(8, NUMBER))),),
    (Derivation("near", Not(Derived("timed")), exists(Derived("cmt", Side.OTHER), (*VISIT, own("rendering_npi")))),),
    (
        Derivation("linked", TRUE, Compare(own("minutes"), Op.EQ, Literal(53, NUMBER))),
        Derivation(
            "linked", TRUE, exists(Derived("linked", Side.OTHER), (*PATIENT, own("rendering_npi")), within=days(1))
        ),
    ),
    (
        Derivation("even", TRUE, All((IS_CMT, Compare(own("units"), Op.EQ, Literal(1, NUMBER))))),
        Derivation("even", TRUE, exists(All((Derived("odd", Side.OTHER), Compare(other("line"), Op.LT, own("line")))))),
        Derivation(
            "odd",
            Not(IS_CMT),
            AnyOf(
                (exists(Derived("even", Side.OTHER), differs=(own("payer"),)), All((Derived("even"), Derived("timed"))))
            ),
        ),
    ),
)


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition(name: str) -> None:
    condition = CONDITIONS[name]
    tables = ("pairs",)
    rules = (
        rule(condition, id="flag", tables=tables),
        rule(
            condition,
            id="unless",
            applies=Member(own("payer"), ("X",)),
            unless=Compare(own("units"), Op.EQ, literal("units", 2)),
            tables=tables,
        ),
        rule(Compare(own("units"), Op.GE, literal("units", 1)), id="excuse", unless=condition, tables=tables),
    )
    made = edition(policy(*rules, strata=STRATA), tables=TABLES)
    assert DurableEngine(made).by_definition == ()
    verdicts = set()
    for seed in range(12):
        verdicts |= {finding.verdict for finding in agreed(made, random_lines(seed, 4 + seed * 2))}
    assert verdicts == set(Verdict), "the lines are too tame to tell"


@pytest.mark.parametrize("name", LETS)
def test_a_let(name: str) -> None:
    let = LETS[name]
    named = LetOf("found", let.type)
    two = Literal(Decimal("10.5") if let.type is ValueType.MONEY else 2, let.type)
    rules = (
        rule(Compare(named, Op.GT, two), id="more", lets=(("found", let),), tables=tuple(TABLES)),
        rule(Not(IsMissing(named)), id="there", lets=(("found", let),), tables=tuple(TABLES)),
    )
    made = edition(policy(*rules, strata=STRATA), tables=TABLES)
    assert DurableEngine(made).by_definition == ()
    found = [finding for seed in range(12) for finding in agreed(made, random_lines(seed, 4 + seed * 2))]
    assert {finding.rule for finding in found if finding.verdict is Verdict.VIOLATION} == {"more", "there"}


def test_a_window_of_days_taken_from_a_let() -> None:
    lets: tuple[tuple[str, Let], ...] = (
        ("fee", LETS["lookup"]),
        ("reach", Call(Function.SUBTRACT, (LetOf("fee", NUMBER), Literal(2, NUMBER)), NUMBER)),
    )
    look = exists(OTHER_CMT, within=Window(Span.DAYS, LetOf("reach", NUMBER)))
    made = edition(policy(rule(look, lets=lets, tables=("pairs",))), tables=TABLES)
    found = [finding for seed in range(20) for finding in agreed(made, random_lines(seed, 12))]
    assert {finding.verdict for finding in found} == {Verdict.VIOLATION, Verdict.NEEDS_INFO}


def test_days_that_leave_the_calendar_are_missing_for_want_of_no_fact() -> None:
    far = Call(Function.MONTHS_AFTER, (own("service_date"), Literal(10**6, NUMBER)), ValueType.DATE)
    reach = Call(Function.DAYS_BETWEEN, (own("service_date"), far), NUMBER)
    made = edition(policy(rule(exists(OTHER_CMT, within=Window(Span.DAYS, reach)))))
    assert {f.verdict for seed in range(8) for f in agreed(made, random_lines(seed, 12))} == {Verdict.VIOLATION}


def test_a_partition_whose_key_may_be_missing() -> None:
    same = (own("rendering_npi"),)
    made = edition(policy(rule(exists(OTHER_CMT, same), partition=("rendering_npi",))))
    for npi in ("1", "2", None):
        lines = [line for line in random_lines(5, 60) if line.rendering_npi == npi]
        found = agreed(made, lines, ("rendering_npi",))
        assert {finding.verdict for finding in found} == {Verdict.NEEDS_INFO if npi is None else Verdict.VIOLATION}
