"""Findings: their words, the facts they carry, their fingerprints, and what they leave out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import FactValue, Line
from cleanclaim.findings.compose import Composer, as_json, fingerprint, gather, shown
from cleanclaim.findings.finding import Finding, Verdict
from cleanclaim.policy.model import (
    TRUE,
    About,
    All,
    Call,
    Compare,
    DeclaredFact,
    Exists,
    FieldOf,
    Function,
    LetOf,
    Literal,
    Look,
    MessagePart,
    Not,
    Op,
    Period,
    Policy,
    Rule,
    Severity,
    Side,
    Source,
)

PATIENT = FieldOf("patient", ValueType.TEXT)
PROCEDURE = FieldOf("procedure", ValueType.CODE)
BIRTH = FieldOf("patient_birth_date", ValueType.DATE)
LOOK = Exists(Look(TRUE, (PATIENT,)))
RULE = Rule(
    "r",
    Severity.ERROR,
    About.LINE,
    Compare(BIRTH, Op.LT, Literal(date(2000, 1, 1), ValueType.DATE)),
    (),
    All((LOOK, Compare(PROCEDURE, Op.EQ, Literal("97124", ValueType.CODE)))),
    None,
    (
        MessagePart(value=PROCEDURE),
        MessagePart(" beside "),
        MessagePart(value=replace(PROCEDURE, side=Side.OTHER)),
    ),
    "the record must show it",
    "§1",
)
POLICY = Policy(
    "p/q",
    "title",
    date(2020, 1, 1),
    Period(),
    TRUE,
    Source("s"),
    (),
    (RULE,),
    facts={"consent": DeclaredFact("consent", ValueType.BOOLEAN, "consent obtained", "the chart")},
)
LINE = Line(
    "C1", 1, "MEMBER-77", date(2020, 5, 1), date(2020, 5, 1), procedure="97124", patient_birth_date=date(1999, 1, 1)
)
OTHER = LINE._replace(line=2, procedure="98940")


def finding(verdict: Verdict = Verdict.VIOLATION, missing: tuple[str, ...] = ()) -> Finding:
    return Composer(POLICY, RULE).finding(LINE, verdict, {}, [OTHER], missing)


def test_the_message_shows_the_line_and_its_witness() -> None:
    assert finding().message == "97124 beside 98940"
    assert finding().related == (("C1", 2),)


def test_patient_data_is_in_no_part_of_a_finding() -> None:
    assert finding().because == {"procedure": "97124", "other.procedure": "98940"}
    assert "MEMBER-77" not in repr(finding())
    assert "1999" not in repr(finding())


CONSENT = "consent (consent obtained; from the chart)"
MINUTES = (
    "minutes (Documented minutes of the service; in timed therapy, of direct treatment; from the treatment record)"
)
LICENCES = (
    "performer.licences (Licence types the rendering provider held in the state of service on the date of service; "
    "from the performer roster)"
)
UNITS = "mue.units (from its reference table)"


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (("consent",), f"{CONSENT}. Give it with --facts, as a table column or in JSON under facts."),
        (("minutes",), f"{MINUTES}. Give it with --facts, as a table column or in JSON."),
        (
            ("minutes", "consent"),
            f"{CONSENT}; {MINUTES}. Give them with --facts, as table columns or in JSON (consent under facts).",
        ),
        (("performer.licences",), f"{LICENCES}. Give it with --roster."),
        (
            ("performer.licences", "minutes"),
            f"{MINUTES}; {LICENCES}. "
            "Give minutes with --facts, as a table column or in JSON; performer.licences with --roster.",
        ),
        (("mue.units",), f"{UNITS}."),
        (("units",), "units (Units of service billed; may be fractional; from the claim)."),
        (
            ("mue.units", "consent"),
            f"{CONSENT}; {UNITS}. Give consent with --facts, as a table column or in JSON under facts.",
        ),
    ],
)
def test_what_is_missing_is_named_with_who_would_know_it_and_where_it_goes(
    missing: tuple[str, ...], message: str
) -> None:
    told = finding(Verdict.NEEDS_INFO, missing)
    assert told.missing == tuple(sorted(missing))
    assert told.message == f"cannot be decided without {message}"


def test_a_value_out_of_range_asks_for_nothing() -> None:
    assert finding(Verdict.NEEDS_INFO).message == "cannot be decided: a value is out of range."


@pytest.mark.parametrize(
    ("value", "type_", "json", "text"),
    [
        (None, ValueType.TEXT, None, "(not given)"),
        (True, ValueType.BOOLEAN, True, "yes"),
        (Decimal("12.5"), ValueType.MONEY, "12.50", "$12.50"),
        (Decimal("12.505"), ValueType.MONEY, "12.505", "$12.505"),
        (Decimal("4.00"), ValueType.NUMBER, 4, "4"),
        (Decimal("1.50"), ValueType.NUMBER, "1.5", "1.5"),
        (date(2020, 5, 1), ValueType.DATE, "2020-05-01", "2020-05-01"),
        (("59", "XS"), ValueType.CODES, ["59", "XS"], "59, XS"),
        ((), ValueType.CODES, [], "none"),
        ("00100", ValueType.CODE, "00100", "00100"),
    ],
)
def test_values_as_json_and_as_words(value: FactValue | None, type_: ValueType, json: object, text: str) -> None:
    assert as_json(value, type_) == json
    assert shown(value, type_) == text


def test_a_fingerprint_keeps_its_parts_apart() -> None:
    one = replace(finding(), claim="C1", lines=(12,))
    assert fingerprint(one) != fingerprint(replace(one, claim="C", lines=(112,)))
    assert fingerprint(one) != fingerprint(replace(one, rule="r2"))
    assert fingerprint(one) != fingerprint(replace(one, verdict=Verdict.BYPASSED))
    assert fingerprint(one) != fingerprint(replace(one, because={"procedure": "97140"}))
    assert fingerprint(one) == fingerprint(replace(one, message="other words", version="2021-01-01"))


def test_findings_about_a_claim_are_joined_by_verdict() -> None:
    first = finding()
    second = replace(first, lines=(2,), related=(("C1", 1),))
    undecided = replace(first, lines=(3,), verdict=Verdict.NEEDS_INFO, missing=("units",))
    key = (first.policy, first.version, first.rule)
    joined = gather([second, undecided, first], {key: About.CLAIM})
    assert [(f.verdict, f.lines, f.related) for f in joined] == [
        (Verdict.VIOLATION, (1, 2), (("C1", 1), ("C1", 2))),
        (Verdict.NEEDS_INFO, (3,), (("C1", 2),)),
    ]
    assert len({f.fingerprint for f in joined}) == 2
    assert gather([second, undecided, first], {key: About.LINE}) == [second, undecided, first]


def test_a_look_under_a_negation_names_no_witness() -> None:
    assert Composer(POLICY, replace(RULE, flag_if=Not(LOOK))).looks == ()
    assert Composer(POLICY, replace(RULE, flag_if=Not(Not(LOOK)))).looks == (LOOK,)


def test_a_let_that_gives_a_birth_date_away_is_not_shown() -> None:
    on = FieldOf("service_date", ValueType.DATE)
    lets = (
        ("born", BIRTH),
        ("days", Call(Function.DAYS_BETWEEN, (LetOf("born", ValueType.DATE), on), ValueType.NUMBER)),
        ("age", Call(Function.YEARS_BETWEEN, (BIRTH, on), ValueType.NUMBER)),
    )
    values: dict[str, FactValue | None] = {"born": date(1999, 1, 1), "days": 7791, "age": 21}
    told = Composer(POLICY, replace(RULE, lets=lets)).finding(LINE, Verdict.VIOLATION, values, [], ())
    assert told.because == {"procedure": "97124", "service_date": "2020-05-01"}
