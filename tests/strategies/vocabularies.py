"""Random names of one policy: code sets, params by date, declared facts and table shapes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from cleanclaim.claims.fields import FIELDS, ValueType
from tests.strategies.choose import Choose
from tests.strategies.notation import Bare, Doc, Node, words
from tests.strategies.pools import CODE_POOLS, DECLARED, PREFIXES, RANGES
from tests.strategies.speaks import Speaks, TableShape, Vocabulary
from tests.strategies.values import METHODS, Whose, call, literal

_T = ValueType
FIRST_DAY = date(1990, 1, 1)
LATER_DAYS = (date(2020, 1, 2), date(2020, 2, 1), date(2021, 1, 1))

SETS = {
    "massage": "procedure",
    "adjustment": "procedure",
    "timed": "procedure",
    "bypass": "modifier",
    "back_pain": "diagnosis",
    "licensed": "licence",
    "office": "place",
}
PARAMS = {
    "limit": _T.NUMBER,
    "cap": _T.MONEY,
    "start_day": _T.DATE,
    "one_code": _T.CODE,
    "one_payer": _T.TEXT,
    "strict_mode": _T.BOOLEAN,
    "low": _T.NUMBER,
    "method": None,
    "method_by_date": None,
}
"""Params and their types; no type for the name of a method of timed units."""

DEFINED = {
    "how_many": _T.NUMBER,
    "price": _T.MONEY,
    "main_code": _T.CODE,
    "due": _T.DATE,
    "sound": _T.BOOLEAN,
}
"""Values that a policy defines, and their types."""
HIDDEN = frozenset(spec.name for spec in FIELDS if spec.phi)

TABLES = (
    TableShape(
        "edits",
        {"column1": _T.CODE, "column2": _T.CODE, "indicator": _T.NUMBER, "active": _T.BOOLEAN, "fee": _T.MONEY}
        | {"begins": _T.DATE, "ends": _T.DATE},
        {"column1": "procedure", "column2": "procedure"},
        "begins",
        "ends",
    ),
    TableShape(
        "scope_of",
        {"licence": _T.CODE, "state": _T.TEXT, "procedure": _T.CODE, "since": _T.DATE, "most": _T.NUMBER},
        {"licence": "licence", "procedure": "procedure"},
        None,
        None,
    ),
    TableShape(
        "fees",
        {"procedure": _T.CODE, "modifier": _T.CODE, "amount": _T.MONEY, "begins": _T.DATE},
        {"procedure": "procedure", "modifier": "modifier"},
        "begins",
        None,
    ),
)


@dataclass(frozen=True)
class Named:
    """A vocabulary, and the keys of the policy document that define it."""

    vocabulary: Vocabulary
    keys: Doc


def vocabulary(choose: Choose) -> Named:
    """A vocabulary; of each kind of name some."""
    sets: Doc = {name: _entries(choose, name) for name in choose.some(tuple(SETS), 2, 6)}
    params: Doc = {}
    dated: set[str] = set()
    for name in choose.some(tuple(PARAMS), 2, len(PARAMS)):
        params[name] = _param(choose, PARAMS[name])
        if isinstance(params[name], dict):
            dated.add(name)
    tables = tuple(choose.some(TABLES, 0, 2))
    keys: Doc = {"codes": sets, "params": params, "facts": FACTS}
    if tables:
        keys["tables"] = {shape.name: _table(shape) for shape in tables}
    types = {name: type_ for name in params if (type_ := PARAMS[name]) is not None}
    methods = tuple(name for name in params if PARAMS[name] is None)
    found = Vocabulary({name: SETS[name] for name in sets}, types, dated, methods, tables)
    defined: Doc = {name: _defined(choose, found, name) for name in choose.some(tuple(DEFINED), 0, 3)}
    if defined:
        keys["define"] = defined
    return Named(found, keys)


def _defined(choose: Choose, known: Vocabulary, name: str) -> Doc:
    """A function of fields, undated params and earlier defined values; the next ones may use it."""
    undated = {param: type_ for param, type_ in known.params.items() if param not in known.dated}
    found = call(choose, Speaks(replace(known, params=undated)), DEFINED[name], Whose.OWN)
    assert found is not None
    said = set(words(found))
    if said & (HIDDEN | known.hidden):
        known.hidden.add(name)
    known.defined[name] = DEFINED[name]
    return found


def _entries(choose: Choose, name: str) -> Node:
    family = SETS[name]
    found: list[Node] = [Bare(code) for code in choose.some(CODE_POOLS[family], 1, 3)]
    if choose.chance(25):
        found.append(Bare(choose.pick(RANGES[family])))
    if choose.chance(15):
        found.append(Bare(choose.pick(PREFIXES[family])))
    return found


def _param(choose: Choose, type_: ValueType | None) -> Node:
    def one() -> Node:
        # A code in quotes, so that all dates of a param look like text.
        return choose.pick(METHODS) if type_ is None else _quoted(literal(choose, type_, LIKE.get(type_)))

    if choose.chance(45):
        return {day.isoformat(): one() for day in (FIRST_DAY, *choose.some(LATER_DAYS, 1, 2))}
    return one()


def _quoted(node: Node) -> Node:
    return str(node) if isinstance(node, Bare) else node


LIKE = {_T.CODE: "procedure", _T.TEXT: "payer", _T.NUMBER: "units"}
"""Fields that params hold values of."""

FACTS: Doc = {
    name: {"type": type_.value, "description": f"About {name}.", "who": "the record"}
    for name, type_ in DECLARED.items()
}


def _table(shape: TableShape) -> Doc:
    columns: Doc = {name: type_.value for name, type_ in shape.columns.items()}
    found: Doc = {"import": shape.name, "columns": columns}
    if shape.start is not None:
        found["from"] = Bare(shape.start)
    if shape.through is not None:
        found["through"] = Bare(shape.through)
    return found
