"""Questions to reference tables: whether there is a row, which cell it has, how many different ones."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from cleanclaim.backends.relational.aggregates import first_by
from cleanclaim.backends.relational.conditions import alike, member
from cleanclaim.backends.relational.nodes import fields_in
from cleanclaim.backends.relational.scope import Scope, closed
from cleanclaim.backends.relational.values import value
from cleanclaim.backends.relational.world import World
from cleanclaim.policy.model import FieldOf, InTable, Lookup, Side, Value


def with_row(world: World, scope: Scope, test: InTable, keys: Sequence[str]) -> ir.Table:
    """The keys of those rows of a scope's table for which the test finds a row."""
    met = _met(world, scope, test.table, test.key, test.on, keys, test)
    return met.select(*keys).distinct()


def cells(world: World, scope: Scope, lookup: Lookup, keys: Sequence[str], column: str) -> ir.Table:
    """The keys for which a lookup finds a row, and what it finds; blank cells are found too."""
    met = _met(world, scope, lookup.table, lookup.key, lookup.on, keys)
    cell = met[f"c_{lookup.column}"]
    if lookup.distinct:
        return met.group_by(keys).aggregate(**{column: cell.nunique()})
    order = {name: met[name] for name in (*(c for c in met.columns if c.startswith("at_")), "rank")}
    chosen = met.select(*keys, cell=ibis.struct({"cell": cell}), order=ibis.struct(order))
    first = chosen.group_by(keys).aggregate(chosen=first_by(chosen.cell, chosen.order))
    return first.select(*keys, first.chosen["cell"].name(column), ibis.literal(True).name(f"{column}_found"))


def _met(
    world: World,
    scope: Scope,
    table: str,
    key: tuple[tuple[str, Value], ...],
    on: Value,
    keys: Sequence[str],
    test: InTable | None = None,
) -> ir.Table:
    """Rows of the scope's table beside the rows of the reference table that they meet.

    A list meets by each of its entries, and ``at_…`` is the place of the entry.
    """
    asked = {f"k_{column}": value(scope, each).value for column, each in key}
    source = scope.table.select(*(scope.table[name] for name in keys), **asked, day=value(scope, on).value)
    for name in asked:
        if source[name].type().is_array():
            source = source.mutate(**{f"at_{name}": ibis.range(source[name].length()).unnest()})
            source = source.mutate(**{name: source[name][source[f"at_{name}"]]})
    rows = _passing(world, scope, test) if test is not None else world.table(table)
    same = [_equal(source[f"k_{column}"], rows[f"c_{column}"]) for column, _ in key]
    return source.join(rows, [*same, source.day >= rows.starts, source.day <= rows.ends])


def beside_rows(world: World, scope: Scope, test: InTable) -> ir.Table:
    """The judged lines beside the rows that they meet by the part of the key that is theirs."""
    rows = _passing(world, scope, test)
    for column, each in test.key:
        if isinstance(each, FieldOf) and each.name == "procedure":
            # Most rows of a table of pairs are of codes that no line has.
            met = world.steps.procedures(world.all_lines).view()
            rows = closed(rows.semi_join(met, rows[f"c_{column}"] == met.procedure))
    rows = world.steps.keep(rows.select(*(rows[name].name(f"t_{name}") for name in rows.columns)), "rows")
    day = value(scope, test.on).value
    own = [(column, each) for column, each in test.key if _of(each) is not Side.OTHER]
    met = [_equal(value(scope, each).value, rows[f"t_c_{column}"]) for column, each in own]
    return closed(scope.table.join(rows, [*met, day >= rows.t_starts, day <= rows.t_ends]))


def leading(judged: ir.Table, other: Scope, test: InTable) -> list[ir.BooleanValue]:
    """What the other line must be by the rows that the judged line met."""
    theirs = [(column, each) for column, each in test.key if _of(each) is Side.OTHER]
    return [_equal(judged[f"t_c_{column}"], value(other, each).value) for column, each in theirs]


def _of(found: Value) -> Side | None:
    return next((field.side for field in fields_in(found)), None)


def _passing(world: World, scope: Scope, test: InTable) -> ir.Table:
    rows = world.table(test.table)
    for column, among in test.where:
        rows = rows.filter(member(scope, rows[f"c_{column}"], among))
    return rows


def _equal(asked: ir.Value, cell: ir.Value) -> ir.BooleanValue:
    one, two = alike(asked, cell)
    return one == two
