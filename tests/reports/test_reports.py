"""The text, JSON and CSV renderings of one small report."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date

import pytest

from cleanclaim.claims.model import Reject, Warning
from cleanclaim.coverage import Uncovered
from cleanclaim.findings.finding import Finding, Verdict
from cleanclaim.lint import LineLabel, Report
from cleanclaim.policy.model import TRUE, Period, Policy, Source
from cleanclaim.policy.versions import NotEvaluated
from cleanclaim.reports import csv as csv_report
from cleanclaim.reports import json as json_report
from cleanclaim.reports import text as text_report

SHOWN = (Verdict.VIOLATION, Verdict.NEEDS_INFO)
VIOLATION = Finding(
    "p/q",
    "2020-01-01",
    "r",
    Verdict.VIOLATION,
    "error",
    "C1",
    (2,),
    (("C1", 1),),
    "97124 on the same day as 98940",
    "The record must show another region.",
    "§7.2",
    (),
    {"procedure": "97124"},
    "f1",
)
UNDECIDED = replace(VIOLATION, verdict=Verdict.NEEDS_INFO, lines=(3,), missing=("minutes",), message="needs minutes")
EXCUSED = replace(VIOLATION, verdict=Verdict.BYPASSED, claim="C2", lines=(1,))
POLICY = Policy("p/q", "Massage", date(2020, 1, 1), Period(), TRUE, Source("Manual 2020"), (), ())
REPORT = Report(
    version="0",
    as_of=date(2021, 1, 1),
    engine="reference",
    policies=(POLICY,),
    claims=4,
    judged=3,
    lines=7,
    history=12,
    history_copies=1,
    findings=(VIOLATION, UNDECIDED, EXCUSED),
    not_evaluated=(
        NotEvaluated("p/q", "2020-01-01", "ptp", "not imported: …", 6, ("ncci-ptp-practitioner",)),
        NotEvaluated("p/q", "2020-01-01", "caps", "not imported: …", 6, ("mue-practitioner", "caps")),
        NotEvaluated("p/q", "2020-01-01", "add-on", "add-on covers dates of service through 2020-12-31", 2),
        NotEvaluated("p/r", "2020-01-01", "charges", "not imported: ucr (cleanclaim tables import ucr FILE)", 0),
    ),
    releases=(("mue", "2026q3"),),
    rejected=(Reject("a.837", "segment 9 (CLM)", "no date of service", 1),),
    warnings=(Warning("a.837", "segment 40 (SE)", "the count is 39, the set has 40 segments"),),
    uncovered=(Uncovered("Example-PPO", None, 3, "EXAMPLE-PPO"),),
    payers=("AETNA", "EXAMPLE-PPO"),
    labels={("C1", 2): LineLabel("a.837, set 0001, claim 1", "97124", date(2020, 5, 1))},
)


def test_text_groups_by_claim_and_accounts_for_everything() -> None:
    assert text_report.render(REPORT, shown=SHOWN) == (
        "claim C1  a.837, set 0001, claim 1\n"
        "  line 2  97124  2020-05-01  error  p/q:r\n"
        "      97124 on the same day as 98940\n"
        "      fix: The record must show another region.\n"
        "      source: Manual 2020, §7.2\n"
        "  line 3  needs info  p/q:r\n"
        "      needs minutes\n"
        "      fix: The record must show another region.\n"
        "      source: Manual 2020, §7.2\n"
        "\n"
        "could not be read\n"
        "  a.837  segment 9 (CLM)\n"
        "      no date of service\n"
        "\n"
        "read with a doubt\n"
        "  a.837  segment 40 (SE)\n"
        "      the count is 39, the set has 40 segments\n"
        "\n"
        "no payer's policy applies\n"
        "  Example-PPO (line of business unknown): 3 lines; did you mean EXAMPLE-PPO?\n"
        "      Only policies for every payer were applied to these lines. The library speaks of AETNA,\n"
        "      EXAMPLE-PPO, and of lines of business.\n"
        "\n"
        "rules not evaluated\n"
        "  not imported: mue-practitioner, ncci-ptp-practitioner (2 rules; cleanclaim tables import KIND\n"
        "      FILE)\n"
        "  lists of your own, not imported: caps (1 rule; cleanclaim tables import generic FILE --name NAME)\n"
        "  add-on covers dates of service through 2020-12-31: 1 rule, 2 lines\n"
        "  1 rule more for want of tables, about none of these lines (--format json lists all)\n"
        "\n"
        "4 claims: 3 judged (7 lines), 1 rejected: 1 error, 1 not decided for want of minutes, "
        "1 bypassed (--show bypassed)\n"
        "12 lines of history looked at, 1 left out as judged again or replaced\n"
        "1 policy as of 2021-01-01, reference engine\n"
    )


def test_a_payer_whose_policies_are_not_about_its_lines_is_told_so() -> None:
    known = replace(REPORT, uncovered=(Uncovered("ACME", "other", 3, None, known=True),))
    told = text_report.render(known, shown=SHOWN)
    assert "  ACME (other): 3 lines; its policies are of other dates, plans or claims\n" in told


def test_rules_about_no_line_are_no_more_than_others_where_there_are_none() -> None:
    quiet = replace(REPORT, not_evaluated=tuple(each for each in REPORT.not_evaluated if not each.lines))
    told = text_report.render(quiet, shown=SHOWN)
    assert "rules not evaluated\n  1 rule for want of tables, about none of these lines" in told


def test_text_is_coloured_only_on_request_and_makes_control_characters_visible() -> None:
    hostile = replace(REPORT, findings=(replace(VIOLATION, claim="C1\x1b[2J"),))
    assert "\x1b" not in text_report.render(hostile, shown=SHOWN)
    assert "\x1b[31;1merror" in text_report.render(REPORT, shown=SHOWN, colour=True)


def test_json_holds_the_counts_the_findings_and_what_was_left_out() -> None:
    told = json.loads(json_report.render(REPORT, shown=SHOWN))
    assert (told["claims"], told["claims_judged"], told["lines"]) == (4, 3, 7)
    assert told["counts"] == {"violation": 1, "needs_info": 1, "bypassed": 1}
    assert [finding["verdict"] for finding in told["findings"]] == ["violation", "needs_info"]
    assert told["findings"][0]["related"] == [{"claim": "C1", "line": 1}]
    assert [(each["rule"], each["lines"]) for each in told["not_evaluated"]] == [
        ("ptp", 6),
        ("caps", 6),
        ("add-on", 2),
        ("charges", 0),
    ]
    assert told["tables"] == [{"table": "mue", "release": "2026q3"}]
    assert told["rejected"] == [
        {"source": "a.837", "where": "segment 9 (CLM)", "reason": "no date of service", "claims": 1}
    ]


def test_bypassed_is_shown_on_request() -> None:
    told = json.loads(json_report.render(REPORT, shown=(*SHOWN, Verdict.BYPASSED)))
    assert [finding["claim"] for finding in told["findings"]] == ["C1", "C1", "C2"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_csv_is_a_formula(start: str) -> None:
    hostile = replace(REPORT, findings=(replace(VIOLATION, claim=f"{start}HYPERLINK(1)"),))
    rows = list(csv.DictReader(io.StringIO(csv_report.render(hostile, shown=SHOWN), newline="")))
    assert [row["claim"] for row in rows] == [f"'{start}HYPERLINK(1)"]


def test_csv_has_a_row_for_each_finding() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_report.render(REPORT, shown=SHOWN), newline="")))
    assert [(row["claim"], row["lines"], row["procedure"], row["related"], row["missing"]) for row in rows] == [
        ("C1", "2", "97124", "C1/1", ""),
        ("C1", "3", "", "C1/1", "minutes"),
    ]


def test_a_warning_that_recurs_is_told_once_with_its_first_places() -> None:
    many = tuple(Warning("a.837", f"segment {n}", "a number is out of range") for n in range(1, 1201))
    told = text_report.render(replace(REPORT, warnings=many), shown=SHOWN)
    assert told.count("a number is out of range") == 1
    assert "  a.837  segment 1, segment 2, segment 3 and 1,197 more\n" in told
