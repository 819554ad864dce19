"""Conditions, values, lets and rules in words that a biller reads, true to what they mean.

The one-line forms are here; the trees that pages are made of are in the modules beside.
"""

from __future__ import annotations

from cleanclaim.policy.model import Condition, Let, Look, Value
from cleanclaim.policy.words import conditions, lets, values
from cleanclaim.policy.words.phrases import text_of, words_of


def of_condition(condition: Condition) -> str:
    """A condition on one line; parts of ``all`` and ``any`` are joined.

    >>> from cleanclaim.policy.model import TRUE, Not
    >>> of_condition(TRUE), of_condition(Not(TRUE))
    ('always', 'never')
    """
    return text_of(words_of(conditions.clause(condition)))


def of_look(look: Look) -> str:
    """Which other lines are looked at, on one line."""
    return text_of(words_of(conditions.look(look, ("lines",))))


def of_value(value: Value) -> str:
    """A value on one line."""
    return text_of(values.of(value))


def of_let(let: Let) -> str:
    """What a let computes, on one line."""
    return text_of(words_of(lets.clause(let)))
