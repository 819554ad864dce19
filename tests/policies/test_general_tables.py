"""The tables that the general edits and the NCCI policies ship: right by the rules that they stand for."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.lint import tables_of
from cleanclaim.policy.load import load_library
from cleanclaim.policy_tests import run_test
from cleanclaim.shipped import shipped

POLICIES = shipped("policies")
PLACES = Path(__file__).parents[3] / "shared/data/pos_codes.csv"
DAY = timedelta(days=1)
Row = Mapping[str, str]


def rows(path: Path) -> Sequence[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


HOLIDAYS = {date.fromisoformat(row["holiday"]): row for row in rows(POLICIES / "templates/tables/federal-holidays.csv")}


@pytest.mark.parametrize(
    ("day", "name", "next_working_day"),
    [
        ("2019-01-21", "Birthday of Martin Luther King, Jr.", "2019-01-22"),
        ("2020-07-03", "Independence Day, observed", "2020-07-06"),
        ("2021-06-18", "Juneteenth, observed", "2021-06-21"),
        ("2021-12-31", "New Year's Day, observed", "2022-01-03"),
        ("2024-12-24", "Federal offices closed", "2024-12-26"),
        ("2025-11-27", "Thanksgiving Day", "2025-11-28"),
        ("2026-05-25", "Memorial Day", "2026-05-26"),
        ("2027-12-24", "Christmas Day, observed", "2027-12-27"),
    ],
)
def test_days_as_the_calendars_of_federal_holidays_have_them(day: str, name: str, next_working_day: str) -> None:
    row = HOLIDAYS[date.fromisoformat(day)]
    assert (row["name"], row["next_working_day"]) == (name, next_working_day)


def test_each_year_has_its_holidays_on_weekdays() -> None:
    assert all(day.weekday() < 5 for day in HOLIDAYS)
    by_law = [day for day, row in HOLIDAYS.items() if row["source"].startswith("5 U.S.C.")]
    # A New Year's Day on a Saturday is kept on the last day of the year before.
    named = {
        year: sum((day + DAY).year == year if (day.month, day.day) == (12, 31) else day.year == year for day in by_law)
        for year in range(2012, 2035)
    }
    assert named == {year: 11 if year >= 2021 else 10 for year in named}


def test_the_next_working_day_is_the_first_that_is_no_weekend_and_no_holiday() -> None:
    for day, row in HOLIDAYS.items():
        after = day + DAY
        while after.weekday() >= 5 or after in HOLIDAYS:
            after += DAY
        assert row["next_working_day"] == after.isoformat()
        assert int(row["days_to_it"]) == (after - day).days


def test_a_late_claim_is_told_the_day_that_the_holiday_moved_it_to() -> None:
    """12 months from 2024-09-01 end on Labor Day."""
    library = load_library([POLICIES])
    policy = next(policy for policy in library.policies if policy.id == "medicare/timely-filing")
    test = next(test for test in policy.tests if "Labor Day" in test.name)
    _, findings = run_test(test, policy, [policy], tables_of(library.policies), ReferenceEngine)
    assert {finding.message for finding in findings} == {
        "Service of 2024-09-01: to be filed by 2025-09-02; received on 2025-09-03.",
        "Service of 2024-09-01: to be filed by 2025-09-02; made on 2025-09-03, which is later than it may be received.",
    }


def test_the_places_of_service_are_those_of_the_code_set() -> None:
    if not PLACES.exists():
        pytest.skip("../shared/data is not here")
    assigned = {row["pos_code"]: row for row in rows(PLACES) if row["pos_type"] != "Unassigned"}
    ours = {row["code"]: row for row in rows(POLICIES / "general/tables/place-of-service.csv")}
    assert ours.keys() == assigned.keys()
    for code, row in ours.items():
        assert row["name"] == assigned[code]["pos_name"].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        assert row["facility"] == str(assigned[code]["pos_type"] == "Facility").lower()


def test_the_pairs_left_to_the_massage_policy_are_those_it_flags() -> None:
    """Each pair is flagged by ncci/massage-pairs from the day that the table names, so that no pair is lost."""
    versions = [policy for policy in load_library([POLICIES]).policies if policy.id == "ncci/massage-pairs"]
    flagged = {
        (one.procedure, other.procedure)
        for policy in versions
        for test in policy.tests
        for number in [n for numbers in (*test.expect.values(), *test.bypassed.values()) for n in numbers]
        for other in [test.lines[number - 1]]
        for one in test.lines
        if one.procedure != other.procedure
    }
    first: dict[str, date] = {}
    for policy in versions:
        for one_rule in policy.rules:
            start = one_rule.effective.start or policy.effective.start
            assert start is not None
            # A pair that is left to a version must be known as soon as it is in force.
            assert policy.published <= start
            first[one_rule.id] = min(start, first.get(one_rule.id, start))
    told = rows(POLICIES / "templates/tables/ncci-told-elsewhere.csv")
    for row in told:
        rule = "manual-therapy-and-massage" if row["column_1"] == "97140" else "therapy-with-cmt"
        assert first[rule] == date.fromisoformat(row["effective"])
    columns = {(row["column_1"], row["column_2"]) for row in told}
    assert {("97140", "97124"), ("98940", "97140"), ("98941", "97112"), ("98941", "97124")} <= columns & flagged
    assert {column_1 for column_1, _ in columns} == {"98940", "98941", "98942", "97140"}
    assert len(columns) == len(told) == 3 * 3 + 1
