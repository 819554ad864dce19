"""Every construct of conditions becomes the node that the back ends know."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cleanclaim.claims.fields import ValueType as T
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.model import (
    All,
    AnyOf,
    Call,
    CodeSet,
    Compare,
    Condition,
    Dated,
    Derived,
    Exists,
    FieldOf,
    Function,
    HasAny,
    InTable,
    IsMissing,
    LetOf,
    Literal,
    Look,
    Member,
    Not,
    Op,
    Position,
    Side,
    Span,
    Value,
    Window,
)
from tests.policy.writing import flag_if, let, rule

PROCEDURE = FieldOf("procedure", T.CODE)
UNITS = FieldOf("units", T.NUMBER)
CHARGE = FieldOf("charge", T.MONEY)
PAID = FieldOf("paid", T.MONEY)
REGIONS = FieldOf("regions", T.CODES, declared=True)
MODIFIERS = FieldOf("modifiers", T.CODES)
STATE = FieldOf("state", T.TEXT)
DAY = FieldOf("service_date", T.DATE)
PATIENT = FieldOf("patient", T.TEXT)
MASSAGE = CodeSet("massage", frozenset({"97124"}))
CMT = CodeSet("cmt", ranges=(("98940", "98942"),))


def other(field: FieldOf) -> FieldOf:
    return FieldOf(field.name, field.type, Side.OTHER, field.declared)


def number(value: int | Decimal) -> Literal:
    return Literal(value, T.NUMBER)


def money(text: str) -> Literal:
    return Literal(Decimal(text), T.MONEY)


TESTS: list[tuple[str, Condition]] = [
    ("procedure: 97124", Compare(PROCEDURE, Op.EQ, Literal("97124", T.CODE))),
    ("procedure: 00100", Compare(PROCEDURE, Op.EQ, Literal("00100", T.CODE))),
    ("revenue_code: 1E5", Compare(FieldOf("revenue_code", T.CODE), Op.EQ, Literal("1E5", T.CODE))),
    ("procedure: 12E45", Compare(PROCEDURE, Op.EQ, Literal("12E45", T.CODE))),
    ("procedure: 0591t", Compare(PROCEDURE, Op.EQ, Literal("0591T", T.CODE))),
    ("procedure: massage", Member(PROCEDURE, MASSAGE)),
    ("procedure: 98940-98942", Member(PROCEDURE, CodeSet(None, ranges=(("98940", "98942"),)))),
    ("procedure: E10*", Member(PROCEDURE, CodeSet(None, prefixes=("E10",)))),
    ("procedure: [massage]", Member(PROCEDURE, MASSAGE)),
    ("procedure: {in: cmt}", Member(PROCEDURE, CMT)),
    ("procedure: {not_in: cmt}", Not(Member(PROCEDURE, CMT))),
    ("procedure: {ne: 97124}", Not(Compare(PROCEDURE, Op.EQ, Literal("97124", T.CODE)))),
    ("procedure: {eq: {param: one_code}}", Compare(PROCEDURE, Op.EQ, Literal("00100", T.CODE))),
    (
        "procedure: manual",
        Member(PROCEDURE, CodeSet("manual", frozenset({"97124", "97140"}), (("98940", "98942"),), ("E10",))),
    ),
    (
        "procedure: [cmt, 0591T, M54.5*]",
        Member(PROCEDURE, CodeSet(None, frozenset({"0591T"}), (("98940", "98942"),), ("M545",))),
    ),
    ("modifiers: 59", HasAny(MODIFIERS, CodeSet(None, frozenset({"59"})))),
    ("modifiers: [59, XS]", HasAny(MODIFIERS, CodeSet(None, frozenset({"59", "XS"})))),
    ("modifiers: {has_none: [59]}", Not(HasAny(MODIFIERS, CodeSet(None, frozenset({"59"}))))),
    (
        "modifiers: {has_all: [GP, XE-XU]}",
        All(
            (
                HasAny(MODIFIERS, CodeSet(None, frozenset({"GP"}))),
                HasAny(MODIFIERS, CodeSet(None, ranges=(("XE", "XU"),))),
            )
        ),
    ),
    ("modifiers: {has_all: [GP]}", HasAny(MODIFIERS, CodeSet(None, frozenset({"GP"})))),
    ("modifiers: {has_all: massage}", HasAny(MODIFIERS, CodeSet(None, frozenset({"97124"})))),
    ("regions: {has_any: [LS]}", HasAny(FieldOf("regions", T.CODES, declared=True), CodeSet(None, frozenset({"LS"})))),
    ("state: NO", Compare(STATE, Op.EQ, Literal("NO", T.TEXT))),
    ("state: [NY, NJ, NY]", Member(STATE, ("NY", "NJ"))),
    ("payer_type: {ne: medicare}", Not(Compare(FieldOf("payer_type", T.TEXT), Op.EQ, Literal("medicare", T.TEXT)))),
    ("rendering_npi: 0123456789", Compare(FieldOf("rendering_npi", T.TEXT), Op.EQ, Literal("0123456789", T.TEXT))),
    ("units: 4", Compare(UNITS, Op.EQ, number(4))),
    ("units: 4.0", Compare(UNITS, Op.EQ, number(4))),
    ("units: [1, 2.5]", Member(UNITS, (1, Decimal("2.5")))),
    ("units: {gt: 1, le: 4}", All((Compare(UNITS, Op.GT, number(1)), Compare(UNITS, Op.LE, number(4))))),
    ("units: {between: [1, 4]}", All((Compare(UNITS, Op.GE, number(1)), Compare(UNITS, Op.LE, number(4))))),
    ("charge: {ge: 25}", Compare(CHARGE, Op.GE, money("25.00"))),
    ("charge: {lt: {param: fee}}", Compare(CHARGE, Op.LT, money("25.00"))),
    ("service_date: {lt: 2020-03-01}", Compare(DAY, Op.LT, Literal(date(2020, 3, 1), T.DATE))),
    ('service_date: "2020-03-01"', Compare(DAY, Op.EQ, Literal(date(2020, 3, 1), T.DATE))),
    ("consent: true", Compare(FieldOf("consent", T.BOOLEAN, declared=True), Op.EQ, Literal(True, T.BOOLEAN))),
    ("minutes: {missing: true}", IsMissing(FieldOf("minutes", T.NUMBER))),
    ("minutes: {missing: false}", Not(IsMissing(FieldOf("minutes", T.NUMBER)))),
    ("qualified: true", Derived("qualified")),
    ("qualified: false", Not(Derived("qualified"))),
    ("{}", All(())),
    (
        "{units: 1, minutes: 2}",
        All((Compare(UNITS, Op.EQ, number(1)), Compare(FieldOf("minutes", T.NUMBER), Op.EQ, number(2)))),
    ),
    ("all: [{units: 1}]", Compare(UNITS, Op.EQ, number(1))),
    ("any: [{units: 1}, {}]", AnyOf((Compare(UNITS, Op.EQ, number(1)), All(())))),
    ("not: {units: 1}", Not(Compare(UNITS, Op.EQ, number(1)))),
]


@pytest.mark.parametrize(("text", "expected"), TESTS, ids=[text for text, _ in TESTS])
def test_a_test_becomes_its_node(text: str, expected: Condition) -> None:
    assert flag_if(text) == expected


VALUES: list[tuple[str, FieldOf, Value]] = [
    ("units: {gt: {field: minutes}}", UNITS, FieldOf("minutes", T.NUMBER)),
    ("units: {gt: {param: limit}}", UNITS, number(4)),
    (
        "units: {gt: {param: rate}}",
        UNITS,
        Dated("rate", ((date(2020, 1, 1), 4), (date(2021, 7, 1), Decimal("3.5"))), T.NUMBER),
    ),
    (
        "charge: {gt: {param: rate}}",
        CHARGE,
        Dated("rate", ((date(2020, 1, 1), Decimal("4.00")), (date(2021, 7, 1), Decimal("3.50"))), T.MONEY),
    ),
    (
        "units: {gt: {days_between: [{field: certified}, 2020-01-31]}}",
        UNITS,
        Call(
            Function.DAYS_BETWEEN,
            (FieldOf("certified", T.DATE, declared=True), Literal(date(2020, 1, 31), T.DATE)),
            T.NUMBER,
        ),
    ),
    (
        "service_date: {gt: {months_after: [{param: first_day}, -3]}}",
        DAY,
        Call(Function.MONTHS_AFTER, (Literal(date(2020, 2, 29), T.DATE), number(-3)), T.DATE),
    ),
    (
        "units: {gt: {timed_units: [{field: minutes}, {param: word}]}}",
        UNITS,
        Call(Function.TIMED_UNITS, (FieldOf("minutes", T.NUMBER), Literal("cms_total", T.TEXT)), T.NUMBER),
    ),
    (
        'units: {gt: {"+": [1, {field: minutes}, 2]}}',
        UNITS,
        Call(
            Function.ADD,
            (Call(Function.ADD, (number(1), FieldOf("minutes", T.NUMBER)), T.NUMBER), number(2)),
            T.NUMBER,
        ),
    ),
    (
        'charge: {gt: {"+": [{field: paid}, 5]}}',
        CHARGE,
        Call(Function.ADD, (FieldOf("paid", T.MONEY), money("5.00")), T.MONEY),
    ),
    ('charge: {gt: {"-": [5, 1]}}', CHARGE, Call(Function.SUBTRACT, (money("5.00"), money("1.00")), T.MONEY)),
    ('charge: {gt: {"*": [{field: units}, 25]}}', CHARGE, Call(Function.MULTIPLY, (UNITS, money("25.00")), T.MONEY)),
    (
        'charge: {gt: {"*": [{field: paid}, {param: fee}]}}',
        CHARGE,
        Call(Function.MULTIPLY, (FieldOf("paid", T.MONEY), number(25)), T.MONEY),
    ),
    (
        'service_date: {gt: {"-": [{field: received}, 30]}}',
        DAY,
        Call(Function.SUBTRACT, (FieldOf("received", T.DATE), number(30)), T.DATE),
    ),
    # A constant beside money is what makes the quotient what is wanted.
    ('charge: {gt: {"/": [{field: paid}, 2]}}', CHARGE, Call(Function.DIVIDE, (PAID, number(2)), T.MONEY)),
    ('units: {gt: {"/": [{field: paid}, 2]}}', UNITS, Call(Function.DIVIDE, (PAID, money("2.00")), T.NUMBER)),
    ('units: {gt: {"/": [50, {field: paid}]}}', UNITS, Call(Function.DIVIDE, (money("50.00"), PAID), T.NUMBER)),
    ('charge: {gt: {"/": [50, {field: units}]}}', CHARGE, Call(Function.DIVIDE, (money("50.00"), UNITS), T.MONEY)),
    (
        'charge: {gt: {"/": [{param: fee}, {param: limit}]}}',
        CHARGE,
        Call(Function.DIVIDE, (money("25.00"), number(4)), T.MONEY),
    ),
    ('units: {gt: {"/": [{field: units}, 15]}}', UNITS, Call(Function.DIVIDE, (UNITS, number(15)), T.NUMBER)),
    ("units: {gt: {count: [{field: modifiers}]}}", UNITS, Call(Function.COUNT, (MODIFIERS,), T.NUMBER)),
    ("units: {gt: {distinct: [{field: regions}]}}", UNITS, Call(Function.DISTINCT, (REGIONS,), T.NUMBER)),
    (
        'service_date: {gt: {next_weekday: [{"+": [{field: received}, 1]}]}}',
        DAY,
        Call(Function.NEXT_WEEKDAY, (Call(Function.ADD, (FieldOf("received", T.DATE), number(1)), T.DATE),), T.DATE),
    ),
]


@pytest.mark.parametrize(("text", "left", "right"), VALUES, ids=[text for text, _, _ in VALUES])
def test_a_value_becomes_its_node(text: str, left: FieldOf, right: Value) -> None:
    assert flag_if(text) == Compare(left, Op.GT, right)


LOOKS: list[tuple[str, Look]] = [
    ("same: [patient]", Look(All(()), (PATIENT,))),
    ("{procedure: cmt, same: [patient, service_date]}", Look(Member(other(PROCEDURE), CMT), (PATIENT, DAY))),
    (
        "{same: [patient], differs: [claim, consent], position: before}",
        Look(
            All(()),
            (PATIENT,),
            (FieldOf("claim", T.TEXT), FieldOf("consent", T.BOOLEAN, declared=True)),
            position=Position.BEFORE,
        ),
    ),
    ("{same: [patient], within: calendar_month}", Look(All(()), (PATIENT,), within=Window(Span.CALENDAR_MONTH))),
    ("{same: [patient], within: {days: 14}}", Look(All(()), (PATIENT,), within=Window(Span.DAYS, number(14)))),
    (
        "{same: [patient], within: {days: {param: limit}, before: true}}",
        Look(All(()), (PATIENT,), within=Window(Span.DAYS, number(4), True, False)),
    ),
    (
        "{same: [patient], within: {days: {field: units}, after: true, before: true}}",
        Look(All(()), (PATIENT,), within=Window(Span.DAYS, UNITS)),
    ),
    ("{same: [patient], units: {ge: {line: units}}}", Look(Compare(other(UNITS), Op.GE, UNITS), (PATIENT,))),
    (
        "{same: [patient], units: {ge: {field: minutes}}}",
        Look(Compare(other(UNITS), Op.GE, other(FieldOf("minutes", T.NUMBER))), (PATIENT,)),
    ),
    ("{same: [patient], modifiers: {line: modifiers}}", Look(Compare(other(MODIFIERS), Op.EQ, MODIFIERS), (PATIENT,))),
    ("{same: [patient], qualified: false}", Look(Not(Derived("qualified", Side.OTHER)), (PATIENT,))),
]


@pytest.mark.parametrize(("text", "look"), LOOKS, ids=[text for text, _ in LOOKS])
def test_a_look_becomes_its_node(text: str, look: Look) -> None:
    text = text if text.startswith("{") else f"{{{text}}}"
    assert flag_if(f"another_line: {text}") == Exists(look)
    assert flag_if(f"no_other_line: {text}") == Not(Exists(look))


def test_a_table_is_asked_with_keys_of_either_line() -> None:
    on_service_date = InTable("fees", (("code", PROCEDURE), ("kind", Literal("A1", T.CODE))), DAY)
    assert flag_if("in_table: {table: fees, key: {code: {field: procedure}, kind: A1}}") == on_service_date
    on_receipt = InTable(
        "fees",
        (("code", MODIFIERS),),
        FieldOf("received", T.DATE),
        (("kind", CMT), ("state", ("NY", "NJ")), ("units", (1,))),
    )
    where = "where: {kind: cmt, state: [NY, NJ], units: 1}"
    assert (
        flag_if(f"in_table: {{table: fees, key: {{code: {{field: modifiers}}}}, on: {{field: received}}, {where}}}")
        == on_receipt
    )
    key = "key: {one: {field: procedure}, two: {line: procedure}}"
    found = flag_if(f"another_line: {{same: [patient], in_table: {{table: fees, {key}}}}}")
    assert isinstance(found, Exists)
    assert found.look.where == InTable("fees", (("one", other(PROCEDURE)), ("two", PROCEDURE)), DAY)


def test_a_let_of_the_judged_line_is_compared_inside_a_look() -> None:
    made = rule(
        """
        let: {age: {years_between: [{field: patient_birth_date}, {field: service_date}]}}
        flag_if: {another_line: {same: [patient], units: {gt: {line: age}}}, age: {lt: 18}}
        """
    )
    age = LetOf("age", T.NUMBER)
    look = Look(Compare(other(UNITS), Op.GT, age), (PATIENT,))
    assert made.flag_if == All((Exists(look), Compare(age, Op.LT, number(18))))


def test_a_constant_below_money_is_a_number_where_nothing_else_is_wanted() -> None:
    assert let('{"/": [{field: charge}, 4]}') == Call(Function.DIVIDE, (CHARGE, number(4)), T.MONEY)
    assert let('{"/": [100, {field: paid}]}') == Call(Function.DIVIDE, (money("100.00"), PAID), T.NUMBER)
    assert let('{"/": [100, {field: units}]}') == Call(Function.DIVIDE, (number(100), UNITS), T.NUMBER)
    assert let('{"/": [{field: charge}, {field: paid}]}') == Call(Function.DIVIDE, (CHARGE, PAID), T.NUMBER)


def test_functions_of_other_types_are_compared_by_equality() -> None:
    sound = Call(Function.VALID_NPI, (FieldOf("rendering_npi", T.TEXT),), T.BOOLEAN)
    consent = FieldOf("consent", T.BOOLEAN, declared=True)
    assert flag_if("consent: {valid_npi: [{field: rendering_npi}]}") == Compare(consent, Op.EQ, sound)
    assert let("{valid_npi: [1234567893]}") == Call(Function.VALID_NPI, (Literal("1234567893", T.TEXT),), T.BOOLEAN)
    first = Call(Function.FIRST, (FieldOf("diagnoses", T.CODES),), T.CODE)
    assert flag_if("procedure: {ne: {first: [{field: diagnoses}]}}") == Not(Compare(PROCEDURE, Op.EQ, first))


def test_a_dated_param_may_not_be_mixed_with_the_other_line() -> None:
    with pytest.raises(PolicyError) as caught:
        flag_if('another_line: {same: [patient], units: {gt: {"+": [{field: minutes}, {param: rate}]}}}')
    assert [problem.code for problem in caught.value.diagnostics] == ["mixed-lines"]
