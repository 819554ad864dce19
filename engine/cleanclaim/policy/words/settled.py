"""Leaves out of a rule what its own constants have settled, so that words tell only what can come about.

A template offers alternatives and a param picks one: ``provider: rendering`` settles ``provider is group``.
What is left means the same; a condition on constants alone is never unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cleanclaim.claims.model import Scalar
from cleanclaim.policy.model import (
    TRUE,
    All,
    Allowance,
    AnyOf,
    Compare,
    Condition,
    Exists,
    Let,
    LetOf,
    Literal,
    Look,
    Member,
    Not,
    Op,
    Total,
    Value,
)

FALSE = AnyOf(())
Constants = Mapping[str, Scalar]


def constants_of(lets: tuple[tuple[str, Let], ...]) -> Constants:
    """The lets that are constants, with their values."""
    return {name: let.value for name, let in lets if isinstance(let, Literal)}


def settled(condition: Condition, constants: Constants) -> Condition:
    """The condition without the parts that constants decide.

    >>> from cleanclaim.claims.fields import ValueType
    >>> group = Compare(LetOf("provider", ValueType.TEXT), Op.EQ, Literal("group", ValueType.TEXT))
    >>> settled(group, {"provider": "rendering"}) == FALSE, settled(group, {}) == group
    (True, True)
    """
    match condition:
        case All(parts):
            left = [part for part in (settled(part, constants) for part in parts) if part != TRUE]
            if FALSE in left:
                return FALSE
            return left[0] if len(left) == 1 else All(tuple(left))
        case AnyOf(parts):
            left = [part for part in (settled(part, constants) for part in parts) if part != FALSE]
            if TRUE in left:
                return TRUE
            return left[0] if len(left) == 1 else AnyOf(tuple(left))
        case Not(part):
            inner = settled(part, constants)
            return FALSE if inner == TRUE else TRUE if inner == FALSE else Not(inner)
        case Exists(look):
            # A look for what never holds still has keys that may be missing: it is left as it is.
            return Exists(_look(look, constants))
        case Compare(left_, Op.EQ, Literal(right)) if (known := _constant(left_, constants)) is not None:
            return TRUE if known == right else FALSE
        case Member(value, tuple() as among) if (known := _constant(value, constants)) is not None:
            return TRUE if known in among else FALSE
        case _:
            return condition


def settled_let(let: Let, constants: Constants) -> Let:
    """A let whose look has been settled likewise."""
    if isinstance(let, Total | Allowance):
        return replace(let, look=_look(let.look, constants))
    return let


def _look(look: Look, constants: Constants) -> Look:
    return replace(look, where=settled(look.where, constants))


def _constant(value: Value, constants: Constants) -> Scalar | None:
    match value:
        case Literal(constant):
            return constant
        case LetOf(name):
            return constants.get(name)
        case _:
            return None
