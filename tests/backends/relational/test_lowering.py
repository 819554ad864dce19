"""Expressions said in one pass mean what Ibis says in many, with fewer SELECTs."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import ibis
import ibis.expr.types as ir
import pytest

from cleanclaim.backends.relational import sql
from cleanclaim.backends.relational.lowering import said
from cleanclaim.backends.relational.scope import closed

LINES = ibis.table({"row": "int64", "patient": "string", "units": "int64", "codes": "array<string>"}, name="lines")
ROWS = """CREATE TABLE lines AS SELECT * FROM (VALUES (1, 'a', 2, ['x', 'y']), (2, 'a', NULL, ['x']),
    (3, 'b', 5, []), (4, NULL, 1, NULL), (5, 'b', 5, ['z'])) AS t("row", patient, units, codes)"""


def paired(lines: ir.Table) -> ir.Table:
    other = lines.filter(lines.units.notnull()).select(o_row=lines["row"], o_patient=lines.patient)
    together = lines.join(other, lines.patient == other.o_patient)
    return together.filter(together.o_row != together["row"])


def shared(lines: ir.Table) -> ir.Table:
    some = lines.filter(lines.units > 1).select("row", "patient")
    closed_ = closed(some.semi_join(some.view().filter(ibis.literal(True)), "patient"))
    return ibis.union(some, closed_)


def of_filter_read_twice(lines: ir.Table) -> ir.Table:
    some = lines.filter(lines.units.fill_null(9) > 1)
    return ibis.union(some.select("row"), some.group_by("patient").aggregate(row=some.units.sum()).select("row"))


def counted(lines: ir.Table) -> ir.Table:
    some = lines.filter(~lines.patient.isnull()).filter(lines.units.isnull() | (lines.units != 2))
    return some.group_by("patient").aggregate(lines=some.count(), units=some.units.sum())


def dropped(lines: ir.Table) -> ir.Table:
    other = lines.select(o_row=lines["row"], least=lines.units)
    return closed(lines.left_join(other, (lines["row"] == other.o_row) & (other.least > 1)).drop("o_row", "codes"))


def alone(lines: ir.Table) -> ir.Table:
    return closed(lines.select("row", "units").filter(ibis.literal(True)).distinct())


def unnested(lines: ir.Table) -> ir.Table:
    each = lines.filter(lines.codes.length() > 0).select("row", code=lines.codes.unnest())
    return each.filter(each.code.isin(["x", "z"]) & ~(each.code == "z").isnull())


def ranked(lines: ir.Table) -> ir.Table:
    each = lines.mutate(place=ibis.rank().over(ibis.window(group_by="patient", order_by=ibis.desc(lines.units))))
    return each.filter(each.place == 0)


def mapped(lines: ir.Table) -> ir.Table:
    some = lines.codes.filter(lambda code: code != "y").map(lambda code: code.concat("!", lines.patient))
    gathered = lines.mutate(some=some).group_by("patient").aggregate(all=lambda each: each.some.collect())
    return gathered.select("patient", codes=gathered["all"].flatten().length())


MADE: tuple[Callable[[ir.Table], ir.Table], ...] = (
    *(paired, shared, of_filter_read_twice, counted, dropped, alone, unnested, ranked, mapped),
    lambda lines: lines.filter(lines.units > 1),
    lambda lines: closed(lines),
)


@pytest.mark.parametrize("make", MADE)
def test_said_in_one_pass_it_means_the_same(make: Callable[[ir.Table], ir.Table]) -> None:
    made = make(LINES)
    tree = said(sql._COMPILERS["duckdb"], made)
    assert tree is not None
    quick, slow = tree.sql("duckdb", copy=False), sql._by_ibis(made, "duckdb").sql("duckdb")
    assert quick.count("SELECT") <= slow.count("SELECT")
    connection = duckdb.connect()
    connection.execute(ROWS)
    rows = sorted(connection.sql(quick).fetchall(), key=repr)
    assert rows and rows == sorted(connection.sql(slow).fetchall(), key=repr)


def test_what_is_read_twice_is_said_once() -> None:
    tree = said(sql._COMPILERS["duckdb"], of_filter_read_twice(LINES))
    assert tree is not None
    assert tree.sql("duckdb").count('FROM "lines"') == 1


def test_what_is_not_known_here_is_left_to_ibis() -> None:
    turned = LINES.mutate(turned=LINES.patient.reverse())
    assert said(sql._COMPILERS["duckdb"], turned) is None
    assert "REVERSE" in sql.text(turned, "duckdb").upper()
