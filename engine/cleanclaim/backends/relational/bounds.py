"""What no rule of a shape finds: its conditions with the loosest constant of all rules in the place of each parameter.

A line that fails such a condition is none of theirs, and is left out before it stands beside every rule of its
procedure: of ``units > <parameter 4>`` no rule has less than 2, so lines of one unit concern nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import cast

from cleanclaim.backends.relational.rows import Rows
from cleanclaim.backends.relational.scope import Slot, has_slot
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.model import All, AnyOf, CodeSet, Compare, Condition, HasAny, Literal, Member, Op

_CODES = (ValueType.CODE, ValueType.CODES)
_MOST_CODES = 1_000
"""More are no bound worth asking for."""


def loosest(part: Condition, parameters: Rows) -> Condition | None:
    """What holds, or is unknown, wherever the condition of any rule is; ``None`` where nothing is known of it.

    >>> from cleanclaim.policy.model import FieldOf
    >>> units = FieldOf("units", ValueType.NUMBER)
    >>> more = Compare(units, Op.GT, Literal(Slot(0), ValueType.NUMBER))
    >>> loosest(more, {"param_0": (None, [3, 2, 4])}).right.value
    2
    """
    match part:
        case All(parts):
            bounds = tuple(bound for each in parts if (bound := loosest(each, parameters)) is not None)
            return All(bounds) if bounds else None
        case AnyOf(parts):
            bounds = tuple(bound for each in parts if (bound := loosest(each, parameters)) is not None)
            return AnyOf(bounds) if len(bounds) == len(parts) else None
        case _ if not has_slot(part):
            return part
        case Compare(left, Op.GT | Op.GE, Literal(Slot() as slot, type_)) if not has_slot(left):
            return replace(part, right=Literal(least(slot, parameters), type_))
        case Compare(left, Op.LT | Op.LE, Literal(Slot() as slot, type_)) if not has_slot(left):
            return replace(part, right=Literal(most(slot, parameters), type_))
        case HasAny(subject, Slot() as slot) | Member(subject, Slot() as slot) if subject.type in _CODES:
            codes = frozenset(code for each in _values(slot, parameters) for code in cast("Sequence[str]", each))
            return HasAny(subject, CodeSet(None, codes)) if len(codes) <= _MOST_CODES else None
        case _:
            return None


def least(slot: Slot, parameters: Rows) -> Scalar:
    """The least constant of any rule."""
    return min(cast("Sequence[Decimal]", _values(slot, parameters)))


def most(slot: Slot, parameters: Rows) -> Scalar:
    """The greatest constant of any rule."""
    return max(cast("Sequence[Decimal]", _values(slot, parameters)))


def _values(slot: Slot, parameters: Rows) -> Sequence[object]:
    _, values = parameters[slot.column]
    return values
