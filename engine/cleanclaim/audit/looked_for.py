"""Which procedure codes a look names for the line that it looks for."""

from __future__ import annotations

from collections.abc import Collection

from cleanclaim.audit.sql import text, texts
from cleanclaim.policy.model import All, AnyOf, CodeSet, Compare, Condition, FieldOf, Literal, Look, Member, Op, Side


def codes_looked_for(look: Look, own: Collection[Condition]) -> tuple[CodeSet, ...] | None:
    """The sets that hold the other line's code, ``None`` for any; ``own`` are what is true of the judged line."""
    found = _named(look.where, Side.OTHER)
    if found is None and any(key.name == "procedure" and not key.declared for key in look.same):
        found = _named(All(tuple(own)), Side.LINE)
    return found


def _named(condition: Condition, side: Side) -> tuple[CodeSet, ...] | None:
    match condition:
        case All(parts):
            found = [codes for part in parts if (codes := _named(part, side)) is not None]
            return min(found, key=len) if found else None
        case AnyOf(parts):
            each = [_named(part, side) for part in parts]
            known = [codes for codes in each if codes is not None]
            return tuple(code for codes in known for code in codes) if len(known) == len(each) else None
        case Member(FieldOf("procedure", _, of, False), among) if of is side:
            return (among if isinstance(among, CodeSet) else CodeSet(None, frozenset(map(str, among))),)
        case Compare(FieldOf("procedure", _, of, False), Op.EQ, Literal(code)) if of is side:
            return (CodeSet(None, frozenset({str(code)})),)
    return None


def condition_of(codes: CodeSet, column: str) -> str:
    """The SQL condition that a column holds one of the codes."""
    parts = [f"{column} IN {texts(sorted(codes.codes))}"] if codes.codes else []
    for low, high in codes.ranges:
        shaped = "".join("[0-9]" if c in "0123456789" else "[^0-9]" for c in low)
        parts.append(f"({column} BETWEEN {text(low)} AND {text(high)} AND regexp_full_match({column}, {text(shaped)}))")
    parts += [f"starts_with({column}, {text(prefix)})" for prefix in codes.prefixes]
    return f"({' OR '.join(parts)})" if parts else "FALSE"
