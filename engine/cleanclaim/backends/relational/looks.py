"""Other lines: the pairs of a judged line and a line that it sees, and what is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from cleanclaim.backends.relational import functions
from cleanclaim.backends.relational.aggregates import first_by
from cleanclaim.backends.relational.conditions import condition
from cleanclaim.backends.relational.layout import KEYS, OTHER, ROW, STATUS, column_of
from cleanclaim.backends.relational.nodes import fields_in, fields_of, members_in
from cleanclaim.backends.relational.scope import PARAMETER, Scope, closed, has_slot
from cleanclaim.backends.relational.sets import IN_SET
from cleanclaim.backends.relational.table_rows import beside_rows, leading, with_row
from cleanclaim.backends.relational.values import key_present, may_be_missing, value
from cleanclaim.backends.relational.world import World
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Status
from cleanclaim.policy.functions import DAYS_LIMIT
from cleanclaim.policy.model import (
    All,
    Compare,
    Condition,
    Dated,
    Derived,
    FieldOf,
    InTable,
    LetOf,
    Look,
    Member,
    Op,
    Position,
    Side,
    Span,
    Window,
)
from cleanclaim.policy.visit import conditions, conjuncts, leaves, values_of_condition

ORDER = ("service_date", "claim", "line", STATUS, ROW)
"""What the canonical order is made of; the row tells lines apart that it does not."""
_BILLED_NOW = "billed_now"
_RANKED = ("service_date", _BILLED_NOW, "claim", "line", STATUS, ROW)
"""The canonical order: of one day, history first."""
PAIR = (*KEYS, f"{OTHER}{ROW}")
_BEYOND = 4_000_000
"""More days than the calendar has."""
_PROCEDURES = [FieldOf("procedure", ValueType.CODE, side) for side in (Side.LINE, Side.OTHER)]
_SAME_PROCEDURE = {Compare(_PROCEDURES[at], Op.EQ, _PROCEDURES[1 - at]) for at in range(2)}


def pairs(
    world: World,
    scope: Scope,
    look: Look,
    *,
    log: bool = False,
    itself: bool = False,
    repeated: bool = False,
    also: Iterable[str] = (),
) -> Scope:
    """Each judged line beside every line that it sees and whose ``where`` is true.

    ``also`` names columns of the other line that are wanted besides. ``repeated``: a pair may come several times.
    """
    look = of_same_procedure(world, look)
    days = look.within.days if look.within is not None else None
    lacks = value(scope, days).lacks if days is not None else None
    if lacks is not None:
        # A window of unknown length shows nothing, though the keys match.
        scope = scope.on(closed(scope.table.filter(lacks == 0)))
    wanted = {ROW, *also, *(column_of(key) for key in (*look.same, *look.differs))}
    wanted.update(column_of(field) for field in fields_of(Side.OTHER, look.where))
    if look.within is not None:
        wanted.add("service_date")
    if look.position is not None:
        wanted.update(ORDER)
    parts = list(conjuncts(look.where))
    other = others(world, look, wanted, log=log)
    alone = [part for part in parts if of_other_alone(part)]
    for part in alone:
        other = other.filter(condition(scope.on(other), part).truth)
    mixed = [part for part in parts if part not in alone]
    judged = scope.table
    linked: list[ir.BooleanValue] = []
    link = next((part for part in mixed if repeated and isinstance(part, InTable) and _links(part)), None)
    if isinstance(link, InTable):
        mixed.remove(link)
        judged = beside_rows(world, scope, link)
        # Kept, so that the lines of a visit are not paired before the table has said which pairs count.
        judged = world.steps.keep(judged.select(*_read(judged, scope, look, link)), "linked")
        scope = scope.on(judged)
        linked = leading(judged, scope.on(other), link)
    together = judged.join(other, [*_same(judged, other, look), *_window(scope, other, look.within), *linked])
    together = closed(together) if itself else together.filter(together[f"{OTHER}{ROW}"] != together[ROW])
    for key in look.differs:
        together = together.filter(key_of(together, key) != key_of(together, key, OTHER))
    if look.position is not None:
        together = together.filter(_before(together, look.position))
    return _matching(world, scope.on(together), mixed)


def of_same_procedure(world: World, look: Look) -> Look:
    """A look that wants the judged line's procedure, with what is known of that said of the other line too."""
    if not wants_same_procedure(look) or not world.procedures or look in world.alike:
        return look
    own = FieldOf("procedure", ValueType.CODE, Side.OTHER)
    return replace(look, where=All((look.where, *(Member(own, among) for among in world.procedures))))


