"""Lets that look elsewhere: totals of other lines, units that methods allow, cells of tables, each as a column."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from cleanclaim.backends.relational import functions
from cleanclaim.backends.relational.keyed import by_key
from cleanclaim.backends.relational.layout import KEYS, OTHER
from cleanclaim.backends.relational.looks import pairs
from cleanclaim.backends.relational.nodes import measured
from cleanclaim.backends.relational.scope import Scope, any_of, typed
from cleanclaim.backends.relational.table_rows import beside, cells
from cleanclaim.backends.relational.typed import IBIS_TYPES
from cleanclaim.backends.relational.values import is_blank, key_present, literal, may_be_missing, value
from cleanclaim.backends.relational.world import World
from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.model import Allowance, Let, Look, Lookup, Measure, Method, Total


def with_let(world: World, scope: Scope, source: Scope, name: str, let: Let) -> Scope:
    """The scope's table with a column for a let that looks elsewhere; ``source`` is the scope without such columns.

    Lines are looked for from the source, so that what lets before found is not found twice.
    """
    column = f"let_{name}"
    match let:
        case Total():
            made = _total(world, scope, source, let, column)
        case Allowance():
            made = _allowance(world, scope, source, let, column)
        case Lookup():
            made = _lookup(world, scope, let, column)
        case _:
            return scope
    return scope.on(made).holding(name, column)


def _total(world: World, scope: Scope, source: Scope, total: Total, column: str) -> ir.Table:
    counted = together_by_key(world, scope, total, column)
    if counted is not None:
        return counted
    columns = (*measured(total), *(("service_date",) if total.measure is Measure.DAYS else ()))
    found = pairs(world, source, total.look, itself=True, also=columns).table
    return _where_seen(scope, total.look, added_up(found, KEYS, total, column), column)


def together_by_key(world: World, scope: Scope, total: Total, column: str) -> ir.Table | None:
    """A total that is the same for all lines with the same keys, added up once for them; ``None`` for others."""
    also = (*measured(total), *(("service_date",) if total.measure is Measure.DAYS else ()))
    groups = by_key(world, scope, total.look, also)
    if groups is None:
        return None
    found, own, keys = groups
    summed = added_up(found, tuple(keys), total, column)
    judged = scope.table.mutate(**own)
    return _where_seen(scope.on(judged), total.look, summed, column, keys=tuple(keys)).drop(*own)


def added_up(found: ir.Table, keys: Sequence[str], total: Total, column: str) -> ir.Table:
    """A total of lines by keys, missing where the amount of any is."""
    groups = found.group_by(keys)
    if total.measure is Measure.LINES:
        return groups.aggregate(**{column: found.count()})
    if total.measure is Measure.DAYS:
        return groups.aggregate(**{column: found[f"{OTHER}service_date"].nunique()})
    (summand,) = measured(total)
    amount = found[f"{OTHER}{summand}"]
    whole = amount.nunique() if total.measure is Measure.PROCEDURES else _sum(amount, total.type)
    return groups.aggregate(**{column: ibis.cases((amount.count() == found.count(), whole))})


def _sum(amount: ir.Value, type_: ValueType) -> ir.Value:
    return typed(amount, type_).sum().cast(dt.Decimal(38, IBIS_TYPES[type_].scale))


def _where_seen(
    scope: Scope, look: Look, summed: ir.Table, column: str, *also: ir.BooleanValue, keys: tuple[str, ...] = KEYS
) -> ir.Table:
    """The column beside the scope's table: 0 where no line is seen, missing where a key of the look is."""
    none = ibis.literal(0, dt.int64).cast(summed[column].type())
    together = beside(scope.table, summed.mutate(seen_any=True), keys)
    made = ibis.cases((together.seen_any.isnull(), none), else_=together[column])
    blank = [*also] if (lacking := is_blank(scope.on(together), look)) is None else [lacking, *also]
    if blank:
        made = ibis.cases((~any_of(blank), made))
    return together.mutate(**{column: made}).drop("seen_any")


def _allowance(world: World, scope: Scope, source: Scope, allowance: Allowance, column: str) -> ir.Table:
    """Units by the method of each line: see :func:`cleanclaim.policy.timed.units_of_day`."""
    scope = scope.on(scope.table.mutate(method=value(scope, allowance.method).value))
    source = source.on(source.table.mutate(method=value(source, allowance.method).value))
    total_time = Method.CMS_TOTAL.value
    found = pairs(world, source, allowance.look, log=True, itself=True, also=measured(allowance)).table
    own = found[f"{OTHER}procedure"].identical_to(found.procedure)
    if not allowance.whole:
        found = found.filter((found.method == total_time) | own)
        own = found[f"{OTHER}procedure"].identical_to(found.procedure)
    spent = found.select(
        *KEYS,
        "method",
        own=own,
        code=found[f"{OTHER}procedure"],
        minutes=typed(found[f"{OTHER}minutes"], ValueType.NUMBER),
    )
    codes = spent.group_by(*KEYS, "method", "code", "own").aggregate(
        minutes=spent.minutes.sum().cast(dt.Decimal(38, 6)), blank=spent.minutes.isnull().any()
    )
    quarters = functions.quarters(codes.minutes)
    codes = codes.mutate(
        quarters=quarters,
        rest=(codes.minutes - quarters * 15).cast(dt.Decimal(38, 6)),
        alone=functions.units_of_one(codes.minutes, codes.method),
    )
    days = codes.group_by(*KEYS, "method").aggregate(
        blank=codes.blank.any(),
        pooled=functions.units_of_one(codes.minutes.sum().cast(dt.Decimal(38, 6)), ibis.literal(total_time)),
        quarters=codes.quarters.sum(),
        alone=codes.alone.sum(),
    )
    if allowance.whole:
        units = ibis.cases(
            (days.blank, ibis.null(dt.int64)), (days.method == total_time, days.pooled), else_=days.alone
        )
        summed = days.select(*KEYS, units.cast(dt.int64).name(column))
    else:
        ranked = codes.mutate(place=ibis.rank().over(ibis.window(group_by=KEYS, order_by=ibis.desc(codes.rest))))
        mine = ranked.filter(ranked.own).select(*KEYS, "place", "rest", mine=ranked.quarters, by_itself=ranked.alone)
        both = beside(days, mine.mutate(there=True), KEYS)
        more = (both.place < both.pooled - both.quarters) & (both.rest > 0)
        shared = both.mine + ibis.cases((more, 1), else_=0)
        units = ibis.cases((both.method == total_time, shared), else_=both.by_itself)
        units = ibis.cases((both.blank, ibis.null(dt.int64)), (both.there.isnull(), 0), else_=units)
        summed = both.select(*KEYS, units.cast(dt.int64).name(column))
    unsaid = [scope.table.method.isnull()] if may_be_missing(allowance.method) else []
    return _where_seen(scope, allowance.look, summed, column, *unsaid).drop("method")


def _lookup(world: World, scope: Scope, lookup: Lookup, column: str) -> ir.Table:
    what, found = cells(world, scope, lookup, KEYS, column)
    together = what.answered(found)
    here = scope.on(together)
    present = key_present(here, lookup.key, lookup.on)
    if lookup.distinct:
        made = ibis.cases((present, together[column].fill_null(0)))
        return together.mutate(**{column: made})
    if lookup.default is None:
        return together.drop(f"{column}_found")
    default = literal(scope, lookup.default, lookup.type)
    made = ibis.cases((present & together[f"{column}_found"].isnull(), default), else_=together[column])
    return together.mutate(**{column: made}).drop(f"{column}_found")
