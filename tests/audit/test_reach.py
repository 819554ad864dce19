"""The history that rules can reach is enough: they find in it what they find in all of the history."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

from cleanclaim.audit.looked_for import condition_of
from cleanclaim.audit.reach import ENDLESS, Reach, Step, reach
from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.claims.model import Line, Status
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import CodeSet, Span
from cleanclaim.policy.versions import Edition
from tests.strategies.choose import Choose
from tests.strategies.compare import judge
from tests.strategies.examples import Written, drawn_written, example


def _edition(rules: str, more: str = "") -> Edition:
    text = f"""
policy: example/reach
title: Reach
published: 2020-01-01
effective: {{from: 2020-01-01}}
source: {{title: A manual}}
codes: {{massage: ["97124"], cmt: ["98940-98942", "A5*"]}}
{more}
rules:
{rules}
"""
    return Edition.of([load_text(text, "reach.yaml", {})], date(2021, 1, 1))


def _rule(id_: str, flag_if: str, applies: str = "{procedure: massage}") -> str:
    return f'  - {{id: {id_}, severity: error, for: {applies}, flag_if: {flag_if}, message: m, fix: f, cite: "1"}}\n'


FIRST, LAST = date(2020, 3, 10), date(2020, 3, 20)


@pytest.mark.parametrize(
    ("within", "start", "end"),
    [
        ("within: day", FIRST, LAST),
        ("within: calendar_month", date(2020, 3, 1), date(2020, 3, 31)),
        ("within: calendar_year", date(2020, 1, 1), date(2020, 12, 31)),
        ("within: {days: 14}", FIRST - timedelta(14), LAST + timedelta(14)),
        ("within: {days: 14, before: true, after: false}", FIRST - timedelta(14), LAST),
        ("within: {days: 14}, position: before", FIRST - timedelta(14), LAST),
        ("position: before", None, LAST),
        ("position: after", FIRST, None),
    ],
)
def test_days(within: str, start: date | None, end: date | None) -> None:
    look = f"{{another_line: {{procedure: cmt, same: [patient], {within}}}}}"
    found = reach(_edition(_rule("r", look)))
    assert found.dates(FIRST, LAST) == (start, end)
    assert found.same_patient
    assert found.procedures is not None
    assert [(codes.ranges, codes.prefixes) for codes in found.procedures] == [((("98940", "98942"),), ("A5",))]


def test_the_same_day_as_a_key_is_a_window_too() -> None:
    found = reach(_edition(_rule("r", "{another_line: {same: [patient, service_date]}}")))
    assert found.dates(FIRST, LAST) == (FIRST, LAST)
    assert found.procedures is None


def test_the_judged_lines_own_code_is_looked_for() -> None:
    found = reach(_edition(_rule("r", "{another_line: {same: [patient, procedure]}}")))
    assert found.procedures is not None
    assert [codes.codes for codes in found.procedures] == [frozenset({"97124"})]
    assert found.rules[0].endless


def test_rules_that_look_at_no_other_line_reach_nothing() -> None:
    found = reach(_edition(_rule("r", "{units: {gt: 4}}")))
    assert found == Reach()
    assert found.condition(FIRST, LAST, "judged") == "FALSE"


def test_days_beyond_the_calendar_are_without_end() -> None:
    assert Step(Span.DAYS, 10**6, 10**7).earliest(FIRST) is None
    assert ENDLESS.latest(LAST) is None


CODES = ["97124", "98940", "98942", "9894A", "A5500", "A", None, "98943", "989400"]


@pytest.mark.parametrize(
    "codes",
    [
        CodeSet(None, frozenset({"97124"})),
        CodeSet(None, ranges=(("98940", "98942"),)),
        CodeSet(None, prefixes=("A5", "9712")),
        CodeSet(None),
    ],
)
def test_codes_are_found_in_sql_as_in_policies(codes: CodeSet) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT unnest(?::VARCHAR[]) AS code", [CODES])
        found = connection.execute(f"SELECT code FROM t WHERE {condition_of(codes, 'code')}").fetchall()
    assert {row[0] for row in found} == {code for code in CODES if code in codes}


def _met(lines: tuple[Line, ...], found: Reach) -> tuple[Line, ...]:
    """By the condition that the database is given."""
    judged = [line for line in lines if line.status is not Status.HISTORY]
    if not judged:
        return lines
    first, last = min(line.service_date for line in judged), max(line.service_date for line in judged)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE judged (patient VARCHAR)")
        connection.executemany("INSERT INTO judged VALUES (?)", [[line.patient] for line in judged])
        connection.execute(
            "CREATE TABLE h (n BIGINT, service_date DATE, patient VARCHAR, procedure VARCHAR, claim_frequency VARCHAR)"
        )
        for n, line in enumerate(lines):
            row = [n, line.service_date, line.patient, line.procedure, line.claim_frequency]
            connection.execute("INSERT INTO h VALUES (?, ?, ?, ?, ?)", row)
        kept = connection.execute(f"SELECT n FROM h WHERE {found.condition(first, last, 'judged')}").fetchall()
    seen = {row[0] for row in kept}
    return tuple(line for n, line in enumerate(lines) if line.status is not Status.HISTORY or n in seen)


def test_findings_with_what_is_reached_are_findings_with_all() -> None:
    left_out = compared = 0

    @settings(max_examples=150, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(drawn_written())
    def compare(drawn: tuple[Choose, Written]) -> None:
        nonlocal left_out, compared
        choose, written = drawn
        try:
            policies = written.load()
        except PolicyError:
            return
        made = example(choose, written, policies)
        edition = made.edition()
        found = reach(edition)
        engine = ReferenceEngine(edition)
        for lines in made.claims:
            # Most lines as history, so that there is something to leave out.
            mixed = tuple(
                line._replace(status=Status.HISTORY) if n % 3 and line.status is Status.CLAIM else line
                for n, line in enumerate(lines)
            )
            # As far apart as the days of the claims themselves never are.
            far = tuple(
                line._replace(service_date=line.service_date + timedelta(days * 200), claim=f"{line.claim}{days}")
                for line in mixed
                if line.status is Status.HISTORY
                for days in (-3, -1, 1)
            )
            every = (*mixed, *far)
            reached = _met(every, found)
            left_out += len(every) - len(reached)
            compared += 1
            for partition in edition.partitions:
                assert judge(engine, edition, every, partition) == judge(engine, edition, reached, partition)

    compare()
    assert compared > 100
    assert left_out > compared, "the reach leaves hardly anything out"