def wants_same_procedure(look: Look) -> bool:
    """Whether a look sees lines of the judged line's procedure alone."""
    return any(key.name == "procedure" for key in look.same) or not _SAME_PROCEDURE.isdisjoint(conjuncts(look.where))


def calendar(day: ir.Value, theirs: ir.Value, span: Span | None) -> list[tuple[ir.Value, ir.Value]]:
    """What must be equal of two dates for them to be of one day, month or year."""
    match span:
        case Span.DAY:
            return [(day, theirs)]
        case Span.CALENDAR_MONTH:
            return [(day.year(), theirs.year()), (day.month(), theirs.month())]
        case Span.CALENDAR_YEAR:
            return [(day.year(), theirs.year())]
        case _:
            return []


def seen(world: World, scope: Scope, look: Look, column: str, shown: tuple[str, ...], *, witness: bool) -> ir.Table:
    """The keys of judged lines that see another, and its first witness: its columns, as ``{column}_…``."""
    if not witness:
        found = pairs(world, scope, look, repeated=True).table
        return found.select(*KEYS).distinct().mutate(**{column: True})
    columns = tuple(dict.fromkeys((*ORDER, *shown)))
    if world.kept:
        found = pairs(world, scope, look, repeated=True, also=columns).table
    else:
        found = _told(world, pairs(world, scope, look, repeated=True).table, columns)
    told = ibis.struct({f"{column}_{name}": found[f"{OTHER}{name}"] for name in shown})
    order = ibis.struct({name: _in_order(found, f"{OTHER}{name}") for name in _RANKED})
    first = found.select(*KEYS, told=told, order=order)
    first = first.group_by(KEYS).aggregate(told=first_by(first.told, first.order))
    return first.select(
        *KEYS, ibis.literal(True).name(column), *(first.told[f"{column}_{n}"].name(f"{column}_{n}") for n in shown)
    )


def _read(judged: ir.Table, scope: Scope, look: Look, link: InTable) -> tuple[str, ...]:
    """The columns of the judged line that a look reads, and those that a table and parameters put beside it."""
    ordering = ORDER if look.position is not None else ("service_date", ROW)
    read = {*KEYS, *ordering, *scope.attached.values(), *(column_of(field) for field in fields_of(Side.LINE, look))}
    read.update(f"t_c_{column}" for column, _ in link.key)
    return tuple(name for name in judged.columns if name in read or name.startswith((PARAMETER, IN_SET)))


def _links(test: InTable) -> bool:
    """Whether a table's rows lead from the judged line to the other, each by single values."""
    sides = [{field.side for field in fields_in(each)} for _, each in test.key]
    lists = any(each.type is ValueType.CODES for _, each in test.key)
    return not lists and {Side.LINE} in sides and {Side.OTHER} in sides and all(len(each) < 2 for each in sides)


def _told(world: World, found: ir.Table, columns: Sequence[str]) -> ir.Table:
    """Pairs with columns of the other line, which are fetched for those that were found and not for all lines."""
    few = world.steps.keep(found.select(*PAIR), "pairs")
    lines = world.all_lines
    told = lines.select(told=lines[ROW], **{f"{OTHER}{name}": lines[name] for name in columns if name != ROW})
    return closed(few.join(told, few[f"{OTHER}{ROW}"] == told.told))


def others(world: World, look: Look, wanted: Iterable[str], *, log: bool) -> ir.Table:
    """The lines that may be seen, their columns prefixed, with the derived facts that are asked of them."""
    lines = world.alike.get(look, world.lines)
    lines = lines if log else lines.filter(lines[STATUS] != Status.LOG.value)
    wanted = sorted({*wanted, *world.sets.read(members_in(look.where), lines)})
    other = lines.select(**{f"{OTHER}{name}": lines[name] for name in wanted})
    facts = {node.fact for node in conditions(look.where) if isinstance(node, Derived) and node.side is Side.OTHER}
    for fact in sorted(facts):
        states = world.facts[fact]
        states = states.select(fact_row=states[ROW], **{f"{OTHER}fact_of_{fact}": states.state})
        other = other.left_join(states, other[f"{OTHER}{ROW}"] == states.fact_row).drop("fact_row")
    return other


