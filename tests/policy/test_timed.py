"""Units of timed services: the worked examples of the CMS manual and of the CPT midpoint rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanclaim.policy.model import Method
from cleanclaim.policy.timed import units_of_day, units_of_one

# minutes by code; CMS units in all; CMS units each code may be billed for; midpoint units by code.
# Rows 1 to 5: Medicare Claims Processing Manual ch. 5 §20.2.C, examples 1 to 5; row 6: MAC article
# A52758; the others follow from the rule.
EXAMPLES = [
    ({"97112": 24, "97110": 23}, 3, [2, 1], [2, 2]),
    ({"97112": 20, "97110": 20}, 3, [2, 2], [1, 1]),
    ({"97110": 33, "97140": 7}, 3, [2, 1], [2, 0]),
    ({"97110": 18, "97140": 13, "97116": 10, "97035": 8}, 3, [1, 1, 1, 0], [1, 1, 1, 1]),
    ({"97112": 7, "97110": 7, "97140": 7}, 1, [1, 1, 1], [0, 0, 0]),
    ({"97140": 35, "97035": 7}, 3, [2, 1], [2, 0]),
    ({"97110": 18, "97140": 10}, 2, [1, 1], [1, 1]),
    ({"97124": 7}, 0, [0], [0]),
    ({"97124": 8}, 1, [1], [1]),
    ({"97124": 22}, 1, [1], [1]),
    ({"97124": 23}, 2, [2], [2]),
    ({"97124": 37}, 2, [2], [2]),
    ({"97124": 38}, 3, [3], [3]),
    ({"97124": 52}, 3, [3], [3]),
    ({"97124": 53}, 4, [4], [4]),
    ({"97124": 60}, 4, [4], [4]),
    ({"97124": 67}, 4, [4], [4]),
    ({"97124": 68}, 5, [5], [5]),
    ({"97124": 90}, 6, [6], [6]),
    ({"97124": 10, "97110": 10}, 1, [1, 1], [1, 1]),
    ({"97124": 8, "97110": 8}, 1, [1, 1], [1, 1]),
    ({"97124": 15, "97110": 8}, 2, [1, 1], [1, 1]),
    ({"97124": 5, "97110": 6}, 1, [0, 1], [0, 0]),
    ({"97124": 4, "97110": 3}, 0, [0, 0], [0, 0]),
    ({"97124": 22, "97110": 22}, 3, [2, 2], [1, 1]),
    ({"97124": 23, "97110": 7}, 2, [2, 0], [2, 0]),
    ({"97124": 30, "97110": 15, "97112": 7}, 3, [2, 1, 0], [2, 1, 0]),
    ({"97124": 12, "97110": 12, "97112": 12}, 2, [1, 1, 1], [1, 1, 1]),
    ({"97124": 45, "97110": 8, "97112": 8}, 4, [3, 1, 1], [3, 1, 1]),
    ({"97124": 29, "97110": 16}, 3, [2, 1], [2, 1]),
    ({"97124": 14, "97110": 14, "97112": 14, "97140": 14}, 4, [1, 1, 1, 1], [1, 1, 1, 1]),
]


@pytest.mark.parametrize(("minutes", "whole", "each", "midpoint"), EXAMPLES)
def test_worked_examples(minutes: dict[str | None, int], whole: int, each: list[int], midpoint: list[int]) -> None:
    cms = units_of_day(minutes, Method.CMS_TOTAL)
    assert cms.whole == whole
    assert list(cms.by_code.values()) == each
    assert list(units_of_day(minutes, Method.CPT_MIDPOINT).by_code.values()) == midpoint


@pytest.mark.parametrize(
    ("minutes", "units"),
    [
        (0, 0),
        (7, 0),
        (8, 1),
        (22, 1),
        (23, 2),
        (37, 2),
        (38, 3),
        (52, 3),
        (53, 4),
        (67, 4),
        (68, 5),
        (112, 7),
        (113, 8),
    ],
)
def test_the_manuals_table(minutes: int, units: int) -> None:
    assert units_of_one(minutes, Method.CMS_TOTAL) == units


def test_full_increment_gives_nothing_for_fourteen_minutes() -> None:
    assert units_of_day({"97140": 14, "97110": 30}, Method.FULL_INCREMENT).by_code == {"97140": 0, "97110": 2}


def test_total_time_is_neither_stricter_nor_laxer_than_the_midpoint() -> None:
    higher = lower = equal = 0
    for first in range(61):
        for second in range(61):
            day: dict[str | None, int] = {"97124": first, "97110": second}
            difference = units_of_day(day, Method.CMS_TOTAL).whole - units_of_day(day, Method.CPT_MIDPOINT).whole
            higher += difference > 0
            lower += difference < 0
            equal += difference == 0
    assert (higher, lower, equal) == (448, 448, 2825)


@given(st.dictionaries(st.sampled_from(["97110", "97112", "97124", "97140"]), st.integers(0, 120), min_size=1))
def test_the_whole_is_reachable_and_never_under_the_full_quarters(minutes: dict[str | None, int]) -> None:
    cms = units_of_day(minutes, Method.CMS_TOTAL)
    assert sum(spent // 15 for spent in minutes.values()) <= cms.whole <= sum(cms.by_code.values())
