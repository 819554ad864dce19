"""Conditions, lets and rules in words: what they say, and that every kind of node has words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cleanclaim.claims.fields import FIELDS, ValueType
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import (
    TRUE,
    All,
    AnyOf,
    Call,
    Compare,
    FieldOf,
    Function,
    HasAny,
    LetOf,
    Literal,
    Measure,
    Method,
    Not,
    Op,
)
from cleanclaim.policy.words import of_condition, of_let, of_value
from cleanclaim.policy.words.changes import changes
from cleanclaim.policy.words.lets import note
from cleanclaim.policy.words.nouns import NOUNS
from cleanclaim.policy.words.phrases import text_of, words_of
from cleanclaim.policy.words.rules import of_derivation, of_rule
from cleanclaim.policy.words.settled import FALSE, settled
from tests.policy import writing

CONDITIONS = [
    ('procedure: "97124"', "the procedure is 97124"),
    ("procedure: massage", "the procedure is massage (97124)"),
    ("procedure: cmt", "the procedure is one of cmt (98940–98942)"),
    ('procedure: {not_in: ["97124", "97140"]}', "the procedure is none of 97124, 97140"),
    ('procedure: {ne: "97124"}', "the procedure is not 97124"),
    ('modifiers: "59"', "the modifiers include 59"),
    ('modifiers: {has_none: ["59"]}', "the modifiers do not include 59"),
    (
        'modifiers: {has_any: ["59", XS], has_none: [GP, GO]}',
        "the modifiers include any of 59, XS and the modifiers include none of GO, GP",
    ),
    ("diagnoses: [M54.50, E10*]", "the diagnoses include any of M54.50, E10*"),
    ("units: {ge: 1, le: 4}", "the units are from 1 through 4"),
    ("units: {gt: 4}", "the units are more than 4"),
    (
        "service_date: {ge: 2020-03-01, lt: 2023-05-12}",
        "the date of service is on or after 2020-03-01 and the date of service is before 2023-05-12",
    ),
    ("charge: {gt: {param: fee}}", "the charge is more than $25.00"),
    ("units: {le: {param: rate}}", "the units are at most rate (4; from 2021-07-01 on 3.5)"),
    ("payer_type: medicare", "the line of business is medicare"),
    ("rendering_npi: {ne: {field: billing_npi}}", "the rendering provider's NPI is not the billing provider's NPI"),
    ("performer.licences: {missing: false}", "the performer's licences are given"),
    ("minutes: {missing: true}", "the minutes are missing"),
    ("consent: true", "consent is yes"),
    ("consent: {ne: true}", "consent is no"),
    ("qualified: true", "qualified holds"),
    ("qualified: false", "qualified does not hold"),
    ("any: [{units: 1}, {minutes: 8}]", "the units are 1 or the minutes are 8"),
    ("not: {any: [{units: 1}, {minutes: 8}]}", "none of these holds: the units are 1 or the minutes are 8"),
    ("not: {all: [{units: 1}, {minutes: 8}]}", "not all of these hold: the units are 1 and the minutes are 8"),
    ("not: {units: {lt: 4}}", "the units are at least 4"),
    (
        "another_line: {procedure: cmt, same: [patient, service_date]}",
        "there is another line of the same patient and date of service whose procedure is one of cmt (98940–98942)",
    ),
    (
        "no_other_line: {same: [patient], differs: [claim], within: {days: 30, before: true}, position: before}",
        "there is no other line of the same patient with a different claim dated 0 to 30 days before this line "
        "standing before this line by date of service, claim and line number",
    ),
    (
        "another_line: {same: [patient], within: {days: 14}, units: {ge: {line: units}}, procedure: massage}",
        "there is another line of the same patient dated at most 14 days before or after this line: "
        "its units are at least this line's units and its procedure is massage (97124)",
    ),
    (
        "another_line: {same: [patient], within: calendar_year, qualified: true}",
        "there is another line of the same patient in the same calendar year for which qualified holds",
    ),
    (
        "in_table: {table: fees, key: {units: {field: units}}, where: {state: [MD, OR]}}",
        "the table fees has a row whose units is the units, and in which state is one of MD, OR",
    ),
    (
        "not: {in_table: {table: fees, key: {units: {field: units}}, on: {field: received}}}",
        "the table fees has no row whose units is the units in force on the date of receipt",
    ),
]
LETS = [
    (
        "{total: units, of: {procedure: massage}, same: [patient, service_date]}",
        "the units, added up, of all lines of the same patient and date of service whose procedure is massage (97124)",
    ),
    (
        "{total: days, of: {}, same: [patient], within: calendar_month}",
        "the number of different dates of service of lines of the same patient in the same calendar month",
    ),
    (
        "{lookup: amount, in: fees, key: {units: {field: units}}, default: 4.00}",
        "the entry “amount” of the row of the table fees whose units is the units, else $4.00",
    ),
    (
        "{count: state, in: fees, key: {units: {field: units}}}",
        "the number of different entries of state in the rows of the table fees whose units is the units",
    ),
    (
        "{units_allowed: cms_total, of: {procedure: massage}, same: [patient], whole: true}",
        "the 15-minute units in all that minutes allow by the total of the day's minutes (cms_total), of all lines of "
        "the same patient whose procedure is massage (97124)",
    ),
    ("{months_after: [{field: service_date}, -3]}", "3 months before the date of service"),
    ('{"+": [{field: service_date}, 1]}', "the date of service + 1 day"),
    ('{"*": [{field: units}, 25.00]}', "the units × 25"),
    ('{"/": [{field: charge}, {field: units}]}', "the charge ÷ the units"),
    ("{count: [{field: modifiers}]}", "the number of modifiers"),
    ("{distinct: [{field: modifiers}]}", "the number of different modifiers"),
    (
        "{valid_npi: [{field: billing_npi}]}",
        "whether the billing provider's NPI is an NPI by its ten digits and check digit",
    ),
    (
        "{next_weekday: [{field: received}]}",
        "the date of receipt, or the Monday after it where it is a Saturday or Sunday",
    ),
    (
        "{timed_units: [{field: minutes}, cpt_midpoint]}",
        "the 15-minute units in the minutes by each code's own midpoint (cpt_midpoint)",
    ),
]


@pytest.mark.parametrize(("written", "words"), CONDITIONS, ids=[words for _, words in CONDITIONS])
def test_a_condition_says_what_it_means(written: str, words: str) -> None:
    assert of_condition(writing.flag_if(written)) == words


@pytest.mark.parametrize(("written", "words"), LETS, ids=[words for _, words in LETS])
def test_a_let_says_what_it_computes(written: str, words: str) -> None:
    assert of_let(writing.let(written)) == words


def test_a_scope_names_its_payers_once() -> None:
    policy = writing.policy(
        "- {id: r, flag_if: {units: 1}, message: m, fix: f, cite: c}", "scope: {payers: [ACME, ACME HEALTH]}\n"
    )
    assert of_condition(policy.scope) == "the payer, by its identifier or name, is one of ACME, ACME HEALTH"
    assert of_condition(Not(policy.scope)) == "the payer, by its identifier or name, is none of ACME, ACME HEALTH"


def test_every_field_has_a_noun() -> None:
    assert list(NOUNS) == [field.name for field in FIELDS]


@pytest.mark.parametrize("function", Function)
def test_every_function_has_words_of_its_own(function: Function) -> None:
    field = FieldOf("units", ValueType.NUMBER)
    arity = 1 if function.value in ("count", "distinct", "first", "valid_npi", "next_weekday") else 2
    words = of_value(Call(function, (field, LetOf("n", ValueType.NUMBER))[:arity], ValueType.NUMBER))
    assert f"{function.value}(" not in words
    assert "units" in words


@pytest.mark.parametrize("measure", Measure)
def test_every_total_has_words(measure: Measure) -> None:
    assert " of the same patient" in of_let(writing.let(f"{{total: {measure.value}, of: {{}}, same: [patient]}}"))


@pytest.mark.parametrize("method", Method)
def test_every_method_is_named(method: Method) -> None:
    assert f"({method.value})" in of_let(writing.let(f"{{timed_units: [{{field: minutes}}, {method.value}]}}"))


def test_the_line_counts_in_a_total_unless_others_stand_before_it() -> None:
    whole = "{total: lines, of: {procedure: massage}, same: [patient]"
    assert note(writing.let(whole + "}")).startswith("The line itself counts too")
    assert note(writing.let(whole + ", position: before}")).startswith("The line itself does not count")


def test_a_long_set_is_cut_short_in_a_line() -> None:
    listed = ", ".join(f'"{code}"' for code in range(97101, 97111))
    assert of_condition(writing.flag_if(f"procedure: [{listed}]")).endswith("97108 and 2 more")


def test_a_rule_says_what_unknown_does() -> None:
    rule = writing.rule("flag_if: {another_line: {same: [patient, rendering_npi], consent: true}}")
    notes = of_rule(rule, writing.policy("- {id: r, flag_if: {units: 1}, message: m, fix: f, cite: c}")).notes
    assert notes[0].endswith("Another line that lacks a fact which is asked of it here does not count.")
    assert notes[1].startswith("Where the line itself has no rendering provider's NPI,")


def test_what_a_constant_settles_is_left_out_of_a_rule() -> None:
    rule = writing.rule(
        """
        let: {method: {param: word}}
        flag_if:
          any:
            - {method: cms_total, units: {gt: 1}}
            - {method: full_increment, units: {gt: 2}}
        """
    )
    policy = writing.policy("- {id: r, flag_if: {units: 1}, message: m, fix: f, cite: c}")
    words = of_rule(rule, policy)
    assert [text_of(words_of(clause)) for clause in words.flag_if] == ["the units are more than 1"]
    assert [(let.name, text_of(let.clause.words)) for let in words.lets] == [("method", "“cms_total”")]


def test_settling_keeps_what_may_be_unknown() -> None:
    group = Compare(LetOf("p", ValueType.TEXT), Op.EQ, Literal("group", ValueType.TEXT))
    units = Compare(FieldOf("units", ValueType.NUMBER), Op.GT, Literal(Decimal(4), ValueType.NUMBER))
    assert settled(AnyOf((All((group, units)), Not(group))), {"p": "group"}) == units
    assert settled(All((Not(group), units)), {"p": "group"}) == FALSE
    assert settled(Not(AnyOf((group, units))), {"p": "group"}) == FALSE
    assert settled(AnyOf((Not(group), TRUE)), {"p": "group"}) == TRUE
    assert settled(units, {"units": 5}) == units


def test_a_derivation_has_its_lines_and_its_condition() -> None:
    policy = writing.policy("- {id: r, flag_if: {qualified: true}, message: m, fix: f, cite: c}")
    ((derivation,),) = policy.strata
    words = of_derivation(derivation)
    assert [text_of(clause.words) for clause in words.applies] == ["the procedure is massage (97124)"]
    assert [text_of(clause.words) for clause in words.when] == ["the performer's licences include any of DC, LMT"]


def test_changes_name_rules_words_and_codes() -> None:
    first = """\
