"""What tables and the dates of their releases mean, said by hand and held against every engine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cleanclaim.policy.model import Period
from cleanclaim.policy.tables import Table
from tests.backends.saying import DAY, Says, line

ROW = "table: fee, key: {code: {field: procedure}}"


def test_lookups_by_date(says: Says) -> None:
    rows = [
        {"code": "97124", "licence": "LMT", "fee": Decimal(30), "from": date(2019, 1, 1), "ends": None},
        {"code": "97124", "licence": "LMT", "fee": Decimal(40), "from": DAY, "ends": None},
        {"code": "98940", "licence": None, "fee": None, "from": None, "ends": date(2020, 5, 3)},
    ]
    tables = {"fee": Table("fee", rows, "from", "ends")}
    rule = "let: {fee: {lookup: fee, in: fee, key: {code: {field: procedure}}}}, flag_if: {charge: {gt: {let: fee}}}"
    lines = [
        line(1, charge=Decimal("35.00")),
        line(2, charge=Decimal("35.00"), service_date=date(2020, 5, 3)),
        line(3, charge=Decimal("35.00"), procedure="98940"),
    ]
    assert says(rule, *lines, tables=tables) == {"violation": [2], "needs_info": [3]}
    rule = rule.replace("}}}}, flag", "}}, default: 0}}, flag")
    assert says(rule, *lines, tables=tables) == {"violation": [2, 3]}


def test_different_values_of_a_column_over_the_rows_in_force(says: Says) -> None:
    start, later = date(2019, 1, 1), date(2020, 5, 5)
    cells = [
        ("97124", "LMT", 30, start, None),
        ("97124", "PT", 30, start, DAY),
        ("97124", "DC", 40, start, None),
        ("97124", "MD", None, start, None),
        ("97124", "LMT", 50, later, None),
        ("98940", "DC", None, start, None),
    ]
    rows = [
        {"code": code, "licence": licence, "fee": Decimal(fee) if fee else None, "from": first, "ends": last}
        for code, licence, fee, first, last in cells
    ]
    tables = {"fee": Table("fee", rows, "from", "ends")}

    def rule(column: str, number: int, key: str = "code: {field: procedure}") -> str:
        return f"let: {{n: {{count: {column}, in: fee, key: {{{key}}}}}}}, flag_if: {{n: {number}}}"

    lines = [line(1), line(2, service_date=later), line(3, procedure="98940"), line(4, procedure="98941"), line(5)]
    lines[-1] = lines[-1]._replace(procedure=None)
    by_line = {
        rule("fee", 2): {"violation": [1], "needs_info": [5]},
        rule("fee", 3): {"violation": [2], "needs_info": [5]},
        rule("fee", 0): {"violation": [3, 4], "needs_info": [5]},
        rule("licence", 4): {"violation": [1], "needs_info": [5]},
        rule("licence", 3): {"violation": [2], "needs_info": [5]},
        rule("licence", 1): {"violation": [3], "needs_info": [5]},
        rule("licence", 0): {"violation": [4], "needs_info": [5]},
    }
    for written, expected in by_line.items():
        assert says(written, *lines, tables=tables) == expected, written
    performers = [
        line(1, performer_licences=("LMT", "PT")),
        line(2, performer_licences=("PT", "LMT", "DC", "DC")),
        line(3, performer_licences=()),
        line(4),
    ]
    key = "code: {field: procedure}, licence: {field: performer.licences}"
    assert says(rule("fee", 1, key), *performers, tables=tables) == {"violation": [1], "needs_info": [4]}
    assert says(rule("fee", 2, key), *performers, tables=tables) == {"violation": [2], "needs_info": [4]}
    assert says(rule("fee", 0, key), *performers, tables=tables) == {"violation": [3], "needs_info": [4]}


def test_in_table_by_any_element_of_a_list(says: Says) -> None:
    rows = [{"code": "97124", "licence": "LMT", "fee": None, "from": None, "ends": DAY}]
    tables = {"fee": Table("fee", rows, "from", "ends")}
    rule = "flag_if: {in_table: {table: fee, key: {code: {field: procedure}, licence: {field: performer.licences}}}}"
    lines = [
        line(1, performer_licences=("DC", "LMT")),
        line(2, performer_licences=()),
        line(3),
        line(4, performer_licences=("LMT",), service_date=date(2020, 5, 5)),
    ]
    assert says(rule, *lines, tables=tables) == {"violation": [1], "needs_info": [3]}


@pytest.mark.parametrize("by", ["", ", by: received"])
def test_a_release_is_for_its_dates_of_service_on_both_clocks(says: Says, by: str) -> None:
    quarters = (Period(date(2020, 4, 1), date(2020, 6, 30)), Period(date(2020, 10, 1), None))
    tables = {"fee": Table("fee", (), "from", "ends", quarters)}
    days = [date(2020, 3, 31), date(2020, 4, 1), date(2020, 6, 30), date(2020, 7, 1), date(2020, 10, 1)]
    # Received inside the release wherever the rule runs on that: only the date of service counts.
    lines = [line(n, service_date=day, received=date(2020, 11, 1)) for n, day in enumerate(days, 1)]
    rule = f"effective: {{from: 2019-01-01{by}}}, flag_if: {{not: {{in_table: {{{ROW}}}}}}}"
    assert says(rule, *lines, tables=tables) == {"violation": [2, 3, 5]}
    absent = [each._replace(received=None) for each in lines]
    unknown = {"needs_info": [2, 3, 5]} if by else {"violation": [2, 3, 5]}
    assert says(rule, *absent, tables=tables) == unknown
    assert says(rule, *lines, tables={"fee": Table("fee", (), coverage=())}) == {}


def test_a_release_also_bounds_what_rests_on_it_through_a_fact_or_a_let(says: Says) -> None:
    tables = {"fee": Table("fee", (), "from", "ends", (Period(DAY, DAY),))}
    lines = (line(1), line(2, service_date=date(2020, 5, 5)))
    head = f"derive:\n  - {{fact: listed, when: {{in_table: {{{ROW}}}}}}}\n"
    assert says("flag_if: {listed: false}", *lines, head=head, tables=tables) == {"violation": [1]}
    counted = "let: {n: {count: fee, in: fee, key: {code: {field: procedure}}}}, flag_if: {n: 0}"
    assert says(counted, *lines, tables=tables) == {"violation": [1]}
    assert says("flag_if: {}", *lines, tables=tables) == {"violation": [1, 2]}


def test_a_rule_without_its_table_says_nothing(says: Says) -> None:
    assert says("flag_if: {in_table: {table: fee, key: {code: {field: procedure}}}}", line()) == {}
