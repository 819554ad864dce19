"""What totals, allowances, functions and defined values mean, said by hand and held against every engine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cleanclaim.claims.model import Status
from tests.backends.saying import DAY, Says, line


class TestLets:
    def test_totals_take_the_line_itself_in(self, says: Says) -> None:
        rule = "let: {billed: {total: units, of: {procedure: massage}, same: [patient]}}, flag_if: {billed: {gt: 4}}"
        assert says(rule, line(1, units=2), line(2, units=Decimal("2.5")), line(3, units=9, procedure="98940")) == {
            "violation": [1, 2, 3]
        }
        assert says(rule, line(1, units=2), line(2, units=2)) == {}
        assert says(rule, line(1, units=9), line(2, units=None)) == {"needs_info": [1, 2]}

    def test_days_are_distinct_and_a_total_over_nothing_is_nought(self, says: Says) -> None:
        rule = "let: {n: {total: days, of: {procedure: cmt}, same: [patient]}}, flag_if: {n: 0}"
        assert says(rule, line(1)) == {"violation": [1]}
        rule = rule.replace("n: 0", "n: 2")
        other = date(2020, 5, 5)
        lines = [line(n, procedure="98940", service_date=d) for n, d in enumerate((DAY, DAY, other), 1)]
        assert says(rule, *lines) == {"violation": [1, 2, 3]}

    def test_unbilled_minutes_count_in_the_pool_only(self, says: Says) -> None:
        def rule(method: str, more: str = "") -> str:
            look = "of: {procedure: [97124, 97110, 97140]}, same: [patient, service_date]"
            return (
                f"let: {{most: {{units_allowed: {method}, {look}{more}}}}}, flag_if: {{units: {{gt: {{let: most}}}}}}"
            )

        seven = [line(1, minutes=7)]
        logged = [line(n, minutes=7, procedure=c, status=Status.LOG) for n, c in ((2, "97110"), (3, "97140"))]
        assert says(rule("cms_total"), *seven) == {"violation": [1]}
        assert says(rule("cms_total"), *seven, *logged) == {}
        assert says(rule("cms_total", ", whole: true"), *seven, *logged) == {}
        assert says(rule("cpt_midpoint"), *seven, *logged) == {"violation": [1]}
        assert says(rule("full_increment"), line(1, minutes=14)) == {"violation": [1]}

    def test_procedures_are_distinct_and_one_that_is_missing_is_asked_for(self, says: Says) -> None:
        rule = "let: {n: {total: procedures, of: {}, same: [patient, service_date]}}, flag_if: {n: 2}"
        lines = (line(1), line(2), line(3, procedure="98940"))
        assert says(rule, *lines) == {"violation": [1, 2, 3]}
        assert says(rule, *lines[:2]) == {}
        assert says(rule, *lines, line(4, procedure=None)) == {"needs_info": [1, 2, 3, 4]}

    def test_allowed_amounts_add_up_to_money(self, says: Says) -> None:
        rule = "let: {n: {total: allowed, of: {}, same: [patient]}}, flag_if: {n: {gt: 60}}"
        cents = [line(n, allowed=Decimal(a), charge=Decimal(90)) for n, a in enumerate(("40.00", "20.00"), 1)]
        assert says(rule, *cents) == {}
        assert says(rule, cents[0], cents[1]._replace(allowed=Decimal("20.01"))) == {"violation": [1, 2]}
        assert says(rule, cents[0], cents[1]._replace(allowed=None)) == {"needs_info": [1, 2]}


@pytest.mark.parametrize(
    ("let", "test", "verdicts"),
    [
        (
            '{"/": [{field: charge}, {field: units}]}',
            "{gt: 33.33, lt: 33.34}",
            {"violation": [1], "needs_info": [3, 4, 5]},
        ),
        ('{"/": [{field: charge}, {field: units}]}', "{gt: 33.33}", {"violation": [1, 2], "needs_info": [3, 4, 5]}),
        ('{"/": [{field: charge}, {field: paid}]}', "4", {"violation": [1], "needs_info": [2, 3, 5]}),
        ('{"/": [{field: charge}, {field: paid}]}', "{missing: true}", {"violation": [2, 3, 5]}),
        ("{count: [{field: modifiers}]}", "3", {"violation": [1]}),
        ("{distinct: [{field: modifiers}]}", "2", {"violation": [1]}),
        ("{count: [{field: modifiers}]}", "0", {"violation": [2, 3, 4, 5]}),
        ("{count: [{field: pointed_diagnoses}]}", "1", {"violation": [2], "needs_info": [1, 3, 4, 5]}),
        ("{first: [{field: modifiers}]}", "GP", {"violation": [1], "needs_info": [2, 3, 4, 5]}),
        ("{valid_npi: [{field: billing_npi}]}", "false", {"violation": [2], "needs_info": [3, 4, 5]}),
        ("{valid_npi: [{field: billing_npi}]}", "true", {"violation": [1], "needs_info": [3, 4, 5]}),
        ("{next_weekday: [{field: received}]}", "2020-05-11", {"violation": [1, 2], "needs_info": [4, 5]}),
    ],
)
def test_functions(says: Says, let: str, test: str, verdicts: dict[str, list[int]]) -> None:
    hundred = Decimal("100.00")
    lines = (
        line(
            1, units=3, charge=hundred, paid=Decimal(25), modifiers=("GP", "59", "GP"), billing_npi="1234567893"
        )._replace(received=date(2020, 5, 9)),
        line(
            2, units=2, charge=hundred, paid=Decimal(0), billing_npi="1234567890", pointed_diagnoses=("M545",)
        )._replace(received=date(2020, 5, 10)),
        line(3, units=0, charge=hundred, received=date(2020, 5, 8)),
        line(4, units=None, charge=hundred, paid=Decimal(10)),
        line(5, units=0, charge=None, paid=Decimal(10)),
    )
    assert says(f"let: {{n: {let}}}, flag_if: {{n: {test}}}", *lines) == verdicts


def test_defined_values_are_fields_of_either_line(says: Says) -> None:
    head = (
        'define:\n  price: {"/": [{field: charge}, {field: units}]}\n'
        '  twice: {"*": [{field: price}, 2]}\n  main: {first: [{field: diagnoses}]}\n'
    )
    lines = (
        line(1, charge=Decimal(30), units=3, diagnoses=("M545", "E119")),
        line(2, charge=Decimal(30), units=2, diagnoses=("E119",)),
        line(3, charge=Decimal(30), units=0),
    )
    expected = {
        "flag_if: {price: 10}": {"violation": [1], "needs_info": [3]},
        "flag_if: {twice: {ge: 30}}": {"violation": [2], "needs_info": [3]},
        'flag_if: {main: "E11*"}': {"violation": [2], "needs_info": [3]},
        "flag_if: {main: {missing: true}}": {"violation": [3]},
        "flag_if: {another_line: {same: [patient], price: {lt: {line: price}}}}": {"violation": [2]},
        "flag_if: {another_line: {same: [patient], diagnoses: {has_any: [M545]}, main: {ne: {line: main}}}}": {
            "violation": [2]
        },
        "let: {n: {total: lines, of: {price: {ge: 10}}, same: [patient]}}, flag_if: {n: 2}": {"violation": [1, 2, 3]},
    }
    for rule, verdicts in expected.items():
        assert says(rule, *lines, head=head) == verdicts, rule