policy: acme/massage
title: Massage
published: 2020-01-01
effective: {from: 2020-01-01}
source: {title: Manual}
params: {most: 4}
codes: {cmt: ["98940", "98941"]}
rules:
  - {id: units, for: {procedure: "97124"}, flag_if: {units: {gt: {param: most}}}, message: m, fix: f, cite: c}
  - {id: beside, for: {procedure: cmt}, flag_if: {units: 2}, message: m, fix: f, cite: c}
  - {id: gone, flag_if: {units: 9}, message: m, fix: f, cite: c}
"""
    second = (
        first.replace("published: 2020", "published: 2021")
        .replace("most: 4", "most: {2020-01-01: 4, 2021-07-01: 3}")
        .replace('"98941"]', '"98942"]')
        .replace("id: gone", "id: new")
    )
    told = changes(load_text(first), load_text(second))
    assert (told.added, told.removed, told.head) == (("new",), ("gone",), ())
    units, beside = told.changed
    assert [(each.part, each.before, each.after) for each in units.differences] == [
        ("flagged if", "the units are more than 4", "the units are more than most (4; from 2021-07-01 on 3)")
    ]
    assert [(each.part, each.before, each.after) for each in beside.differences] == [
        ("codes of cmt", "had 98941", "has 98942")
    ]
    assert changes(load_text(first), load_text(first)).changed == ()


def test_a_set_of_dates_reads_as_dates() -> None:
    day = Literal(date(2020, 3, 1), ValueType.DATE)
    assert of_value(day) == "2020-03-01"
    assert of_condition(
        HasAny(FieldOf("regions", ValueType.CODES, declared=True), writing.flag_if("procedure: cmt").among)
    ) == (  # type: ignore[union-attr]
        "regions includes any of cmt (98940–98942)"
    )
