"""Of which procedures alone a condition can be true."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from cleanclaim.policy.model import AnyOf, CodeSet, Compare, Condition, FieldOf, Literal, Member, Op, Side, in_range
from cleanclaim.policy.visit import conjuncts


def procedures_of(roots: Sequence[Condition], side: Side) -> tuple[CodeSet, ...] | None:
    """Sets one of which a line's procedure must be in, or be missing, for conditions to be possible."""
    for part in (part for root in roots for part in conjuncts(root)):
        found = _sets_of(part, side)
        if found is not None:
            return found
    return None


def _sets_of(part: Condition, side: Side) -> tuple[CodeSet, ...] | None:
    match part:
        case Member(FieldOf("procedure", _, of, False), CodeSet() as among) if of is side:
            return (among,)
        case Compare(FieldOf("procedure", _, of, False), Op.EQ, Literal(str() as code)) if of is side:
            return (CodeSet(None, frozenset((code,))),)
        case AnyOf(parts) if parts:
            each = [_sets_of(one, side) for one in parts]
            return None if None in each else tuple(found for sets in each if sets is not None for found in sets)
        case _:
            return None


def has_any(codes: CodeSet, among: Sequence[str]) -> bool:
    """Whether a set has any of some codes, which are sorted.

    >>> has_any(CodeSet(None, ranges=(("97110", "97139"),)), ["97100", "97124", "A4550"])
    True
    """

    def between(low: str, high: str) -> Sequence[str]:
        return among[bisect_left(among, low) : bisect_right(among, high)]

    return (
        any(between(code, code) for code in codes.codes)
        or any(in_range(code, low, high) for low, high in codes.ranges for code in between(low, high))
        or any(code.startswith(prefix) for prefix in codes.prefixes for code in among[bisect_left(among, prefix) :][:1])
    )
