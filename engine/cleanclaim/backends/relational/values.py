"""Values as expressions: null where missing, with what they then lack."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from cleanclaim.backends.relational import functions
from cleanclaim.backends.relational.scope import Lacks, Met, Scope, Slot, Unsupported, all_of, union
from cleanclaim.backends.relational.typed import IBIS_TYPES
from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.model import (
    Allowance,
    Call,
    Dated,
    FieldOf,
    Function,
    Let,
    LetOf,
    Literal,
    Look,
    Lookup,
    Measure,
    Total,
    Value,
)

MOST_DECIMALS = 18
"""Beyond this a product leaves too few digits before the point."""

_CODE_LIKE = (ValueType.CODE, ValueType.CODES, ValueType.TEXT)

_LACKED = {Measure.PROCEDURES: "procedure"}
"""What a total lacks that is not called as it is."""


def value(scope: Scope, found: Value) -> Met:
    """A value on a table."""
    match found:
        case Literal(constant, type_):
            return Met(literal(scope, constant, type_))
        case Dated(_, entries, type_):
            return Met(_dated(scope, entries, type_))
        case FieldOf():
            return Met(scope.field(found), field_lacks(scope, found))
        case LetOf(name):
            return let(scope, name)
        case Call():
            return _call(scope, found)


def let(scope: Scope, name: str) -> Met:
    """What a let names: a column where it needed other tables or was computed before, else its value."""
    named = scope.lets[name]
    if isinstance(named, Total | Lookup | Allowance):
        column = scope.table[scope.attached[name]]
        return Met(column, let_lacks(scope, named, column))
    met = value(scope, named)
    return Met(scope.table[scope.attached[name]], met.lacks) if name in scope.attached else met


def let_lacks(scope: Scope, named: Let, column: ir.Value) -> Lacks:
    """What a let that looks elsewhere lacks where it is missing."""
    match named:
        case Total(measure, look):
            return _unless_blank(scope, blank_lacks(scope, look), _LACKED.get(measure, measure.value), column)
        case Allowance(method, look):
            blank = union(blank_lacks(scope, look), value(scope, method).lacks)
            return _unless_blank(scope, blank, "minutes", column)
        case Lookup(table, name, key, on):
            cell = scope.lacks(f"{table}.{name}", key_present(scope, key, on) & column.isnull())
            return union(key_lacks(scope, key, on), cell)
        case _:
            raise TypeError(f"{named!r} needs no other table")


def key_lacks(scope: Scope, key: tuple[tuple[str, Value], ...], on: Value) -> Lacks:
    """What the key of a table lacks, and the date."""
    return union(*(value(scope, each).lacks for _, each in key), value(scope, on).lacks)


def key_present(scope: Scope, key: tuple[tuple[str, Value], ...], on: Value) -> ir.BooleanValue:
    """Whether every value of a table's key is there, and the date."""
    parts = [value(scope, each).value.notnull() for each in (*(each for _, each in key), on) if may_be_missing(each)]
    return all_of(parts)


def may_be_missing(found: Value) -> bool:
    """Whether a value may be missing at all."""
    match found:
        case Literal() | Dated():
            return False
        case FieldOf(name, declared=declared):
            return declared or BY_NAME[name].nullable
        case _:
            return True


def field_lacks(scope: Scope, found: FieldOf) -> Lacks:
    """What a field lacks: itself, if it may be missing."""
    return scope.lacks(found.name, scope.raw(found).isnull()) if may_be_missing(found) else None


def blank_lacks(scope: Scope, look: Look) -> Lacks:
    """The keys of a look that are missing on the judged line, and what its window lacks."""
    lacks = union(*(field_lacks(scope, key) for key in (*look.same, *look.differs)))
    if look.within is not None and look.within.days is not None:
        lacks = union(lacks, value(scope, look.within.days).lacks)
    return lacks


def is_blank(scope: Scope, look: Look) -> ir.BooleanValue | None:
    """Whether a look has a key that is missing; ``None`` where that cannot be."""
    lacks = blank_lacks(scope, look)
    return lacks != 0 if lacks is not None else None


def literal(scope: Scope, constant: Scalar | Slot, type_: ValueType) -> ir.Value:
    """A constant, or the parameter that stands in its place."""
    if isinstance(constant, Slot):
        return scope.table[constant.column]
    if isinstance(constant, bool | date):
        return ibis.literal(constant)
    if isinstance(constant, int):
        return ibis.literal(constant, dt.int64)
    if isinstance(constant, Decimal):
        return ibis.literal(constant, IBIS_TYPES[type_ if type_ is ValueType.MONEY else ValueType.NUMBER])
    return ibis.literal(constant, dt.string)


def decimals(column: ir.Value) -> int:
    """Digits that a number has after its point."""
    held = column.type()
    return int(held.scale or 0) if isinstance(held, dt.Decimal) else 0


def _unless_blank(scope: Scope, blank: Lacks, name: str, column: ir.Value) -> Lacks:
    missing = scope.lacks(name, column.isnull())
    return missing if blank is None else ibis.ifelse(blank == 0, missing, blank)


def _dated(scope: Scope, entries: tuple[tuple[date, Scalar], ...], type_: ValueType) -> ir.Value:
    first = literal(scope, entries[0][1], type_)
    later = [
        (scope.service_date >= literal(scope, start, ValueType.DATE), literal(scope, each, type_))
        for start, each in reversed(entries[1:])
    ]
    return ibis.cases(*later, else_=first) if later else first


def _call(scope: Scope, call: Call) -> Met:
    met = [value(scope, argument) for argument in call.arguments]
    return Met(_applied(call.function, [each.value for each in met]), union(*(each.lacks for each in met)))


def _applied(function: Function, arguments: list[ir.Value]) -> ir.Value:
    first, second = arguments[0], arguments[-1]
    match function:
        case Function.ADD:
            return functions.days_after(first, second) if first.type().is_date() else _sum(first, second, 1)
        case Function.SUBTRACT:
            return functions.days_after(first, -second) if first.type().is_date() else _sum(first, second, -1)
        case Function.MULTIPLY:
            scale = decimals(first) + decimals(second)
            if scale > MOST_DECIMALS:
                raise Unsupported("a product of more decimals than a number holds")
            return functions.product(exact(first), exact(second), scale)
        case Function.DIVIDE:
            if max(decimals(first), decimals(second)) > 6:
                raise Unsupported("a quotient of products")
            return functions.quotient(first, second)
        case Function.DAYS_BETWEEN:
            return second.delta(first, unit="day")
        case Function.YEARS_BETWEEN:
            return functions.years_between(first, second)
        case Function.MONTHS_AFTER:
            return functions.months_after(first, second)
        case Function.TIMED_UNITS:
            return functions.units_of_one(first, second)
        case Function.COUNT:
            return first.length()
        case Function.DISTINCT:
            return functions.different(first)
        case Function.FIRST:
            return ibis.cases((first.length() > 0, first[0]))
        case Function.VALID_NPI:
            return functions.valid_npi(first)
        case Function.NEXT_WEEKDAY:
            return functions.next_weekday(first)


def exact(number: ir.Value) -> ir.Value:
    """A number as a decimal, so that no sum or product of it overflows unseen."""
    return number if isinstance(number.type(), dt.Decimal) else number.cast(dt.Decimal(18, 0))


def _sum(left: ir.Value, right: ir.Value, sign: int) -> ir.Value:
    scale = max(decimals(left), decimals(right))
    left, right = (exact(each).cast(dt.Decimal(38, scale)) for each in (left, right))
    found = left + right if sign > 0 else left - right
    return found.cast(dt.Decimal(38, scale))
