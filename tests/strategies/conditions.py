"""Random conditions over everything that may be said at a place, and the tests of one subject."""

from __future__ import annotations

from collections.abc import Callable

from cleanclaim.claims.fields import BY_NAME, ValueType
from tests.strategies.choose import Choose
from tests.strategies.notation import Bare, Doc, Node
from tests.strategies.pools import CODE_POOLS, PREFIXES, RANGES, TYPES, family_of, value_of
from tests.strategies.speaks import Speaks, TableShape, a_field
from tests.strategies.values import Whose, literal, param, reference, value

_T = ValueType
ORDERED = (_T.NUMBER, _T.MONEY, _T.DATE)
ORDERINGS = ("gt", "ge", "lt", "le")

LookOf = Callable[[Choose, Speaks, bool], Doc]
"""Makes a look; handed in, because looks hold conditions."""


def condition(choose: Choose, speaks: Speaks, look: LookOf, depth: int = 2) -> Doc:
    """A mapping of one or a few entries, now and then of none."""
    parts: Doc = {}
    for _ in range(choose.weighted(((60, 1), (30, 2), (8, 3), (2, 0)))):
        key, node = part(choose, speaks, look, depth)
        parts.setdefault(key, node)
    return parts


def part(choose: Choose, speaks: Speaks, look: LookOf, depth: int) -> tuple[str, Node]:
    """One entry of a condition."""
    looks = bool(speaks.anchor) and not speaks.looking
    inner = depth > 0
    kind = choose.weighted(
        (
            (10, "field"),
            (5 if speaks.usable_facts else 0, "fact"),
            (6 if speaks.lets and not speaks.looking else 0, "let"),
            (2 if inner else 0, "any"),
            (1 if inner else 0, "all"),
            (2 if inner else 0, "not"),
            (5 if looks else 0, "another_line"),
            (2 if looks else 0, "no_other_line"),
            (2 if speaks.vocabulary.tables else 0, "in_table"),
        )
    )
    match kind:
        case "fact":
            fact = choose.pick(speaks.usable_facts)
            denied = (fact in speaks.facts or not speaks.positive) and choose.chance(25)
            if denied and fact in speaks.growing:
                denied = False
            return fact, not denied
        case "let":
            let = choose.pick(speaks.lets)
            return let.name, test(choose, speaks, let.type, None)
        case "any" | "all":
            count = choose.integer(2, 3) if choose.chance(90) else 1
            return kind, [condition(choose, speaks, look, depth - 1) for _ in range(count)]
        case "not":
            return kind, condition(choose, speaks.negated(), look, depth - 1)
        case "another_line":
            inside = speaks if speaks.positive else speaks.strict()
            return kind, look(choose, inside.inside_look(positive=True), True)
        case "no_other_line":
            return kind, look(choose, speaks.strict().inside_look(positive=True), True)
        case "in_table":
            return kind, in_table(choose, speaks)
    if speaks.vocabulary.defined and choose.chance(12):
        name = choose.pick(tuple(speaks.vocabulary.defined))
        return name, test(choose, speaks, speaks.vocabulary.defined[name], None)
    name, type_ = a_field(choose)
    return name, test(choose, speaks, type_, name)


def test(choose: Choose, speaks: Speaks, type_: ValueType, name: str | None) -> Node:
    """A test of a subject of a type. ``name`` is the field, whose own values it mostly asks for."""
    if choose.chance(7):
        return {"missing": choose.chance(50)}
    match type_:
        case _T.BOOLEAN:
            return _boolean(choose, speaks)
        case _T.CODES:
            return _codes(choose, speaks, name)
        case _T.CODE:
            return _code(choose, speaks, name)
        case _T.TEXT:
            return _single(choose, speaks, type_, name)
        case _:
            return _ordered(choose, speaks, type_, name) if choose.chance(65) else _single(choose, speaks, type_, name)


def entries(choose: Choose, speaks: Speaks, family: str, low: int = 1) -> Node:
    """Codes as a list of codes, ranges, prefixes and sets, or the name of one set."""
    sets = speaks.vocabulary.sets_of(family)
    if sets and choose.chance(35):
        return Bare(choose.pick(sets))
    found: list[Node] = [Bare(code) for code in choose.some(CODE_POOLS[family], low, 3)]
    if choose.chance(20):
        found.append(Bare(choose.pick(RANGES[family])))
    if choose.chance(15):
        found.append(Bare(choose.pick(PREFIXES[family])))
    if sets and choose.chance(10):
        found.append(Bare(choose.pick(sets)))
    return found


def operand(choose: Choose, speaks: Speaks, type_: ValueType, name: str | None) -> Node:
    """What a subject is compared with: of the judged line, or sometimes of the other line itself."""
    whose = Whose.OWN
    if speaks.looking:
        whose = Whose.OTHER if choose.chance(20) else Whose.JUDGED
    return value(choose, speaks, type_, whose, name)