def of_other_alone(part: Condition) -> bool:
    """Whether a condition in a look speaks of the other line and constants alone."""
    nodes = tuple(conditions(part))
    if any(isinstance(node, InTable) or (isinstance(node, Derived) and node.side is Side.LINE) for node in nodes):
        return False
    spoken = [leaf for node in nodes for each in values_of_condition(node) for leaf in leaves(each)]
    mine = any(isinstance(leaf, LetOf | Dated) for leaf in spoken)
    return not mine and all(field.side is Side.OTHER for field in fields_in(part)) and not has_slot(part)


def _matching(world: World, scope: Scope, parts: list[Condition]) -> Scope:
    """The pairs for which every part is true."""
    for part in parts:
        if not any(isinstance(node, InTable) for node in conditions(part)):
            scope = scope.on(scope.table.filter(condition(scope, part).truth))
    for part in parts:
        tests = [node for node in conditions(part) if isinstance(node, InTable)]
        if tests == [part]:
            what, met = with_row(world, scope, tests[0], PAIR)
            scope = scope.on(closed(what.found(met)))
        elif tests:
            scope = marked(world, scope, tests, PAIR)
            scope = scope.on(scope.table.filter(condition(scope, part).truth))
    return scope


def marked(world: World, scope: Scope, tests: Iterable[InTable], keys: tuple[str, ...]) -> Scope:
    """The scope's table with a column for each table test: whether there is a row, null where the key is missing."""
    for test in tests:
        if test in scope.attached:
            continue
        column = world.steps.name("in_table")
        what, met = with_row(world, scope, test, keys)
        joined = what.answered(met.mutate(**{column: True}))
        truth = joined[column].fill_null(False)
        if any(may_be_missing(each) for each in (*(each for _, each in test.key), test.on)):
            present = key_present(scope.on(joined), test.key, test.on)
            truth = ibis.cases((present, truth))
        joined = joined.mutate(**{column: truth})
        scope = scope.on(joined).holding(test, column)
    return scope


def _same(judged: ir.Table, other: ir.Table, look: Look) -> list[ir.BooleanValue]:
    return [key_of(judged, key) == key_of(other, key, OTHER) for key in look.same]


def key_of(table: ir.Table, key: FieldOf, prefix: str = "") -> ir.Value:
    """A key as what is compared: lists of codes are equal whatever their order."""
    column = table[f"{prefix}{column_of(key)}"]
    return functions.unordered(column) if column.type().is_array() else column


def _window(scope: Scope, other: ir.Table, window: Window | None) -> list[ir.BooleanValue]:
    if window is None:
        return []
    day, theirs = scope.service_date, other[f"{OTHER}service_date"]
    if window.span is not Span.DAYS:
        return [mine == other_day for mine, other_day in calendar(day, theirs, window.span)]
    reach = _reach(scope, window)
    apart = theirs.delta(day, unit="day")
    return [apart >= (-reach if window.before else 0), apart <= (reach if window.after else 0)]


def _reach(scope: Scope, window: Window) -> ir.Value:
    assert window.days is not None
    days = value(scope, window.days).value
    whole = (days >= 0) & (days == days.floor()) if days.type().is_decimal() else days >= 0
    return ibis.cases((whole & (days <= DAYS_LIMIT), days.cast("int64")), (whole, _BEYOND), else_=0)


def _before(together: ir.Table, position: Position) -> ir.BooleanValue:
    """Whether the other line stands before (or after) the judged one."""
    found: ir.BooleanValue | None = None
    for name in reversed(_RANKED):
        mine, theirs = _in_order(together, name), _in_order(together, f"{OTHER}{name}")
        first = theirs < mine if position is Position.BEFORE else theirs > mine
        found = first if found is None else first | ((theirs == mine) & found)
    assert found is not None
    return found


def _in_order(table: ir.Table, name: str) -> ir.Value:
    """A column as the canonical order has it: the number of a claim is text, even where a table holds a number."""
    match name.removeprefix(OTHER):
        case "claim":
            return table[name].cast("string")
        case "billed_now":
            return table[name.replace(_BILLED_NOW, STATUS)] != Status.HISTORY.value
        case _:
            return table[name]
