"""Values that a policy defines once and speaks of like fields, of either line."""

from __future__ import annotations

import pytest

from cleanclaim.claims.fields import ValueType as T
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import (
    Call,
    CodeSet,
    Compare,
    Condition,
    Exists,
    FieldOf,
    Function,
    HasAny,
    InTable,
    Literal,
    Member,
    Op,
    Rule,
    Side,
)
from tests.policy.writing import END, HEAD

DEFINE = """\
define:
  price: {"/": [{field: charge}, {field: units}]}
  twice: {"*": [{field: price}, 2]}
  main: {first: [{field: diagnoses}]}
  extra: {field: modifiers}
  age_in_days: {days_between: [{field: patient_birth_date}, {field: service_date}]}
"""


def rule(body: str, end: str = END) -> Rule:
    return load_text(f"{HEAD}{DEFINE}rules:\n  - id: r\n    {body}\n{end}").rules[0]


def price(side: Side = Side.LINE) -> Call:
    parts = (FieldOf("charge", T.MONEY, side), FieldOf("units", T.NUMBER, side))
    return Call(Function.DIVIDE, parts, T.MONEY)


MAIN = Call(Function.FIRST, (FieldOf("diagnoses", T.CODES),), T.CODE)
TEN = Literal(10, T.NUMBER)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("{main: E10*}", Member(MAIN, CodeSet(None, prefixes=("E10",)))),
        ("{main: M54.50}", Compare(MAIN, Op.EQ, Literal("M5450", T.CODE))),
        ("{charge: {gt: {field: price}}}", Compare(FieldOf("charge", T.MONEY), Op.GT, price())),
        ("{extra: XS}", HasAny(FieldOf("modifiers", T.CODES), CodeSet(None, frozenset({"XS"})))),
        (
            "{in_table: {table: fees, key: {code: {field: main}}}}",
            InTable("fees", (("code", MAIN),), FieldOf("service_date", T.DATE)),
        ),
    ],
)
def test_a_defined_value_stands_for_what_it_is_made_of(text: str, condition: Condition) -> None:
    assert rule(f"flag_if: {text}").flag_if == condition


def test_a_later_one_may_use_an_earlier_one() -> None:
    found = rule("flag_if: {twice: {gt: {field: charge}}}").flag_if
    twice = Call(Function.MULTIPLY, (price(), Literal(2, T.NUMBER)), T.MONEY)
    assert found == Compare(twice, Op.GT, FieldOf("charge", T.MONEY))


def test_inside_a_look_it_is_of_the_other_line_or_of_the_judged_one() -> None:
    found = rule("flag_if: {another_line: {same: [patient], price: {lt: {line: price}}}}").flag_if
    assert isinstance(found, Exists)
    assert found.look.where == Compare(price(Side.OTHER), Op.LT, price())


def test_it_may_have_a_name_in_a_rule_and_be_shown() -> None:
    found = rule("let: {shown: {field: price}}\n    flag_if: {shown: 5}", END.replace("m\n", '"{shown}"\n', 1))
    assert found.lets == (("shown", price()),)


def test_no_message_gives_the_patient_away_through_it() -> None:
    with pytest.raises(PolicyError) as caught:
        rule("let: {a: {field: age_in_days}}\n    flag_if: {a: 5}", END.replace("m\n", '"{a}"\n', 1))
    assert [problem.code for problem in caught.value.diagnostics] == ["phi-message"]


def test_a_policy_may_replace_what_its_template_defines() -> None:
    template = (
        "template: templates/t\ntitle: t\ndefine: {many: {count: [{field: modifiers}]}}\n"
        f"rules:\n  - id: r\n    flag_if: {{many: {{gt: 3}}}}\n{END}"
    )

    def counted(more: str) -> object:
        flag_if = load_text(f"{HEAD}extends: templates/t\n{more}", templates={"templates/t": template}).rules[0].flag_if
        assert isinstance(flag_if, Compare) and isinstance(flag_if.left, Call)
        return flag_if.left.arguments

    assert counted("") == (FieldOf("modifiers", T.CODES),)
    assert counted("define: {many: {count: [{field: diagnoses}]}}\n") == (FieldOf("diagnoses", T.CODES),)
