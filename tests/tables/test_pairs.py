"""NCCI pairs whose rows contradict each other refuse a release only where nothing says which row is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleanclaim.tables.problems import ImportRefused
from cleanclaim.tables.store import TableStore
from tests.tables.files import PTP_NAME, brought, lines_of, ptp, wrote


@pytest.fixture
def store(tmp_path: Path) -> TableStore:
    return TableStore(tmp_path / "store")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("97140 97124 20200101 * 0", "97140 97124 20200101 20201231 1"), "begin on the same day and differ in"),
        (("97140 97124 20200101 20191231 0",), "rows end before they begin"),
        (("97140 97124 2020010 * 0",), "'2020010' is not a date"),
        (("97140 97124 20200230 * 0",), "'20200230' is not a date"),
        (("97140 97124 * * 0",), "'*' is no date"),
        (("97140 97124 20200101 never 0",), "'never' is not a date"),
        (("97140 97124 20200101 * 2",), "'2' is not one of 0, 1, 9"),
        (("9714 97124 20200101 * 0",), "'9714' is not a procedure code"),
        (("97140 97124x 20200101 * 0",), "'97124x' is not a procedure code"),
    ],
)
def test_what_nobody_could_answer_by_refuses_the_release(
    store: TableStore, tmp_path: Path, rows: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ImportRefused) as refused:
        brought(store, "ncci-ptp", wrote(tmp_path, PTP_NAME, ptp("00100 00102 20200101 * 1", *rows)))
    (line,) = lines_of(refused.value)
    assert said in line and f"{PTP_NAME} line {7 + len(rows)}" in line
    assert store.releases() == ()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("97140 97124 20200101 20221231 0", "97140 97124 20220101 * 1"), "rows of one key overlap and differ in"),
        (("97140 97124 20200101 20220101 0", "97140 97124 20220101 * 0"), "overlap and say the same"),
        (("97140 97124 20200101 * 0", "97140 97124 20200101 * 0"), "stand in the files twice"),
        (("97140 97124 20200101 * 0", "97124 97140 20210101 * 0"), "in force in both directions"),
    ],
)
def test_oddities_with_an_answer_are_told_and_stored(
    store: TableStore, tmp_path: Path, rows: tuple[str, ...], said: str
) -> None:
    done = brought(store, "ncci-ptp", wrote(tmp_path, PTP_NAME, ptp(*rows)))
    (_parts, problem) = done.told
    assert said in problem.what and problem.count == 1 and not problem.refuses
    assert "line" in problem.places[0] and done.release.rows == len(rows)


@pytest.mark.parametrize(
    "rows",
    [
        # Voided as if it had never been, then published again.
        ("97140 97124 20200101 20200101 9", "97140 97124 20200101 * 1"),
        ("97140 97124 20200101 20211231 0", "97140 97124 20220101 * 1"),
        ("97140 97124 20200101 20211231 0", "97124 97140 20220101 * 0"),
        ("97140 97124 20200101 20200101 9", "97124 97140 20200101 * 0"),
    ],
)
def test_windows_that_do_not_meet_and_void_rows_say_nothing(
    store: TableStore, tmp_path: Path, rows: tuple[str, ...]
) -> None:
    done = brought(store, "ncci-ptp", wrote(tmp_path, PTP_NAME, ptp(*rows)))
    assert [problem.what.split()[0] for problem in done.told] == ["only"]


def test_only_ten_places_of_a_kind_are_shown_with_their_count(store: TableStore, tmp_path: Path) -> None:
    rows = [f"{n:05} 97124 20200101 * 7" for n in range(100, 200)]
    with pytest.raises(ImportRefused) as refused:
        brought(store, "ncci-ptp", wrote(tmp_path, PTP_NAME, ptp(*rows)))
    (problem,) = refused.value.problems
    assert (problem.count, len(problem.places)) == (100, 10)


def test_places_are_right_below_blank_and_uneven_rows_and_notes(store: TableStore, tmp_path: Path) -> None:
    text = ptp("00100 00102 20200101 * 1").decode() + "\r\n\t\t\t\t\t\t\r\nshort\tby\tfour\r\nEnd of the list.\r\n"
    text += "97140\t97124\t\t20200101\t*\t8\tx\r\n"
    with pytest.raises(ImportRefused) as refused:
        brought(store, "ncci-ptp", wrote(tmp_path, PTP_NAME, text))
    uneven, indicator = lines_of(refused.value)
    assert f"{PTP_NAME} line 10: 3 cells, and the header has 7" in uneven
    assert f"{PTP_NAME} line 12: '8' is not one of" in indicator


def test_uneven_rows_are_found_far_down_a_large_file(store: TableStore, tmp_path: Path) -> None:
    rows = [f"{n // 1000:05} {n % 1000:05} 20200101 * 1 {'w' * 40}" for n in range(150_000)]
    path = wrote(
        tmp_path, PTP_NAME, ptp(*rows) + b"97140\t97124\r\n" + ptp("97140 97124 20200101 * 5").splitlines()[-1]
    )
    with pytest.raises(ImportRefused) as refused:
        brought(store, "ncci-ptp", path)
    uneven, indicator = lines_of(refused.value)
    assert "line 150007: 2 cells" in uneven and "line 150008: '5' is not one of" in indicator
