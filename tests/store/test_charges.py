"""Findings get the payer and the charges of their lines from the table of lines."""

from __future__ import annotations

from decimal import Decimal

import duckdb

from cleanclaim.store.charges import with_charges
from tests.store.made import finding, table


def test_each_line_has_its_charge_in_its_place() -> None:
    found = table([finding("A", "one", lines=[2, 1]), finding("B", "two"), finding("C", "three")])
    with duckdb.connect() as connection:
        connection.register("given", found.drop_columns(["payer", "charges"]))
        connection.execute(
            """CREATE TABLE lines AS SELECT * FROM (VALUES
            ('A', 1, 'claim', 'P', 10.00::DECIMAL(18,2)), ('A', 2, 'claim', 'P', 20.50),
            ('A', 1, 'history', 'Q', 99.00),
            ('B', 1, 'claim', NULL, NULL)) t(claim, line, status, payer, charge)"""
        )
        told = connection.execute(
            f"SELECT claim, rule, payer, charges FROM ({with_charges('given', 'lines')}) ORDER BY 1"
        ).fetchall()
    assert told == [
        ("A", "one", "P", [Decimal("20.50"), Decimal("10.00")]),
        ("B", "two", None, [None]),
        ("C", "three", None, [None]),
    ]
