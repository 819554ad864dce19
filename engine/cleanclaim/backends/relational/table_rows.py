"""Questions to reference tables: whether there is a row, which cell it has, how many different ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from cleanclaim.backends.relational.aggregates import first_by
from cleanclaim.backends.relational.conditions import alike, member
from cleanclaim.backends.relational.nodes import fields_in
from cleanclaim.backends.relational.scope import Scope, closed
from cleanclaim.backends.relational.values import value
from cleanclaim.backends.relational.world import World
from cleanclaim.policy.model import FieldOf, InTable, Lookup, Side, Value

_ASKED = "asked_"
"""What the names of columns of what is asked begin with."""
_ON = f"{_ASKED}"
"""The day that is asked about."""


@dataclass(frozen=True)
class Asked:
    """What lines ask of a reference table: ``lines`` with the values asked beside them, the ``questions``, and the
    columns that both have, by which an answer comes back to its lines."""

    lines: ir.Table
    questions: ir.Table
    keys: tuple[str, ...]

    def answered(self, answers: ir.Table) -> ir.Table:
        """The lines, as they were, with the columns of answers beside them, null where there is none."""
        new = [name for name in answers.columns if name not in self.keys]
        return beside(self.lines, answers, self.keys).select(*self._own(), *new)

    def found(self, answers: ir.Table) -> ir.Table:
        """The lines for which there is an answer."""
        return self.lines.semi_join(answers, self.keys).select(*self._own())

    def _own(self) -> list[str]:
        return [name for name in self.lines.columns if not name.startswith(_ASKED)]


def asked(scope: Scope, rows: ir.Table, key: tuple[tuple[str, Value], ...], on: Value, keys: tuple[str, ...]) -> Asked:
    """What the lines of a scope's table, told apart by ``keys``, ask of the rows of a reference table.

    Most ask what many others do, so each question is put once, if there are rows for it on any day; but one by a list
    asks by each of its entries.
    """
    values = {f"{_ASKED}{column}": value(scope, each).value for column, each in key}
    lists = any(each.type().is_array() for each in values.values())
    values[_ON] = value(scope, on).value
    lines = scope.table.mutate(**values)
    if lists:
        return Asked(lines, lines.select(*keys, *values), keys)
    questions = lines.select(*values)
    same = [_equal(questions[f"{_ASKED}{column}"], rows[f"c_{column}"]) for column, _ in key]
    return Asked(lines, closed(questions.semi_join(rows, same)).distinct(), tuple(values))


def with_row(world: World, scope: Scope, test: InTable, keys: tuple[str, ...]) -> tuple[Asked, ir.Table]:
    """What a test asks, and the keys of the questions for which it finds a row."""
    rows = _passing(world, scope, test)
    what = asked(scope, rows, test.key, test.on, keys)
    met = _met(what.questions, rows.view(), test.key)
    return what, met.select(*what.keys).distinct()


def cells(world: World, scope: Scope, lookup: Lookup, keys: tuple[str, ...], column: str) -> tuple[Asked, ir.Table]:
    """What a lookup asks, and the keys of the questions for which it finds a row, and what it finds; blank cells are
    found too."""
    rows = world.table(lookup.table)
    what = asked(scope, rows, lookup.key, lookup.on, keys)
    return what, _cells(_met(what.questions, rows.view(), lookup.key), lookup, what.keys, column)


def _cells(met: ir.Table, lookup: Lookup, keys: Sequence[str], column: str) -> ir.Table:
    cell = met[f"c_{lookup.column}"]
    if lookup.distinct:
        return met.group_by(keys).aggregate(**{column: cell.nunique()})
    order = {name: met[name] for name in (*(c for c in met.columns if c.startswith("at_")), "rank")}
    chosen = met.select(*keys, cell=ibis.struct({"cell": cell}), order=ibis.struct(order))
    first = chosen.group_by(keys).aggregate(chosen=first_by(chosen.cell, chosen.order))
    return first.select(*keys, first.chosen["cell"].name(column), ibis.literal(True).name(f"{column}_found"))


def _met(questions: ir.Table, rows: ir.Table, key: tuple[tuple[str, Value], ...]) -> ir.Table:
    """Questions beside the rows of the reference table that they meet.

    A list meets by each of its entries, and ``at_…`` is the place of the entry.
    """
    for name in (f"{_ASKED}{column}" for column, _ in key):
        if questions[name].type().is_array():
            questions = questions.mutate(**{f"at_{name}": ibis.range(questions[name].length()).unnest()})
            questions = questions.mutate(**{name: questions[name][questions[f"at_{name}"]]})
    same = [_equal(questions[f"{_ASKED}{column}"], rows[f"c_{column}"]) for column, _ in key]
    return questions.join(rows, [*same, questions[_ON] >= rows.starts, questions[_ON] <= rows.ends])


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


def beside(table: ir.Table, found: ir.Table, keys: tuple[str, ...]) -> ir.Table:
    """A table with the columns of another beside it, null where that has no row for the keys."""
    renamed = found.rename({f"{key}_found": key for key in keys})
    joined = table.left_join(renamed, [table[key] == renamed[f"{key}_found"] for key in keys])
    return closed(joined.drop(*(f"{key}_found" for key in keys)))


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
