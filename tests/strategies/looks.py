"""Random looks at other lines, and the lets that are made of them: totals, allowances, lookups, plain values."""

from __future__ import annotations

from dataclasses import replace

from cleanclaim.claims.fields import ValueType
from tests.strategies.choose import Choose
from tests.strategies.conditions import condition, entries, table_key
from tests.strategies.notation import Bare, Doc, Node
from tests.strategies.pools import TYPES
from tests.strategies.speaks import Speaks, TableShape, a_field
from tests.strategies.values import METHODS, Whose, call, literal, param, reference

_T = ValueType

SHARED = ("service_date", "procedure", "rendering_npi", "claim", "modifiers", "payer", "place_of_service", "patient")
"""Fields that looks share beside their anchor."""
MEASURES = ("units", "minutes", "lines", "days", "procedures", "charge", "allowed")


def look(choose: Choose, speaks: Speaks, whole: bool) -> Doc:
    """A look; ``speaks`` is the place inside it. ``whole`` allows ``differs`` and ``position`` too."""
    found = _keys(choose, speaks)
    if whole and choose.chance(20):
        name = choose.pick(("modifiers", "diagnoses")) if choose.chance(25) else a_field(choose)[0]
        if name not in _names(found):
            found["differs"] = [Bare(name)]
    if choose.chance(40):
        found["within"] = _within(choose, speaks)
    if whole and choose.chance(25):
        found["position"] = choose.pick(("before", "after"))
    return found | _where(choose, speaks)


def let(choose: Choose, speaks: Speaks) -> tuple[Doc, ValueType] | None:
    """What a let names, and its type; ``None`` where a choice cannot be made here."""
    kind = choose.weighted(
        (
            (6 if speaks.anchor else 0, "total"),
            (3 if speaks.anchor else 0, "units_allowed"),
            (4 if speaks.vocabulary.tables else 0, "lookup"),
            (2 if speaks.vocabulary.tables else 0, "count"),
            (3, "value"),
        )
    )
    match kind:
        case "total":
            measure = choose.pick(MEASURES)
            found: Doc = {"total": measure} | _summed(choose, speaks, whole=True)
            return found, _T.MONEY if measure in ("charge", "allowed") else _T.NUMBER
        case "units_allowed":
            methods = speaks.vocabulary.methods
            method: Node = choose.pick(METHODS)
            if methods and choose.chance(30):
                method = {"param": Bare(choose.pick(methods))}
            found = {"units_allowed": method} | _summed(choose, speaks, whole=False)
            if choose.chance(40):
                found["whole"] = choose.chance(80)
            return found, _T.NUMBER
        case "lookup":
            return _lookup(choose, speaks)
        case "count":
            return _count(choose, speaks), _T.NUMBER
    type_ = choose.pick((_T.NUMBER, _T.NUMBER, _T.DATE, _T.MONEY, _T.MONEY, _T.CODE, _T.TEXT, _T.CODES, _T.BOOLEAN))
    made = call(choose, speaks, type_, Whose.OWN) if choose.chance(60) else None
    # By itself a param is what it looks like: a code may look like a number, and money does.
    if made is None and type_ not in (_T.CODE, _T.MONEY) and choose.chance(30):
        made = param(choose, speaks, type_, Whose.OWN)
    return made or reference(choose, speaks, type_, Whose.OWN), type_


def _keys(choose: Choose, speaks: Speaks) -> Doc:
    same = list(speaks.anchor)
    if choose.chance(45):
        same += [name for name in choose.some(SHARED, 1, 2) if name not in same]
    if choose.chance(8):
        name = choose.pick(tuple(TYPES))
        same += [name] if name not in same else []
    return {"same": [Bare(name) for name in same]}


def _within(choose: Choose, speaks: Speaks) -> Node:
    span = choose.pick(("day", "calendar_month", "calendar_year", "days"))
    if span != "days":
        return span
    within: Doc = {"days": choose.pick((1, 1, 0, 2, 30, 31, 60, 366))}
    if choose.chance(40):
        # The window is the judged line's own, so it may not say {line: …}; a constant must be whole.
        outside = replace(speaks, looking=False)
        called = call(choose, outside, _T.NUMBER, Whose.OWN) if choose.chance(40) else None
        within["days"] = called or reference(choose, outside, _T.NUMBER, Whose.OWN)
    within |= choose.pick(
        ({}, {"before": True}, {"after": True}, {"before": True, "after": False}, {"after": True, "before": True})
    )
    return within


def _names(keys: Doc) -> list[Node]:
    same = keys["same"]
    return same if isinstance(same, list) else []


def _summed(choose: Choose, speaks: Speaks, *, whole: bool) -> Doc:
    inside = speaks.strict().inside_look(positive=True)
    keys = _keys(choose, inside)
    if whole and choose.chance(12):
        name, _ = a_field(choose)
        if name not in _names(keys):
            keys["differs"] = [Bare(name)]
    if choose.chance(50):
        keys["within"] = _within(choose, inside)
    if whole and choose.chance(12):
        keys["position"] = choose.pick(("before", "after"))
    return {"of": _where(choose, inside)} | keys


def _where(choose: Choose, speaks: Speaks) -> Doc:
    """The condition on the other lines: often only their codes, so that much else depends on the keys."""
    kind = choose.weighted(((45, "any condition"), (40, "codes"), (15, "none")))
    if kind == "codes":
        where: Doc = {"procedure": entries(choose, speaks, "procedure", low=2)}
        if choose.chance(20):
            name = choose.pick(("modifiers", "diagnoses"))
            where[name] = {choose.pick(("eq", "ne")): {"line": Bare(name)}}
        return where
    return condition(choose, speaks, look, depth=1) if kind == "any condition" else {}


def _lookup(choose: Choose, speaks: Speaks) -> tuple[Doc, ValueType]:
    shape = choose.pick(speaks.vocabulary.tables)
    column = choose.pick(tuple(shape.columns))
    type_ = shape.columns[column]
    found: Doc = {"lookup": Bare(column)} | _rows_of(choose, speaks, shape)
    if choose.chance(40):
        found["default"] = literal(choose, type_)
    return found, type_


def _count(choose: Choose, speaks: Speaks) -> Doc:
    shape = choose.pick(speaks.vocabulary.tables)
    return {"count": Bare(choose.pick(tuple(shape.columns)))} | _rows_of(choose, speaks, shape)


def _rows_of(choose: Choose, speaks: Speaks, shape: TableShape) -> Doc:
    found: Doc = {"in": Bare(shape.name), "key": table_key(choose, speaks, shape)}
    if choose.chance(25):
        found["on"] = reference(choose, speaks, _T.DATE, Whose.OWN)
    return found
