"""The release of a file is read from its name as CMS gives it."""

from __future__ import annotations

from datetime import date

import pytest

from cleanclaim.tables.release_names import Span, end_of, name_of, named


@pytest.mark.parametrize(
    ("file", "release", "effective"),
    [
        ("ccipra-v320r0-f1.TXT", "2026q1", date(2026, 1, 1)),
        ("ccipra_v322r0_f1.layout_sample.txt", "2026q3", date(2026, 7, 1)),
        ("ccioph-v313r1-f4.xlsx", "2025q4r1", date(2025, 10, 1)),
        ("medicare-ncci-2026q3-practitioner-ptp-edits.zip", "2026q3", date(2026, 7, 1)),
        ("MCR_MUE_DMESupplierServices_Eff_10-01-2025.csv", "2025q4", date(2025, 10, 1)),
        ("AOC_V2026Q2-F-MCR.txt", "2026q2", date(2026, 4, 1)),
        ("AOC_V2025Q4_01-MCR.xlsx", "2025q4r1", date(2025, 10, 1)),
        ("PPRRVU2026_Jul_nonQPP.csv", "2026q3", date(2026, 7, 1)),
        ("PPRRVU25_APR.csv", "2025q2", date(2025, 4, 1)),
        ("rvu26c.zip", "2026q3", date(2026, 7, 1)),
        ("list-of-telehealth-services-cy2026.txt", "2026", date(2026, 1, 1)),
    ],
)
def test_the_name_says_the_release(file: str, release: str, effective: date) -> None:
    found = named(file)
    assert found is not None and (found.release, found.effective) == (release, effective)


@pytest.mark.parametrize("file", ["edits.txt", "Eff_13-45-2026.csv", "v322.txt", "notes-on-2026.txt"])
def test_other_names_say_nothing(file: str) -> None:
    assert named(file) is None


@pytest.mark.parametrize(("month", "last"), [(1, (3, 31)), (4, (6, 30)), (7, (9, 30)), (10, (12, 31)), (12, (12, 31))])
def test_a_quarter_ends_with_its_last_day(month: int, last: tuple[int, int]) -> None:
    assert end_of(date(2026, month, 1), Span.QUARTER) == date(2026, *last)


def test_a_release_is_called_after_its_quarter_its_year_or_its_day() -> None:
    day = date(2026, 8, 15)
    assert [name_of(day, span) for span in Span] == ["2026q3", "2026", "2026-08-15"]
    assert (end_of(day, Span.YEAR), end_of(day, Span.OPEN)) == (date(2026, 12, 31), None)
