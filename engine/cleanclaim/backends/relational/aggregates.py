"""Aggregates that Ibis cannot say everywhere, by the names that engines give them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

FIRST_BY = "arg_min"
"""``min_by`` in Spark."""


def first_by(value: ir.Value, order: ir.Value) -> ir.Value:
    """The value where the order is least. Neither may be missing."""
    return _first_by(value.type(), order.type())(value, order)


def every_bit(bits: ir.Value) -> ir.Value:
    """The bits that any number has."""
    return _every_bit()(bits)


@cache
def _first_by(value: dt.DataType, order: dt.DataType) -> Callable[..., ir.Value]:
    def arg_min(value: ir.Value, order: ir.Value) -> None: ...

    made: Callable[..., ir.Value] = ibis.udf.agg.builtin(arg_min, name=FIRST_BY, signature=((value, order), value))
    return made


@cache
def _every_bit() -> Callable[..., ir.Value]:
    def bit_or(bits: ir.Value) -> None: ...

    made: Callable[..., ir.Value] = ibis.udf.agg.builtin(bit_or, name="bit_or", signature=((dt.int64,), dt.int64))
    return made
