"""Lets, rules, messages, params and what rules depend on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cleanclaim.claims.fields import ValueType as T
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import (
    TRUE,
    About,
    Allowance,
    Call,
    Clock,
    CodeSet,
    Compare,
    Dated,
    FieldOf,
    Function,
    LetOf,
    Literal,
    Look,
    Lookup,
    Measure,
    Member,
    MessagePart,
    Op,
    Period,
    Severity,
    Side,
    Total,
)
from tests.policy.writing import END, HEAD, let, policy, refused, rule

PATIENT = FieldOf("patient", T.TEXT)
DAY = FieldOf("service_date", T.DATE)
OTHER_MASSAGE = Member(FieldOf("procedure", T.CODE, Side.OTHER), CodeSet("massage", frozenset({"97124"})))
LOOK = Look(OTHER_MASSAGE, (PATIENT, DAY))
OF = "of: {procedure: massage}, same: [patient, service_date]"


@pytest.mark.parametrize("measure", Measure)
def test_totals_of_amounts_are_money_and_all_others_are_numbers(measure: Measure) -> None:
    type_ = T.MONEY if measure in (Measure.CHARGE, Measure.ALLOWED) else T.NUMBER
    assert let(f"{{total: {measure.value}, {OF}}}") == Total(measure, LOOK, type_)


def test_a_lookup_has_its_columns_type_and_default() -> None:
    key = (("code", FieldOf("procedure", T.CODE)),)
    written = "{lookup: amount, in: fees, key: {code: {field: procedure}}, default: 5}"
    assert let(written) == Lookup("fees", "amount", key, DAY, T.MONEY, Decimal("5.00"))
    assert let("{lookup: kind, in: fees, key: {code: {field: procedure}}}") == Lookup("fees", "kind", key, DAY, T.CODE)
    assert let("{lookup: ends, in: fees, key: {code: {field: procedure}}}").type is T.DATE


def test_a_count_in_a_table_is_a_number_and_without_a_table_a_function() -> None:
    key = (("code", FieldOf("modifiers", T.CODES)),)
    written = "{count: amount, in: fees, key: {code: {field: modifiers}}}"
    assert let(written) == Lookup("fees", "amount", key, DAY, T.NUMBER, distinct=True)
    on = FieldOf("received", T.DATE)
    on_receipt = Lookup("fees", "amount", key, on, T.NUMBER, distinct=True)
    assert let(written.replace("}}}", "}}, on: {field: received}}")) == on_receipt
    assert let("{count: [{field: modifiers}]}") == Call(Function.COUNT, (FieldOf("modifiers", T.CODES),), T.NUMBER)


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("{count: amount, in: fees}", ["missing-key"]),
        ("{count: amount, in: feez, key: {code: {field: procedure}}}", ["unknown-table"]),
        ("{count: amount, in: fees, key: {code: {field: procedure}}, default: 3}", ["unknown-key"]),
        ("{count: [amount], in: fees, key: {code: {field: procedure}}}", ["type"]),
        ("{count: amount, key: {code: {field: procedure}}}", ["unknown-key"]),
    ],
)
def test_a_count_that_is_neither(written: str, codes: list[str]) -> None:
    with pytest.raises(PolicyError) as caught:
        let(written)
    assert [problem.code for problem in caught.value.diagnostics] == codes


def test_an_allowance_takes_a_method_or_a_param() -> None:
    assert let(f"{{units_allowed: cpt_midpoint, {OF}}}") == Allowance(Literal("cpt_midpoint", T.TEXT), LOOK, False)
    assert let(f"{{units_allowed: {{param: word}}, {OF}, whole: true}}") == Allowance(
        Literal("cms_total", T.TEXT), LOOK, True
    )


def test_plain_values_have_names_too() -> None:
    assert let("4") == Literal(4, T.NUMBER)
    assert let("2020-02-29") == Literal(date(2020, 2, 29), T.DATE)
    assert let("{field: charge}") == FieldOf("charge", T.MONEY)
    assert let("{param: rate}") == Dated("rate", ((date(2020, 1, 1), 4), (date(2021, 7, 1), Decimal("3.5"))), T.NUMBER)


def test_later_lets_use_earlier_ones() -> None:
    made = rule(
        """
        let:
          billed: {total: units, of: {}, same: [patient]}
          more: {"+": [{let: billed}, 1]}
          near: {total: lines, of: {}, same: [patient], within: {days: {let: more}}}
        flag_if: {near: {gt: {let: billed}}}
        """
    )
    assert [name for name, _ in made.lets] == ["billed", "more", "near"]
    assert made.flag_if == Compare(LetOf("near", T.NUMBER), Op.GT, LetOf("billed", T.NUMBER))


def test_a_rule_has_all_its_parts() -> None:
    made = rule(
        """
        severity: warning
        about: claim
        for: {procedure: massage}
        flag_if: {units: {gt: 4}}
        unless: {modifiers: KX}
        denial: {carc: 97, rarc: N1}
        effective: {from: 2020-07-01, by: received}
        """
    )
    assert (made.id, made.severity, made.about) == ("r", Severity.WARNING, About.CLAIM)
    assert (made.effective, made.clock) == (Period(date(2020, 7, 1)), Clock.RECEIVED)
    assert (made.carc, made.rarc, made.fix, made.cite) == ("97", "N1", "f", "c")
    assert made.applies == Member(FieldOf("procedure", T.CODE), CodeSet("massage", frozenset({"97124"})))
    assert made.unless is not None


def test_a_rule_has_plain_defaults() -> None:
    made = rule("flag_if: {units: 4}")
    assert (made.severity, made.about, made.applies, made.unless) == (Severity.ERROR, About.LINE, TRUE, None)
    assert (made.effective, made.clock, made.carc, made.rarc) == (Period(), Clock.SERVICE, None, None)
    assert (made.partition, made.tables, made.derived) == (("patient",), (), ())


def test_a_message_shows_values_of_the_line_its_witness_lets_and_params() -> None:
    made = rule(
        """
        let: {billed: {total: units, of: {}, same: [patient]}}
        flag_if: {any: [{another_line: {same: [patient]}}], charge: {gt: {param: limit}}}
        """,
        END.replace("m\n", '"{{{procedure}}} {billed} of {limit}, {rate}: {other.line} {consent}."\n', 1),
    )
    assert made.message == (
        MessagePart("{"),
        MessagePart(value=FieldOf("procedure", T.CODE)),
        MessagePart("} "),
        MessagePart(value=LetOf("billed", T.NUMBER)),
        MessagePart(" of "),
        MessagePart(value=Literal(Decimal("4.00"), T.MONEY)),
        MessagePart(", "),
        MessagePart(value=Dated("rate", ((date(2020, 1, 1), 4), (date(2021, 7, 1), Decimal("3.5"))), T.NUMBER)),
        MessagePart(": "),
        MessagePart(value=FieldOf("line", T.NUMBER, Side.OTHER)),
        MessagePart(" "),
        MessagePart(value=FieldOf("consent", T.BOOLEAN, declared=True)),
        MessagePart("."),
    )


@pytest.mark.parametrize("shown", ["{patient}", "{birth}", "{days}", "{other.patient_sex}", "{later}"])
def test_no_message_gives_the_patient_away(shown: str) -> None:
    with pytest.raises(PolicyError) as caught:
        rule(
            """
            let:
              birth: {field: patient_birth_date}
              days: {days_between: [{let: birth}, {field: service_date}]}
              later: {"+": [{let: days}, 1]}
            flag_if: {another_line: {same: [patient]}}
            """,
            f'    message: "{shown}"\n    fix: f\n    cite: c\n',
        )
    assert [problem.code for problem in caught.value.diagnostics] == ["phi-message"]


def test_an_age_may_not_be_shown() -> None:
    with pytest.raises(PolicyError) as caught:
        rule(
            "let: {age: {years_between: [{field: patient_birth_date}, {field: service_date}]}}\nflag_if: {age: 18}",
            '    message: "{age}"\n    fix: f\n    cite: c\n',
        )
    assert [problem.code for problem in caught.value.diagnostics] == ["phi-message"]


# --- what rules depend on -----------------------------------------------------------------------


CHAIN = (
    HEAD
    + """\
  - fact: near
    when: {another_line: {same: [rendering_npi, service_date], qualified: true}}
  - fact: listed
    when: {in_table: {table: fees, key: {code: {field: procedure}}}}
  - fact: both
    when: {near: false, listed: true}
