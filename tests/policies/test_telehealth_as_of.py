"""One telehealth claim, asked on different days: what was published by then decides, and nothing later is let in."""

from __future__ import annotations

from datetime import date

import pytest

from cleanclaim.backends.choose import choose
from cleanclaim.claims.batch import Batch
from cleanclaim.claims.model import Claim, FactValue, Line
from cleanclaim.findings.finding import Finding
from cleanclaim.lint import tables_of
from cleanclaim.policy.load import Library, load_library
from cleanclaim.policy.versions import Edition
from cleanclaim.shipped import shipped

LIBRARY: Library = load_library([shipped("policies")])
TELEHEALTH = [policy for policy in LIBRARY.policies if policy.id.startswith("medicare/telehealth")]
TABLES = tables_of(TELEHEALTH)
ENGINES = ["reference", "durable"]

EMERGENCY = (
    date(2018, 1, 1),
    date(2020, 3, 17),
    date(2020, 3, 30),
    date(2021, 10, 13),
    date(2024, 1, 1),
)
HOME = (
    date(2023, 5, 11),
    date(2023, 10, 11),
    date(2025, 1, 1),
    date(2025, 4, 1),
    date(2025, 11, 12),
    date(2026, 2, 3),
)


def telehealth(service_date: date, *, procedure: str = "99213", **values: FactValue | dict[str, FactValue]) -> Line:
    whole = {
        "claim": "T-1",
        "line": 1,
        "claim_type": "professional",
        "patient": "P-1",
        "payer": "MAC",
        "payer_type": "medicare",
        "service_date": service_date,
        "service_through": service_date,
        "procedure": procedure,
        "rendering_npi": "1000000004",
        **values,
    }
    return Line(**whole)  # type: ignore[arg-type]


def findings(line: Line, as_of: str, engine: str) -> list[Finding]:
    if engine == "durable":
        pytest.importorskip("durable_rules_engine", reason="durable-rules is not installed")
    edition = Edition.of(TELEHEALTH, date.fromisoformat(as_of), TABLES)
    judge = choose(engine, edition).judge
    batch = Batch.collect([Claim((line,))])
    return [
        finding
        for partition in edition.partitions
        for group in batch.partitions(partition)
        for finding in judge(partition, group)
    ]


def answers(line: Line, as_of: str, engine: str) -> set[tuple[str, str]]:
    return {(finding.rule, finding.verdict.value) for finding in findings(line, as_of, engine)}


def test_each_publication_is_one_version() -> None:
    assert tuple(sorted(p.published for p in TELEHEALTH if p.id == "medicare/telehealth")) == EMERGENCY
    assert tuple(sorted(p.published for p in TELEHEALTH if p.id == "medicare/telehealth-home")) == HOME


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("as_of", "by_02", "by_95"),
    [
        ("2020-03-16", set(), {("place-of-telehealth", "violation")}),
        ("2020-03-20", set(), {("place-of-telehealth", "violation")}),
        ("2020-03-29", set(), {("place-of-telehealth", "violation")}),
        ("2020-03-30", {("place-as-in-person", "violation")}, set()),
        ("2020-05-01", {("place-as-in-person", "violation")}, set()),
        ("2026-11-23", {("place-as-in-person", "violation")}, set()),
    ],
)
def test_a_visit_of_march_2020(
    as_of: str, by_02: set[tuple[str, str]], by_95: set[tuple[str, str]], engine: str
) -> None:
    day = date(2020, 3, 10)
    assert answers(telehealth(day, place_of_service="02"), as_of, engine) == by_02
    assert answers(telehealth(day, place_of_service="11", modifiers=("95",)), as_of, engine) == by_95


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("day", "as_of", "verdict"),
    [
        (date(2025, 9, 30), "2025-10-20", None),
        (date(2025, 10, 1), "2025-10-20", "violation"),
        (date(2025, 10, 15), "2025-11-11", "violation"),
        (date(2025, 10, 15), "2025-11-12", None),
        (date(2025, 10, 1), "2026-11-23", None),
        (date(2026, 1, 31), "2026-02-02", "violation"),
        (date(2026, 1, 31), "2026-02-03", None),
        (date(2027, 12, 31), "2026-11-23", None),
        (date(2028, 1, 1), "2026-11-23", "violation"),
    ],
)
def test_a_lapse_is_a_finding_until_the_law_that_cures_it(
    day: date, as_of: str, verdict: str | None, engine: str
) -> None:
    at_home = telehealth(day, place_of_service="10", facts={"home_by_other_law": False})
    assert answers(at_home, as_of, engine) == ({("home-after-the-end", verdict)} if verdict else set())


@pytest.mark.parametrize("engine", ENGINES)
def test_in_a_lapse_the_question_of_another_law_goes_to_who_would_know(engine: str) -> None:
    at_home = telehealth(date(2025, 10, 15), place_of_service="10")
    assert answers(at_home, "2025-10-20", engine) == {("home-after-the-end", "needs_info")}
    (asked,) = findings(at_home, "2025-10-20", engine)
    assert "home_by_other_law" in asked.missing
    assert answers(at_home, "2025-11-12", engine) == set()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_tail_counts_from_the_end_of_the_emergency(engine: str) -> None:
    after = telehealth(date(2023, 10, 11), place_of_service="10", facts={"home_by_other_law": False})
    found = [each for each in findings(after, "2023-10-10", engine) if each.rule == "home-after-the-end"]
    assert [each.message.endswith("through 2023-10-10.") for each in found] == [True]
    assert "home-after-the-end" not in {rule for rule, _ in answers(after, "2023-10-11", engine)}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2020-04-29", {("provider-not-yet-eligible", "violation")}),
        ("2020-04-30", set()),
        ("2026-11-23", set()),
    ],
)
def test_exercise_by_a_therapist_in_march_2020(as_of: str, expected: set[tuple[str, str]], engine: str) -> None:
    line = telehealth(
        date(2020, 3, 20),
        procedure="97110",
        place_of_service="11",
        modifiers=("95", "GP"),
        performer_licences=("PT",),
    )
    assert answers(line, as_of, engine) == expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("day", "as_of", "expected"),
    [
        (date(2021, 6, 1), "2021-10-12", set()),
        (date(2021, 12, 31), "2022-06-01", set()),
        (date(2022, 1, 1), "2021-10-12", set()),
        (date(2022, 1, 1), "2021-10-13", {("place-as-in-person", "violation")}),
        (date(2024, 2, 1), "2020-05-01", set()),
    ],
)
def test_place_10_by_date_of_service_and_by_what_was_announced(
    day: date, as_of: str, expected: set[tuple[str, str]], engine: str
) -> None:
    """A place before its first day is told by general/place-of-service, and by nobody twice."""
    assert answers(telehealth(day, place_of_service="10"), as_of, engine) == expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("place", ["02", "10"])
def test_no_version_tells_what_a_later_one_made_known(place: str, engine: str) -> None:
    """Place 10 became known with the version of 2021, the end of the emergency's place with that of 2024."""
    for as_of, unknown in (("2020-05-01", "2022"), ("2022-06-01", "2023"), ("2023-12-31", "2024")):
        for found in findings(telehealth(date.fromisoformat(as_of), place_of_service=place), as_of, engine):
            assert unknown not in found.message.replace(as_of, "") + found.fix + found.cite


def test_no_message_or_fix_names_a_rate() -> None:
    """Which place pays better is nobody's reason to give it."""
    texts = [rule.fix + " ".join(part.text for part in rule.message) for p in TELEHEALTH for rule in p.rules]
    assert [text for text in texts if "rate" in text.split() or "paid at" in text] == []
