"""Rows that stand in for imported tables in a policy's tests; what is refused stands in ``errors/test_tables.txt``."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.policy.load import load_text
from cleanclaim.policy.tables import Table
from cleanclaim.policy_tests import run_tests
from tests.policy.writing import END, HEAD, refused

RULES = (
    "rules:\n  - id: r\n    let: {n: {lookup: amount, in: fees, key: {code: {field: procedure}}}}\n"
    "    flag_if: {n: {gt: 20}}\n" + END
)
ROWS = """\
test_tables:
  fees:
    - {code: "97124", amount: 25, starts: 2020-01-01, ends: 2020-06-30}
    - {code: 98940, amount: 15.50}
    - {code: ~, state: NY}
"""
TESTS = """\
tests:
  - name: over the fee until the end of June
    lines:
      - {procedure: "97124", service_date: 2020-06-30}
      - {procedure: "97124", service_date: 2020-07-01}
      - {procedure: "98940"}
    expect: {r: [1]}
    needs_info: {r: [2]}
  - name: without the table
    lines: [{procedure: "97124"}]
    without_tables: [fees]
    not_evaluated: [r]
"""


def test_cells_have_the_types_of_their_columns_and_the_rest_is_blank() -> None:
    blank = dict.fromkeys(("code", "amount", "units", "state", "starts", "ends"))
    rows = load_text(HEAD + RULES + ROWS).test_tables["fees"]
    assert [dict(row) for row in rows] == [
        blank | {"code": "97124", "amount": Decimal("25.00"), "starts": date(2020, 1, 1), "ends": date(2020, 6, 30)},
        blank | {"code": "98940", "amount": Decimal("15.50")},
        blank | {"state": "NY"},
    ]


def test_a_table_may_have_no_row_and_a_policy_no_rows_at_all() -> None:
    assert load_text(HEAD + RULES + "test_tables: {fees: []}\n").test_tables == {"fees": ()}
    assert load_text(HEAD + RULES).test_tables == {}


def test_tests_read_the_rows_and_not_the_release_that_is_loaded() -> None:
    policy = load_text(HEAD + RULES + ROWS + TESTS)
    release = Table("fees", (), "starts", "ends", coverage=())
    for tables in ({}, {(policy.id, policy.version): {"fees": release}}):
        outcomes = list(run_tests([policy], tables, ReferenceEngine))
        assert [outcome.passed for outcome in outcomes] == [True, True]


def test_a_policy_gives_rows_for_a_table_of_its_template_and_a_template_gives_none() -> None:
    tables = HEAD[HEAD.index("tables:") : HEAD.index("facts:")]
    template = f"template: templates/t\ntitle: t\n{tables}{RULES}"
    child = HEAD.replace(tables, "") + "extends: templates/t\n" + ROWS + TESTS
    policy = load_text(child, templates={"templates/t": template})
    assert all(outcome.passed for outcome in run_tests([policy], {}, ReferenceEngine))
    assert [problem.code for problem in refused(template + ROWS).diagnostics][-1:] == ["unknown-key"]
