"""What conditions and looks mean, construct by construct, said by hand and held against every engine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cleanclaim.claims.model import Status
from tests.backends.saying import DAY, Says, line

LACKING = line(1, minutes=None)
LONG, SHORT = line(2, minutes=60), line(3, minutes=5)


@pytest.mark.parametrize(
    ("rule", "verdicts"),
    [
        ("flag_if: {minutes: {gt: 15}}", {"needs_info": [1], "violation": [2]}),
        ("flag_if: {not: {minutes: {gt: 15}}}", {"needs_info": [1], "violation": [3]}),
        ("flag_if: {all: [{minutes: {gt: 15}}, {units: 1}]}", {"needs_info": [1], "violation": [2]}),
        ("flag_if: {all: [{minutes: {gt: 15}}, {units: 2}]}", {}),
        ("flag_if: {any: [{minutes: {gt: 15}}, {units: 1}]}", {"violation": [1, 2, 3]}),
        ("flag_if: {any: [{minutes: {gt: 15}}, {units: 2}]}", {"needs_info": [1], "violation": [2]}),
        ("flag_if: {minutes: {missing: true}}", {"violation": [1]}),
        ("flag_if: {minutes: {missing: false}}", {"violation": [2, 3]}),
        ("flag_if: {}, unless: {minutes: {gt: 15}}", {"needs_info": [1], "bypassed": [2], "violation": [3]}),
        ("flag_if: {minutes: {gt: 15}}, unless: {units: 1}", {"bypassed": [2]}),
        ("flag_if: {}, for: {minutes: {gt: 15}}", {"needs_info": [1], "violation": [2]}),
        ("flag_if: {minutes: {between: [5, 60]}}", {"needs_info": [1], "violation": [2, 3]}),
        ("flag_if: {minutes: {ne: 60}}", {"needs_info": [1], "violation": [3]}),
    ],
)
def test_kleenes_tables_and_the_verdicts(says: Says, rule: str, verdicts: dict[str, list[int]]) -> None:
    assert says(rule, LACKING, LONG, SHORT) == verdicts


@pytest.mark.parametrize(
    ("test", "flagged"),
    [
        ('"59"', [1, 2]),
        ("{has_all: [59, GP]}", [2]),
        ("{has_none: [59]}", [3, 4]),
        ("{has_none: [59, GP]}", [4]),
    ],
)
def test_lists_of_codes(says: Says, test: str, flagged: list[int]) -> None:
    lines = [line(n, modifiers=m) for n, m in enumerate((("59",), ("GP", "59"), ("GP",), ()), 1)]
    assert says(f"flag_if: {{modifiers: {test}}}", *lines) == {"violation": flagged}


def test_an_empty_list_is_known_and_a_missing_one_is_not(says: Says) -> None:
    lines = [line(1, performer_licences=None), line(2, performer_licences=()), line(3, performer_licences=("LMT",))]
    rule = "flag_if: {performer.licences: {has_none: [LMT]}}"
    assert says(rule, *lines) == {"needs_info": [1], "violation": [2]}


class TestOtherLines:
    def test_a_line_is_not_its_own_other_line(self, says: Says) -> None:
        assert says("flag_if: {another_line: {same: [patient]}}", line()) == {}

    def test_same_is_never_true_of_what_is_missing(self, says: Says) -> None:
        rule = "flag_if: {another_line: {procedure: cmt, same: [patient, rendering_npi]}}"
        cmt = line(2, procedure="98940")
        assert says(rule, line(rendering_npi="1"), cmt) == {"needs_info": [2]}
        assert says(rule, line(rendering_npi="1"), cmt._replace(rendering_npi="1")) == {"violation": [1]}

    def test_a_key_missing_on_the_judged_line_leaves_no_other_line_undecided(self, says: Says) -> None:
        rule = "for: {procedure: massage}, flag_if: {no_other_line: {procedure: cmt, same: [patient, rendering_npi]}}"
        assert says(rule, line(), line(2, rendering_npi="1")) == {"needs_info": [1], "violation": [2]}

    def test_an_unknown_candidate_does_not_match(self, says: Says) -> None:
        rule = "flag_if: {another_line: {minutes: {gt: 15}, same: [patient]}}"
        assert says(rule, line(1), line(2, minutes=60), line(3)) == {"violation": [1, 3]}

    def test_differs_needs_both_sides(self, says: Says) -> None:
        rule = "flag_if: {another_line: {same: [patient], differs: [rendering_npi]}}"
        lines = (line(1, rendering_npi="1"), line(2, rendering_npi="2"), line(3))
        assert says(rule, *lines) == {"violation": [1, 2], "needs_info": [3]}
        assert says(rule, lines[0], lines[2]) == {"needs_info": [3]}

    @pytest.mark.parametrize(
        ("within", "days", "seen"),
        [
            ("day", (0,), True),
            ("day", (1,), False),
            ("calendar_month", (-3, 27), True),
            ("calendar_month", (-4, 28), False),
            ("calendar_year", (-124, 241), True),
            ("calendar_year", (-125, 242), False),
            ("{days: 14}", (-14, 14), True),
            ("{days: 14}", (-15, 15), False),
            ("{days: 14, before: true}", (-14, 0), True),
            ("{days: 14, before: true}", (1,), False),
            ("{days: 14, after: true}", (0, 14), True),
            ("{days: 14, after: true}", (-1, 15), False),
        ],
    )
    def test_windows_from_the_fourth_of_may_2020(
        self, says: Says, within: str, days: tuple[int, ...], seen: bool
    ) -> None:
        rule = f"for: {{procedure: massage}}, flag_if: {{another_line: {{same: [patient], within: {within}}}}}"
        for offset in days:
            other = line(2, procedure="98940", service_date=date.fromordinal(DAY.toordinal() + offset))
            assert says(rule, line(), other) == ({"violation": [1]} if seen else {}), offset

    def test_position_is_by_date_claim_and_line(self, says: Says) -> None:
        lines = (line(2), line(1, claim="D"), line(3, service_date=date(2020, 5, 3)))
        assert says("flag_if: {another_line: {same: [patient], position: before}}", *lines) == {"violation": [1, 2]}
        assert says("flag_if: {another_line: {same: [patient], position: after}}", *lines) == {"violation": [2, 3]}

    def test_the_judged_lines_values_inside_a_look(self, says: Says) -> None:
        rule = "flag_if: {another_line: {same: [patient], charge: {lt: {line: charge}}}}"
        lines = [line(n, charge=Decimal(c)) for n, c in enumerate(("10.00", "9.99", "10"), 1)]
        assert says(rule, *lines, line(4)) == {"violation": [1, 3]}

    def test_history_is_seen_and_not_judged_and_the_log_is_not_seen(self, says: Says) -> None:
        rule = "flag_if: {another_line: {procedure: cmt, same: [patient]}}"
        history = line(2, procedure="98940", claim="H", status=Status.HISTORY)
        assert says(rule, line(), history) == {"violation": [1]}
        assert says(rule, line(), history._replace(status=Status.LOG)) == {}

    def test_patients_do_not_see_each_other_unless_no_look_names_them(self, says: Says) -> None:
        lines = (line(1), line(2, patient="Q"))
        assert says("flag_if: {another_line: {same: [patient, procedure]}}", *lines) == {}
        assert says("flag_if: {another_line: {same: [procedure]}}", *lines) == {"violation": [1, 2]}


def test_derived_facts_chain_and_stay_unknown(says: Says) -> None:
    head = (
        "derive:\n"
        "  - {fact: starts, for: {consent: true}, when: {procedure: cmt}}\n"
        "  - fact: in_course\n"
        "    when: {any: [{starts: true}, {another_line: {in_course: true, same: [patient], "
        "within: {days: 3, before: true}}}]}\n"
        "  - {fact: outside, when: {in_course: false}}\n"
    )
    days = [date(2020, 5, day) for day in (4, 7, 10, 14)]
    lines = [line(n, service_date=day) for n, day in enumerate(days, 1)]
    start = lines[0]._replace(procedure="98940", facts={"consent": True})
    assert says("flag_if: {in_course: true}", start, *lines[1:], head=head) == {"violation": [1, 2, 3]}
    assert says("flag_if: {outside: true}", start, *lines[1:], head=head) == {"violation": [4]}
    unsure = start._replace(facts={})
    assert says("flag_if: {in_course: true}", unsure, *lines[1:], head=head) == {"needs_info": [1]}
    assert says("flag_if: {starts: true}", start._replace(facts={"consent": False}), head=head) == {}


def test_the_clock_of_receipt(says: Says) -> None:
    rule = "effective: {from: 2020-06-01, by: received}, flag_if: {}"
    lines = [line(1, received=date(2020, 5, 31)), line(2, received=date(2020, 6, 1)), line(3)]
    assert says(rule, *lines) == {"violation": [2], "needs_info": [3]}
