"""The functions that engines define for us (:mod:`.duckdb_functions`), as Ibis calls them by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir


def number(value: ir.Value) -> ir.StringValue:
    """A number as text, without zeros at its end."""
    return _text("cc_number", value)


def money(value: ir.Value) -> ir.StringValue:
    """An amount as text, with its cents."""
    return _text("cc_money", value)


def json_number(value: ir.Value) -> ir.StringValue:
    """A number as JSON holds it: a fraction is exact text."""
    return _text("cc_json_number", value)


def json(value: ir.Value) -> ir.StringValue:
    """A text or list of texts as JSON."""
    return _text("cc_json", value)


def unordered(value: ir.Value) -> ir.StringValue:
    """A list of codes as text that is equal for the same codes in another order."""
    return _text("cc_unordered", value)


def part(value: ir.Value) -> ir.StringValue:
    """A text with its length before it."""
    return _text("cc_part", value)


def digest(value: ir.Value) -> ir.StringValue:
    """The digest of a text that fingerprints are."""
    return _text("cc_digest", value)


def joined(codes: ir.Value, between: str) -> ir.StringValue:
    """The entries of a list in one text."""
    return _call("cc_joined", dt.string, codes, ibis.literal(between))


def product(left: ir.Value, right: ir.Value, scale: int) -> ir.Value:
    """The product, with all its decimals."""
    return _call("cc_product", dt.Decimal(38, scale), left, right).cast(dt.Decimal(38, scale))


def quotient(dividend: ir.Value, divisor: ir.Value) -> ir.Value:
    """The quotient to four decimals."""
    return _call("cc_quotient", dt.Decimal(38, 4), dividend, divisor)


def days_after(day: ir.Value, days: ir.Value) -> ir.Value:
    """The day some whole days on."""
    return _call("cc_days_after", dt.date, day, days)


def months_after(day: ir.Value, months: ir.Value) -> ir.Value:
    """The same day some whole months on."""
    return _call("cc_months_after", dt.date, day, months)


def years_between(first: ir.Value, last: ir.Value) -> ir.Value:
    """Whole years, as an age is counted."""
    return _call("cc_years_between", dt.int64, first, last)


def next_weekday(day: ir.Value) -> ir.Value:
    """The day, or the Monday after it."""
    return _call("cc_next_weekday", dt.date, day)


def units_of_one(minutes: ir.Value, method: ir.Value) -> ir.Value:
    """Units that the minutes of one service allow."""
    return _call("cc_units_of_one", dt.int64, minutes, method)


def quarters(minutes: ir.Value) -> ir.Value:
    """Full quarters of an hour."""
    return _call("cc_quarters", dt.int64, minutes)


def valid_npi(text: ir.Value) -> ir.Value:
    """Whether a text can be an NPI."""
    return _call("cc_valid_npi", dt.boolean, text)


def different(codes: ir.Value) -> ir.Value:
    """How many different entries a list has."""
    return _call("cc_different", dt.int64, codes)


def has_any(codes: ir.Value, among: ir.Value) -> ir.BooleanValue:
    """Whether two lists share an entry."""
    return _call("cc_has_any", dt.boolean, codes, among)


def sorted_set(found: ir.Value) -> ir.ArrayValue:
    """The different entries of a list in order, those that are missing left out."""
    return _call("cc_sorted_set", found.type(), found)


def hashed(columns: Sequence[ir.Value]) -> ir.IntegerValue:
    """One number for the values of up to four columns; different values may share it."""
    four = [*columns, *[ibis.literal(0)] * 4][:4]
    return _call("cc_hash", dt.uint64, *four)


def present(found: ir.Value) -> ir.ArrayValue:
    """The entries of a list, those that are missing left out."""
    return _call("cc_present", found.type(), found)


def shaped(code: ir.Value, pattern: str) -> ir.BooleanValue:
    """Whether a whole code has a shape."""
    return _call("cc_shaped", dt.boolean, code, ibis.literal(pattern))


def _text(name: str, value: ir.Value) -> ir.StringValue:
    return _call(name, dt.string, value)


def _call(name: str, type_: dt.DataType, *arguments: ir.Value) -> ir.Value:
    return _function(name, type_, tuple(argument.type() for argument in arguments))(*arguments)


@cache
def _function(name: str, type_: dt.DataType, types: tuple[dt.DataType, ...]) -> Callable[..., ir.Value]:
    bodies: dict[int, Callable[..., None]] = {
        1: lambda a: None,
        2: lambda a, b: None,
        4: lambda a, b, c, d: None,
    }
    body = bodies[len(types)]
    body.__name__ = name
    made: Callable[..., ir.Value] = ibis.udf.scalar.builtin(body, name=name, signature=(types, type_))
    return made