rules:
  - id: uses
    flag_if: {both: true}
    message: m
    fix: f
    cite: c
  - id: claim-wide
    flag_if: {another_line: {same: [claim, rendering_npi], near: true}}
    message: m
    fix: f
    cite: c
  - id: with-patient
    flag_if: {another_line: {same: [patient, claim]}}
    message: m
    fix: f
    cite: c
"""
)


def test_rules_know_the_facts_tables_and_groups_they_need() -> None:
    loaded = load_text(CHAIN)
    uses, claim_wide, with_patient = loaded.rules
    assert uses.derived == ("both", "listed", "near", "qualified")
    assert uses.tables == ("fees",)
    assert uses.partition == ("rendering_npi", "service_date")
    assert claim_wide.partition == ("rendering_npi",)
    assert claim_wide.tables == ()
    assert with_patient.partition == ("patient",)
    assert [[derivation.fact for derivation in stratum] for stratum in loaded.strata] == [
        ["qualified"],
        ["near"],
        ["listed"],
        ["both"],
    ]
    assert loaded.strata[3][0].tables == ("fees",)


def test_facts_that_need_each_other_positively_share_a_stratum() -> None:
    text = (
        HEAD
        + """\
  - fact: a
    when: {any: [{units: 1}, {another_line: {same: [patient], b: true}}]}
  - fact: b
    when: {not: {not: {a: true}}}
  - fact: a
    when: {units: 3}
