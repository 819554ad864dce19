"""The example batch, table and JSON claims against the shipped policies: what a first run prints."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from cleanclaim.claims.model import Claim, Reject, Warning
from cleanclaim.claims.roster import Roster
from cleanclaim.claims.sources import read
from cleanclaim.lint import Input, Report, edition_of, lint
from cleanclaim.policy.load import load_library
from cleanclaim.shipped import shipped
from cleanclaim.tables.store import TableStore

EXAMPLES = Path(__file__).parents[2] / "examples"
AS_OF = date(2026, 11, 23)
Answer = tuple[str, tuple[int, ...], str, str]


def report(name: str, roster: str | None = None) -> Report:
    edition = edition_of(load_library([shipped("policies")]).policies, AS_OF)
    performers = Roster.read(EXAMPLES / roster) if roster else None
    what = Input(read([str(EXAMPLES / name)]), roster=performers)
    return lint(what, edition, TableStore(EXAMPLES / "no-tables"), engine="reference")


def answers(found: Report) -> set[Answer]:
    return {(finding.claim, finding.lines, finding.rule, finding.verdict.value) for finding in found.findings}


def test_the_batch_shows_each_kind_of_answer() -> None:
    found = report("batch.837", "roster.csv")
    assert (found.claims, found.judged, found.lines) == (11, 11, 16)
    assert found.rejected == ()
    assert found.not_evaluated and all(each.imports for each in found.not_evaluated)
    assert answers(found) == {
        ("EX-1001", (2,), "massage-with-cmt", "violation"),
        ("EX-1002", (2,), "massage-with-cmt", "bypassed"),
        ("EX-1003", (1,), "massage-requires-cmt", "violation"),
        ("EX-1004", (2,), "units-over-minutes", "violation"),
        ("EX-1005", (1,), "units-over-minutes", "needs_info"),
        ("EX-1006", (1,), "massage-without-licence", "violation"),
        ("EX-1007", (1,), "active-treatment", "violation"),
        ("EX-1007", (1,), "regions-98941", "violation"),
        ("EX-1009", (1,), "one-charge-per-code", "violation"),
        ("EX-1011", (2,), "units-over-minutes", "violation"),
    }


def test_without_a_roster_licences_are_asked_for() -> None:
    asked = {answer for answer in answers(report("batch.837")) if answer[2] == "massage-without-licence"}
    assert {verdict for *_, verdict in asked} == {"needs_info"}
    assert len(asked) == 8


def test_the_table() -> None:
    found = report("claims.csv")
    assert found.rejected == ()
    assert answers(found) == {
        ("EX-2001", (2,), "massage-with-cmt", "violation"),
        ("EX-2002", (2,), "massage-with-cmt", "bypassed"),
        ("EX-2004", (1,), "massage-units-per-day", "violation"),
        ("EX-2004", (1,), "long-session", "violation"),
        ("EX-2005", (1,), "active-treatment", "violation"),
        ("EX-2005", (1,), "regions-98941", "violation"),
    }


def test_the_json_claims_and_their_treatment_log() -> None:
    found = report("claims.json")
    assert found.rejected == ()
    assert answers(found) == {
        ("EX-3002", (2,), "units-over-minutes", "violation"),
        ("EX-3003", (1,), "massage-requires-cmt", "violation"),
    }


@pytest.mark.parametrize("name", ["batch.837", "claims.csv", "claims.json"])
def test_an_example_reads_without_a_complaint(name: str) -> None:
    readings = list(read([str(EXAMPLES / name)]))
    assert [reading for reading in readings if isinstance(reading, Reject | Warning)] == []
    assert all(isinstance(reading, Claim) for reading in readings)


def test_every_number_of_a_provider_passes_its_check_digit() -> None:
    with (EXAMPLES / "roster.csv").open(encoding="utf-8", newline="") as stream:
        roster = [row["npi"] for row in csv.DictReader(stream)]
    batch = re.findall(r"\*XX\*(\d+)~", (EXAMPLES / "batch.837").read_text(encoding="ascii"))
    assert roster and batch
    assert all(_luhn("80840" + npi) for npi in {*roster, *batch})


def _luhn(digits: str) -> bool:
    doubled = [int(d) * (1 + at % 2) for at, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
