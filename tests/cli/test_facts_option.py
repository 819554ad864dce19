"""``--facts``: a file beside the claims answers what rules ask, in every kind of claims file alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cleanclaim_cli.main import app
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"
DEFINED = {
    "consent": ("boolean", True),
    "review_minutes": ("number", 31.5),
    "copay": ("money", 12.50),
    "certified": ("date", "2020-02-29"),
    "referral_note": ("text", "seen"),
    "region": ("code", "07"),
    "body_regions": ("codes", ["59", "GP"]),
}
"""A fact of every type, and what claim C1 says of it."""
MINUTES = """\
policy: example/minutes
title: Minutes
published: 2020-01-01
effective: {from: 2020-01-01}
source: {title: Example, illustration: true}
rules:
  - id: units-over-minutes
    for: {procedure: "97124"}
    flag_if: {minutes: {lt: 23}}
    message: "{units} units, {minutes} minutes"
    fix: f
    cite: c
tests:
  - {name: too few, lines: [{procedure: "97124", units: 2, minutes: 22}], expect: {units-over-minutes: [1]}}
"""


def policy() -> str:
    """One rule for each fact, which flags the value that claim C1 has."""
    rules = "".join(
        f"  - id: of-{name.replace('_', '-')}\n    for: {{procedure: '97124'}}\n"
        f"    flag_if: {{{name}: {_test(type_, value)}}}\n    message: m\n    fix: f\n    cite: c\n"
        for name, (type_, value) in DEFINED.items()
    )
    facts = "".join(
        f"  {name}: {{type: {type_}, description: What {name} is, who: the chart}}\n"
        for name, (type_, _) in DEFINED.items()
    )
    return (
        "policy: example/facts\ntitle: Facts\npublished: 2020-01-01\neffective: {from: 2020-01-01}\n"
        f"source: {{title: Example, illustration: true}}\nfacts:\n{facts}rules:\n{rules}"
    )


def _test(type_: str, value: object) -> str:
    if type_ == "codes":
        return "{has_all: ['59', GP]}"
    return f"'{value}'" if type_ in ("code", "text") else json.dumps(value).strip('"')


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def findings(*arguments: str) -> dict[str, str]:
    """The verdict of every rule; nothing may have been refused."""
    _, out, err = run("lint", *arguments, "--format", "json")
    assert err == ""
    report = json.loads(out)
    assert report["rejected"] == []
    return {finding["rule"]: finding["verdict"] for finding in report["findings"]}


@pytest.fixture
def library(tmp_path: Path) -> str:
    path = tmp_path / "policies" / "facts.yaml"
    path.parent.mkdir()
    path.write_text(policy())
    return str(path)


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """A claim that carries no facts."""
    path = tmp_path / "claims.csv"
    path.write_text("claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code\nC1,1,P1,2020-05-01,97124\n")
    return str(path)


ALL_FLAGGED = {f"of-{name.replace('_', '-')}": "violation" for name in DEFINED}
HEADER = "consent,review_minutes,copay,certified,referral_note,region,body_regions_1,body_regions_2"
CELLS = "yes,31.5,12.50,2020-02-29,seen,07,59,GP"


def test_absent_facts_of_every_type_are_asked_for(library: str, bare: str) -> None:
    assert findings(bare, "--policies", library) == dict.fromkeys(ALL_FLAGGED, "needs_info")


def test_facts_of_every_type_in_a_facts_file(library: str, bare: str, tmp_path: Path) -> None:
    (tmp_path / "facts.csv").write_text(f"claim_id,claim_line_number,{HEADER}\nC1,1,{CELLS}\n")
    assert findings(bare, "--policies", library, "--facts", str(tmp_path / "facts.csv")) == ALL_FLAGGED


def test_facts_of_every_type_in_a_table(library: str, tmp_path: Path) -> None:
    path = tmp_path / "with.csv"
    path.write_text(
        f"claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,{HEADER}\n"
        f"C1,1,P1,2020-05-01,97124,{CELLS}\n"
    )
    assert findings(str(path), "--policies", library) == ALL_FLAGGED


def test_facts_of_every_type_in_json(library: str, tmp_path: Path) -> None:
    path = tmp_path / "claims.json"
    given = {name: value for name, (_, value) in DEFINED.items()}
    line = {"procedure": "97124", "service_date": "2020-05-01", "facts": given}
    path.write_text(json.dumps({"claims": [{"claim": "C1", "patient": "P1", "lines": [line]}]}))
    assert findings(str(path), "--policies", library) == ALL_FLAGGED


def test_minutes_of_an_837_are_told_to_lint_and_to_explain(tmp_path: Path) -> None:
    (tmp_path / "minutes.yaml").write_text(MINUTES)
    (tmp_path / "facts.csv").write_text("claim_id,claim_line_number,service_minutes\nEX-1005,1,22\n")
    batch, library = str(EXAMPLES / "batch.837"), ("--policies", str(tmp_path / "minutes.yaml"))
    answered = ("--facts", str(tmp_path / "facts.csv"))

    def of_the_claim(*arguments: str) -> list[str]:
        _, out, _ = run("lint", batch, *library, *arguments, "--format", "json")
        return [each["message"] for each in json.loads(out)["findings"] if each["claim"] == "EX-1005"]

    (question,) = of_the_claim()
    assert question.startswith("cannot be decided without minutes (")
    assert question.endswith("Give it with --facts, as a table column or in JSON.")
    assert of_the_claim(*answered) == ["2 units, 22 minutes"]
    _, out, _ = run("explain", "EX-1005", "units-over-minutes", batch, *library, *answered)
    assert "22" in out


def test_what_of_the_file_is_no_use_is_told_like_a_roster_s(library: str, bare: str, tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text("claim_id,claim_line_number,consent,shoe\nC1,1,perhaps,9\nJONES-7,,yes,9\n")
    code, out, _ = run("lint", bare, "--policies", library, "--facts", str(path), "--format", "json")
    report = json.loads(out)
    assert code == 3
    assert (report["claims"], report["claims_judged"]) == (1, 1)
    assert [(each["where"], each["claims"]) for each in report["rejected"]] == [("row 2", 0)]
    assert [each["where"] for each in report["warnings"]] == ["header", "row 3"]
    assert "JONES" not in out
    assert run("lint", bare, "--facts", str(tmp_path / "none.csv"))[0] == 2


def test_a_facts_file_among_the_claims_is_recognised(library: str, bare: str, tmp_path: Path) -> None:
    path = tmp_path / "beside.csv"
    path.write_text("claim_id,claim_line_number,consent\nC1,1,yes\n")
    _, out, _ = run("lint", bare, str(path), "--policies", library, "--format", "json")
    report = json.loads(out)
    assert report["rejected"] == []
    assert [each["reason"] for each in report["warnings"]] == [
        "is a table of facts and holds no claims; give it with --facts"
    ]


def test_the_example_answers_the_batchs_question() -> None:
    batch, roster = str(EXAMPLES / "batch.837"), str(EXAMPLES / "roster.csv")
    arguments = ("lint", batch, "--roster", roster, "--as-of", "2026-11-23", "--format", "json")
    asked, answered = (json.loads(run(*arguments, *more)[1]) for more in ((), ("--facts", str(EXAMPLES / "facts.csv"))))
    gone = [each for each in asked["findings"] if each not in answered["findings"]]
    assert [(each["claim"], each["verdict"], each["missing"]) for each in gone] == [
        ("EX-1005", "needs_info", ["minutes"])
    ]
    assert [each for each in answered["findings"] if each not in asked["findings"]] == []
    assert answered["warnings"] == asked["warnings"] and answered["rejected"] == []
    assert [each for each in answered["findings"] if "minutes" in each["missing"]] == []


def test_the_page_shows_the_example() -> None:
    page = (ROOT / "docs" / "inputs.md").read_text(encoding="utf-8")
    assert f"```csv\n{(EXAMPLES / 'facts.csv').read_text(encoding='utf-8')}```" in page