rules: []
"""
    )
    strata = load_text(text).strata
    assert [[derivation.fact for derivation in stratum] for stratum in strata] == [["qualified"], ["a", "b", "a"]]


@pytest.mark.parametrize(
    ("when", "cycle"),
    [
        ("when: {a: false}", "a → a"),
        ("when: {not: {all: [{a: true}, {units: 1}]}}", "a → a"),
        ("when: {no_other_line: {a: true, same: [patient]}}", "a → a"),
        ("when: {not: {another_line: {a: false, same: [patient]}}}", "a → a"),
        ("when: {another_line: {a: false, same: [patient]}}", "a → a"),
        ("let: {n: {total: lines, of: {a: true}, same: [patient]}}\n    when: {n: 1}", "a → a"),
        ("let: {n: {units_allowed: cms_total, of: {not: {a: false}}, same: [patient]}}\n    when: {n: 1}", "a → a"),
        ("when: {b: true}\n  - fact: b\n    when: {c: false}\n  - fact: c\n    when: {a: true}", "b → c → a → b"),
    ],
)
def test_a_cycle_through_a_negation_is_named(when: str, cycle: str) -> None:
    error = refused(f"{HEAD}  - fact: a\n    {when}\nrules: []\n")
    assert [problem.code for problem in error.diagnostics] == ["negation-cycle"]
    assert error.diagnostics[0].message.endswith(f": {cycle}")


def test_looks_that_share_no_field_are_refused() -> None:
    with pytest.raises(PolicyError) as caught:
        policy(
            """
            - id: r
              flag_if: {another_line: {same: [claim]}, no_other_line: {same: [patient]}}
              message: m
              fix: f
              cite: c
            """
        )
    assert [problem.code for problem in caught.value.diagnostics] == ["no-shared-field"]


def test_a_long_chain_of_facts_loads() -> None:
    links = "".join(f"  - fact: f{at}\n    when: {{f{at + 1}: true}}\n" for at in range(3000))
    loaded = load_text(f"{HEAD}{links}  - fact: f3000\n    when: {{units: 1}}\nrules: []\n")
    assert [stratum[0].fact for stratum in loaded.strata[1:3]] == ["f3000", "f2999"]
