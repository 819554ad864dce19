"""Where an expression stands: the table whose columns it reads, for the judged line and for another beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from cleanclaim.backends.relational.layout import OTHER, column_of
from cleanclaim.backends.relational.sets import Sets
from cleanclaim.backends.relational.typed import IBIS_TYPES
from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.model import FieldOf, Let, Side


class Unsupported(Exception):
    """Something that no expression here says; the rule is left to the definition."""


MOST_NAMES = 62


@dataclass
class Bits:
    """The facts that a version may find missing, each a bit of a whole number."""

    names: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> int:
        """The bit of a name."""
        if name not in self.names and len(self.names) == MOST_NAMES:
            raise Unsupported("more facts that may be missing than a number has bits")
        return self.names.setdefault(name, 1 << len(self.names))


Lacks: TypeAlias = ir.IntegerValue | None
"""Bits of the facts that are missing; ``None`` where none can be."""


@dataclass(frozen=True)
class Met:
    """A value, null where it is missing; ``lacks`` says which facts it then lacks."""

    value: ir.Value
    lacks: Lacks = None


PARAMETER = "param_"


@dataclass(frozen=True)
class Slot:
    """Stands for a constant in which rules of one shape differ: a column of their parameters."""

    number: int

    @property
    def column(self) -> str:
        return f"{PARAMETER}{self.number}"


def has_slot(part: object) -> bool:
    """Whether a parameter stands anywhere in a node."""
    return "Slot(" in repr(part)


@dataclass(frozen=True)
class Scope:
    """The table whose columns are read, and what is known of the rule's lets.

    ``attached`` maps a let's name, or a condition that needed another table, to the column that
    holds it; ``sets`` are those that lines are known to be in.
    """

    table: ir.Table
    bits: Bits
    lets: Mapping[str, Let] = field(default_factory=dict)
    attached: Mapping[object, str] = field(default_factory=dict)
    sets: Sets = field(default_factory=Sets)

    def on(self, table: ir.Table) -> Scope:
        """The same rule, on another table."""
        return replace(self, table=table)

    def holding(self, what: object, column: str) -> Scope:
        """The same, once a column holds a let or a condition."""
        return replace(self, attached={**self.attached, what: column})

    def raw(self, field: FieldOf, side: Side | None = None) -> ir.Value:
        """The column of a field as the table holds it."""
        name = column_of(field)
        return self.table[f"{OTHER}{name}" if (side or field.side) is Side.OTHER else name]

    def field(self, field: FieldOf, side: Side | None = None) -> ir.Value:
        """A field as a value of its type."""
        return typed(self.raw(field, side), field.type)

    def lacks(self, name: str, missing: ir.BooleanValue) -> Lacks:
        """The bit of a name where its fact is missing."""
        return where(missing, ibis.literal(self.bits.of(name), dt.int64))

    @property
    def service_date(self) -> ir.Value:
        """The judged line's date of service."""
        return self.table["service_date"]


def typed(column: ir.Value, type_: ValueType) -> ir.Value:
    """A column as a value of a type: identifiers may be held as numbers where only equality counts."""
    wanted = IBIS_TYPES[type_]
    held = column.type()
    if type_ in (ValueType.NUMBER, ValueType.MONEY):
        return column if held.is_integer() or held.is_decimal() else column.cast(wanted)
    return column if held == wanted or held(nullable=True) == wanted else column.cast(wanted)


def any_of(parts: list[ir.BooleanValue]) -> ir.BooleanValue:
    """Whether any part holds."""
    found: ir.BooleanValue = ibis.literal(False)
    for at, part in enumerate(parts):
        found = part if at == 0 else found | part
    return found


def all_of(parts: list[ir.BooleanValue]) -> ir.BooleanValue:
    """Whether every part holds."""
    found: ir.BooleanValue = ibis.literal(True)
    for at, part in enumerate(parts):
        found = part if at == 0 else found & part
    return found


def union(*each: Lacks) -> Lacks:
    """What several values lack together."""
    found: Lacks = None
    for lacks in each:
        if lacks is not None:
            found = lacks if found is None else found | lacks
    return found


def where(condition: ir.BooleanValue, lacks: Lacks) -> Lacks:
    """What is lacked where a condition holds."""
    return ibis.ifelse(condition, lacks, NONE) if lacks is not None else None


NONE = ibis.literal(0, dt.int64)


def closed(joined: ir.Table) -> ir.Table:
    """A join as a table of its own: Ibis would go on with its chain of joins, and lose whose columns are meant."""
    return joined.filter(ibis.literal(True))


UNKNOWN = ibis.null(dt.boolean)