def in_table(choose: Choose, speaks: Speaks) -> Doc:
    """Whether a table has a row; inside a look each key is of one line, and the date is the judged line's."""
    shape = choose.pick(speaks.vocabulary.tables)
    condition_: Doc = {"table": Bare(shape.name), "key": table_key(choose, speaks, shape)}
    if choose.chance(25):
        condition_["on"] = reference(choose, speaks, _T.DATE, Whose.JUDGED if speaks.looking else Whose.OWN)
    if choose.chance(40):
        column = choose.pick([name for name in shape.columns if name not in (shape.start, shape.through)])
        type_ = shape.columns[column]
        if type_ is _T.CODE:
            among = entries(choose, speaks, shape.families[column])
        elif choose.chance(40):
            among = literal(choose, type_)
        else:
            among = [literal(choose, type_) for _ in range(choose.integer(1, 3))] if type_ is not _T.BOOLEAN else True
        condition_["where"] = {column: among}
    return condition_


def table_key(choose: Choose, speaks: Speaks, shape: TableShape) -> Doc:
    """One or two key columns of a table, each with a value of its type."""
    columns = [name for name in shape.columns if name not in (shape.start, shape.through)]
    key: Doc = {}
    for column in choose.some(columns[:3], 1, 2) if choose.chance(80) else choose.some(columns, 1, 2):
        whose = Whose.OWN
        if speaks.looking:
            whose = choose.pick((Whose.OTHER, Whose.JUDGED))
        key[column] = _key_value(choose, speaks, shape, column, whose)
    return key


def _key_value(choose: Choose, speaks: Speaks, shape: TableShape, column: str, whose: Whose) -> Node:
    type_ = shape.columns[column]
    if type_ is not _T.CODE:
        return value(choose, speaks, type_, whose, "state" if column == "state" else None)
    family = shape.families[column]
    fields = [name for name, its in TYPES.items() if its in (_T.CODE, _T.CODES) and family_of(name) == family]
    if choose.chance(10):
        return literal(choose, _T.CODE, fields[0])
    if choose.chance(15):
        return value(choose, speaks, type_, whose, fields[0])
    return {whose.key: Bare(choose.pick(fields))}


def _boolean(choose: Choose, speaks: Speaks) -> Node:
    if choose.chance(75):
        return choose.chance(60)
    return {choose.pick(("eq", "ne")): operand(choose, speaks, _T.BOOLEAN, None)}


def _codes(choose: Choose, speaks: Speaks, name: str | None) -> Node:
    family = family_of(name)
    kind = choose.pick(("has_any", "has_none", "has_all", "plain", "scalar", "value", "both", "value"))
    match kind:
        case "plain":
            return entries(choose, speaks, family)
        case "scalar":
            return literal(choose, _T.CODE, name)
        case "value":
            whose = Whose.JUDGED if speaks.looking else Whose.OWN
            same = reference(choose, speaks, _T.CODES, whose, name)
            return same if choose.chance(50) else {choose.pick(("eq", "ne")): same}
        case "both":
            return {"has_any": entries(choose, speaks, family), "has_none": literal(choose, _T.CODE, name)}
        case _:
            return {kind: entries(choose, speaks, family) if choose.chance(85) else literal(choose, _T.CODE, name)}


def _code(choose: Choose, speaks: Speaks, name: str | None) -> Node:
    kind = choose.pick(("plain", "scalar", "in", "not_in", "eq", "ne", "value"))
    match kind:
        case "plain":
            return entries(choose, speaks, family_of(name))
        case "scalar":
            return literal(choose, _T.CODE, name)
        case "in" | "not_in":
            return {kind: entries(choose, speaks, family_of(name))}
        case "value":
            return _mapping(choose, speaks, _T.CODE, name)
        case _:
            return {kind: operand(choose, speaks, _T.CODE, name)}


def _single(choose: Choose, speaks: Speaks, type_: ValueType, name: str | None) -> Node:
    kind = choose.pick(("list", "scalar", "in", "not_in", "eq", "ne", "value"))
    match kind:
        case "list" | "in" | "not_in":
            among: list[Node] = [literal(choose, type_, name) for _ in range(choose.integer(1, 3))]
            return among if kind == "list" else {kind: among}
        case "scalar":
            return literal(choose, type_, name)
        case "value":
            return _mapping(choose, speaks, type_, name)
        case _:
            return {kind: operand(choose, speaks, type_, name)}


def _ordered(choose: Choose, speaks: Speaks, type_: ValueType, name: str | None) -> Node:
    if choose.chance(20):
        low, high = sorted((value_of(choose, type_, name), value_of(choose, type_, name)))
        upper: Node = high
        if choose.chance(40):
            upper = reference(choose, speaks, type_, Whose.JUDGED if speaks.looking else Whose.OWN, name)
        return {"between": [low, upper]}
    tests: Doc = {choose.pick(ORDERINGS): operand(choose, speaks, type_, name)}
    if choose.chance(15):
        tests["ne"] = operand(choose, speaks, type_, name)
    return tests


def _mapping(choose: Choose, speaks: Speaks, type_: ValueType, name: str | None) -> Node:
    """A value that stands by itself, which means ``eq``; only a mapping is read so."""
    whose = Whose.JUDGED if speaks.looking else Whose.OWN
    worded = name is not None and name in BY_NAME and bool(BY_NAME[name].values)
    if not worded and choose.chance(25) and (named := param(choose, speaks, type_, whose)) is not None:
        return named
    return reference(choose, speaks, type_, whose, name)
