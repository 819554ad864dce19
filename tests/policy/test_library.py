"""Files and folders to libraries: templates, versions, tables' places, examples with their lines."""

from __future__ import annotations

import pickle
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cleanclaim.claims.fields import ValueType as T
from cleanclaim.claims.model import Status
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import check_library, load_library, load_text
from cleanclaim.policy.model import All, AnyOf, FieldOf, IsMissing, Literal, Member, Not, Period
from tests.conftest import ROOT

HEAD = """\
policy: {id}
title: One
published: {published}
effective: {effective}
source: {{title: An example of ours, url: "https://example.org/manual", reviewed: 2020-01-21, illustration: true}}
"""
RULES = "rules:\n  - id: r\n    flag_if: {units: 4}\n    message: m\n    fix: f\n    cite: c\n"


def head(id: str = "example/one", published: str = "2020-01-01", effective: str = "{from: 2020-01-01}") -> str:
    return HEAD.format(id=id, published=published, effective=effective)


def codes(error: PolicyError) -> list[str]:
    return [problem.code for problem in error.diagnostics]


def test_versions_stand_by_policy_and_day(tmp_path: Path) -> None:
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "b.yml").write_text(head("b", "2019-05-01") + RULES)
    (tmp_path / "z.yaml").write_text(head("b", "2018-05-01") + RULES)
    (tmp_path / "a.yaml").write_text(head("c") + RULES)
    (tmp_path / ".hidden.yaml").write_text("not: a policy")
    (tmp_path / "notes.txt").write_text("not a policy")
    library = load_library([tmp_path, tmp_path / "a.yaml"])
    assert [(policy.id, policy.version) for policy in library.policies] == [
        ("b", "2018-05-01"),
        ("b", "2019-05-01"),
        ("c", "2020-01-01"),
    ]
    assert library.policies[1].path == (tmp_path / "later" / "b.yml").as_posix()


