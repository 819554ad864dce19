"""Replacements stand for their originals, and voids bill nothing."""

from __future__ import annotations

from datetime import date

from cleanclaim.claims.batch import Batch
from cleanclaim.claims.model import Claim, Line

DAY = date(2026, 10, 5)


def claim(number: str, frequency: str | None, units: int, patient: str = "P", day: date = DAY) -> Claim:
    return Claim((Line(number, 1, patient, day, day, units=units, claim_frequency=frequency),))


def units(judged: list[Claim], history: list[Claim]) -> list[tuple[str, int | object]]:
    with Batch.collect(judged, history=history) as batch:
        return [(line.status.value, line.units) for group in batch.partitions() for line in group]


def test_a_replacement_stands_for_the_original_in_history() -> None:
    assert units([claim("A", "7", 2)], [claim("A", "1", 4)]) == [("claim", 2)]
    assert units([claim("A", "1", 2)], [claim("A", "1", 4)]) == [("history", 4), ("claim", 2)]
    assert units([claim("A", "7", 2)], [claim("B", "1", 4)]) == [("history", 4), ("claim", 2)]


def test_a_number_that_many_claims_share_replaces_only_its_own_day() -> None:
    before = claim("ACCT", "1", 4, day=date(2026, 9, 7))
    assert units([claim("ACCT", "7", 2)], [before]) == [("history", 4), ("claim", 2)]


def test_another_patients_claim_of_the_number_stays() -> None:
    with Batch.collect([claim("A", "7", 2)], history=[claim("A", "1", 4, patient="Q")]) as batch:
        assert (batch.history, batch.history_copies) == (1, 0)


def test_history_replaces_and_voids_in_itself() -> None:
    mine = [claim("C", "1", 1)]
    assert units(mine, [claim("A", "1", 4), claim("A#2", "7", 3)]) == [("history", 3), ("claim", 1)]
    assert units(mine, [claim("A", "1", 4), claim("A#2", "8", 4)]) == [("claim", 1)]


def test_a_void_is_a_claim_without_a_line_to_judge() -> None:
    with Batch.collect([claim("A", "8", 2), claim("B", "1", 1)], history=[claim("A", "1", 2)]) as batch:
        assert [line.claim for group in batch.partitions() for line in group] == ["B"]
        assert (batch.claims, batch.lines, batch.rejected_claims) == (2, 1, 0)
        assert [warning.where for warning in batch.warnings] == ["claim A"]