def test_a_library_survives_pickling(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(head() + RULES)
    library = load_library([tmp_path])
    assert pickle.loads(pickle.dumps(library)) == library


def test_an_error_survives_pickling() -> None:
    with pytest.raises(PolicyError) as caught:
        load_text("policy: a")
    assert pickle.loads(pickle.dumps(caught.value)).diagnostics == caught.value.diagnostics


@pytest.mark.parametrize(("make", "code"), [(False, "no-file"), (True, "no-policies")])
def test_a_path_without_policies_is_an_error(tmp_path: Path, make: bool, code: str) -> None:
    folder = tmp_path / "library"
    if make:
        folder.mkdir()
    library, problems = check_library([folder])
    assert library is None
    assert [(problem.code, problem.path) for problem in problems] == [(code, folder.as_posix())]


def test_a_library_of_templates_alone_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("template: t\ntitle: t\n")
    with pytest.raises(PolicyError) as caught:
        load_library([tmp_path])
    assert codes(caught.value) == ["no-policies"]


def test_errors_of_all_files_come_together(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(head("a") + RULES.replace("units", "unit"))
    (tmp_path / "b.yaml").write_text("policy: [")
    (tmp_path / "c.yaml").write_text("some: thing")
    with pytest.raises(PolicyError) as caught:
        load_library([tmp_path])
    assert [(Path(p.path).name, p.code) for p in caught.value.diagnostics] == [
        ("a.yaml", "unknown-field"),
        ("b.yaml", "yaml"),
        ("c.yaml", "unknown-document"),
    ]


def test_a_file_too_large_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("#" * 1_000_001)
    with pytest.raises(PolicyError) as caught:
        load_library([tmp_path])
    assert codes(caught.value) == ["too-large"]


def test_windows_files_load(tmp_path: Path) -> None:
    text = (head() + RULES).replace("\n", "\r\n")
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load_library([tmp_path]).policies[0].rules[0].cite == "c"


def test_a_fact_has_one_type_in_the_whole_library(tmp_path: Path) -> None:
    fact = "facts: {consent: {type: %s, description: d, who: w}}\n"
    (tmp_path / "a.yaml").write_text(head("a") + RULES + fact % "boolean")
    (tmp_path / "b.yaml").write_text(head("b") + RULES + fact % "boolean")
    load_library([tmp_path])
    (tmp_path / "c.yaml").write_text(head("c") + RULES + fact % "date")
    with pytest.raises(PolicyError) as caught:
        load_library([tmp_path])
    (problem,) = caught.value.diagnostics
    assert (problem.code, Path(problem.path).name) == ("fact-type", "c.yaml")


# --- scope and header ---------------------------------------------------------------------------


def test_scope_is_a_condition() -> None:
    payer, name = FieldOf("payer", T.TEXT), FieldOf("payer_name", T.TEXT)
    text = head() + "scope: {payers: [ACME, Acme Health], states: [NO], plans: [], payer_types: [commercial]}\n" + RULES
    among = ("ACME", "Acme Health")
    given = (
        All((Not(IsMissing(payer)), Member(payer, among))),
        All((Not(IsMissing(name)), Member(name, among))),
    )
    others = (Member(FieldOf("payer_type", T.TEXT), ("commercial",)), Member(FieldOf("state", T.TEXT), ("NO",)))
    unknown = All((IsMissing(payer), IsMissing(name), Member(payer, among)))
    assert load_text(text.replace("illustration: true", "seen: summary")).scope == All(
        (AnyOf((*given, unknown)), *others)
    )
    # An illustration's payers are nobody's, so it does not ask whose a line is that names no payer.
    assert load_text(text).scope == All((AnyOf(given), *others))
    assert load_text(head() + "scope: {states: [NY]}\n" + RULES).scope == Member(FieldOf("state", T.TEXT), ("NY",))
    assert load_text(head() + RULES).scope == All(())


def test_open_ends_and_source() -> None:
    loaded = load_text(head(effective="{through: 2020-12-31}") + RULES)
    assert loaded.effective == Period(None, date(2020, 12, 31))
    assert (loaded.source.url, loaded.source.reviewed) == ("https://example.org/manual", date(2020, 1, 21))
    assert loaded.source.illustration


# --- templates ----------------------------------------------------------------------------------

TEMPLATE = """\
template: templates/caps
title: Caps
scope: {states: [NY]}
params: {cap: {required: the units a day}, days: 14}
codes: {timed: [97124]}
derive:
  - fact: base
    when: {procedure: timed}
rules:
  - id: cap
    for: {procedure: timed}
    flag_if: {units: {gt: {param: cap}}}
    message: template
    fix: f
    cite: c
  - id: second
    flag_if: {base: true}
    message: template
    fix: f
    cite: c
"""
CHILD = (
    head()
    + """\
extends: templates/caps
params: {cap: 6}
codes: {timed: [97140]}
switch_off: [{rule: cap, reason: the plan pays any number}]
derive:
  - fact: own
    when: {base: true}
rules:
  - id: second
    flag_if: {own: true}
    message: child
    fix: f
    cite: c
  - id: third
    flag_if: {units: {gt: {param: days}}}
    message: child
    fix: f
    cite: c
"""
)


def test_a_policy_takes_what_its_template_says_and_says_it_differently() -> None:
    loaded = load_text(CHILD, templates={"templates/caps": TEMPLATE})
    assert [(rule.id, rule.message[0].text) for rule in loaded.rules] == [("second", "child"), ("third", "child")]
    assert loaded.switched_off == (("cap", "the plan pays any number"),)
    assert loaded.title == "One"
    assert loaded.scope == Member(FieldOf("state", T.TEXT), ("NY",))
    assert [stratum[0].fact for stratum in loaded.strata] == ["base", "own"]
    assert "97140" in repr(loaded.strata[0]) and "97124" not in repr(loaded.strata[0])


def test_rules_are_replaced_in_place_and_params_by_name() -> None:
    text = CHILD.replace("switch_off: [{rule: cap, reason: the plan pays any number}]\n", "")
    loaded = load_text(text, templates={"templates/caps": TEMPLATE})
    assert [rule.id for rule in loaded.rules] == ["cap", "second", "third"]
    assert Literal(6, T.NUMBER) == loaded.rules[0].flag_if.right  # type: ignore[union-attr]


def test_a_required_param_must_be_set() -> None:
    with pytest.raises(PolicyError) as caught:
        load_text(CHILD.replace("params: {cap: 6}\n", ""), templates={"templates/caps": TEMPLATE})
    (problem,) = caught.value.diagnostics
    assert problem.code == "required-param" and "the units a day" in problem.message
    assert problem.source_line == "extends: templates/caps"


def test_an_error_in_a_template_points_into_the_template(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE.replace("units: {gt:", "unitz: {gt:"))
    for name in ("a", "b"):
        text = CHILD.replace("example/one", f"example/{name}").replace("switch_off", "#")
        (tmp_path / f"{name}.yaml").write_text(text)
    with pytest.raises(PolicyError) as caught:
        load_library([tmp_path])
    assert [(Path(p.path).name, p.line, p.code) for p in caught.value.diagnostics] == [("t.yaml", 12, "unknown-field")]


def test_a_broken_template_is_not_also_unknown(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("template: templates/caps\ntitle: [\n")
    (tmp_path / "a.yaml").write_text(CHILD)
    with pytest.raises(PolicyError) as caught:
        load_library([tmp_path])
    assert codes(caught.value) == ["yaml"]


# --- tables -------------------------------------------------------------------------------------

TABLE = "tables: {fees: {file: %s, columns: {amount: money}, from: starts}}\n"
USES = RULES.replace("{units: 4}", "{in_table: {table: fees, key: {code: {field: procedure}}}}")


def test_a_table_file_is_found_beside_its_policy_or_in_the_library(tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "fees.csv").write_text("code,amount,starts,note\n97124,25,,\n")
    (tmp_path / "plans" / "a.yaml").write_text(head() + TABLE % "../tables/fees.csv" + USES)
    (loaded,) = load_library([tmp_path]).policies
    spec = loaded.tables["fees"]
    assert spec.file is not None and Path(spec.file).samefile(tmp_path / "tables" / "fees.csv")
    assert dict(spec.columns) == {"amount": T.MONEY, "code": T.CODE}
    assert (spec.start, spec.through, spec.imported) == ("starts", None, None)
    with pytest.raises(PolicyError) as caught:
        load_library([tmp_path / "plans"])
    assert codes(caught.value) == ["table-file"]


def test_no_link_leads_out_of_the_library(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("code,amount,starts\n")
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "fees.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "library" / "a.yaml").write_text(head() + TABLE % "fees.csv" + USES)
    with pytest.raises(PolicyError) as caught:
        load_library([tmp_path / "library"])
    assert codes(caught.value) == ["table-file"]
    assert "outside" in caught.value.diagnostics[0].message


# --- examples -----------------------------------------------------------------------------------

TESTS = """\
scope: {payers: [ACME], claim_types: [institutional], states: [NY]}
facts:
  consent: {type: boolean, description: d, who: w}
tests:
  - name: whole
    as_of: 2020-06-01
    lines:
      - {procedure: 00100, units: 4, modifiers: [59], charge: 25, diagnoses: M54.50, consent: true}
      - {performer: {licences: [lmt]}, units: ~, service_date: 2020-02-01, payer: ~}
    history: [{performer.licences: [], claim: H7}, {}]
    log: [{minutes: 7.5}]
    expect: {r: [1]}
"""


def test_examples_are_whole_lines_with_defaults() -> None:
    (test,) = load_text(head() + RULES + TESTS.replace("lmt", "LMT"), "p.yaml").tests
    first, second, third, fourth, log = test.lines
    assert (test.name, test.as_of, dict(test.expect), test.place) == (
        "whole",
        date(2020, 6, 1),
        {"r": (1,)},
        "p.yaml:16",
    )
    assert (first.claim, first.line, first.patient, first.status) == ("T1", 1, "P1", Status.CLAIM)
    assert (first.service_date, first.service_through) == (date(2020, 1, 1), date(2020, 1, 1))
    assert (first.payer, first.claim_type, first.state, first.plan) == ("ACME", "institutional", "NY", None)
    assert (first.procedure, first.units, first.modifiers, first.charge) == ("00100", 4, ("59",), Decimal("25.00"))
    assert (first.diagnoses, dict(first.facts), first.performer_licences) == (("M5450",), {"consent": True}, None)
    assert (second.line, second.performer_licences, second.units, second.payer) == (2, ("LMT",), None, None)
    assert (second.service_date, second.service_through) == (date(2020, 2, 1), date(2020, 2, 1))
    assert (third.claim, third.line, third.status, third.performer_licences) == ("H7", 1, Status.HISTORY, ())
    assert (fourth.claim, fourth.line) == ("H1", 2)
    assert (log.claim, log.line, log.status, log.minutes) == ("T1", 3, Status.LOG, Decimal("7.5"))


@pytest.mark.parametrize(
    ("effective", "day"),
    [("{from: 2020-05-01}", date(2020, 5, 1)), ("{through: 2020-12-31}", date(2020, 12, 31)), ("{}", date(2020, 1, 1))],
)
def test_examples_default_to_a_day_on_which_the_policy_is_in_force(effective: str, day: date) -> None:
    text = head(effective=effective) + RULES + "tests: [{name: t, lines: [{}]}]\n"
    assert load_text(text).tests[0].lines[0].service_date == day


def test_the_shipped_library_loads_and_agrees_with_the_schema() -> None:
    if not any((ROOT / "policies").rglob("*.yaml")):
        pytest.skip("no policies are shipped yet")
    library, problems = check_library([ROOT / "policies"])
    assert problems == ()
    assert library is not None and library.policies
