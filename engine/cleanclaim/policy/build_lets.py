"""Let nodes to lets: totals, lookups, allowances of timed units, and plain values."""

from __future__ import annotations

from dataclasses import replace

from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.policy.build_conditions import condition, look, table_date, table_key
from cleanclaim.policy.build_values import METHOD, value
from cleanclaim.policy.condition_keys import ALLOWANCE, COUNT, LOOKUP, MEASURES, RESERVED, TOTAL, VALUES
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.keys import NAME, Keys
from cleanclaim.policy.model import Allowance, Let, LetOf, Look, Lookup, Measure, Total
from cleanclaim.policy.names import Frame, LetName
from cleanclaim.policy.privacy import is_private
from cleanclaim.policy.reading import Reading, described, suggestion
from cleanclaim.policy.scalars import Want, constant
from cleanclaim.policy.tree import MappingNode, Node, ScalarNode
from cleanclaim.policy.visit import leaves, values_of_let

MOST_LETS = 100
Lets = tuple[tuple[str, Let], ...]

_KINDS = {"total": TOTAL, "lookup": LOOKUP, "units_allowed": ALLOWANCE, "count": COUNT}


def lets(frame: Frame, node: Node | None) -> tuple[Lets | None, Frame]:
    """The lets of a rule in order, and the frame in which all of them are named."""
    entries = frame.reading.entries(node, "`let`")
    named: dict[str, LetName] = {}
    built: list[tuple[str, Let]] = []
    if len(entries) > MOST_LETS:
        message = f"there are more than {MOST_LETS} lets"
        frame.reading.error("too-large", message, entries[MOST_LETS].key, "split the rule, or derive facts")
        return None, frame
    coming = [entry.key.text for entry in entries]
    for at, entry in enumerate(entries):
        name = entry.key.text
        here = frame.with_lets(dict(named), frozenset(coming[at:]))
        found = _let(here, entry.value) if _may_be_named(frame, entry.key) else None
        if found is None:
            named[name] = LetName(None)
        else:
            named[name] = _known(here, found)
            built.append((name, found))
    failed = len(built) < len(entries) or (node is not None and not isinstance(node, MappingNode))
    return None if failed else tuple(built), frame.with_lets(named, frozenset())


def may_be_named(reading: Reading, key: ScalarNode, what: str) -> bool:
    """Whether a new name is one that conditions can tell from all others; reports why not."""
    if key.text in BY_NAME:
        message = f"{quoted(key.text)} is a field of the claim already"
        reading.error("name-clash", message, key, f"choose another name for the {what}")
        return False
    if key.text in RESERVED:
        message = f"{quoted(key.text)} is a word of the policy language"
        reading.error("reserved-name", message, key, f"choose another name for the {what}")
        return False
    help = "write a lower-case name, for example units_that_day"
    return reading.matching(key, NAME, f"the name of a {what}", "name", help) is not None


def _may_be_named(frame: Frame, key: ScalarNode) -> bool:
    known = {"a fact": (*frame.names.facts, *frame.names.derived), "a defined value": frame.names.defined}
    taken = next((what for what, names in known.items() if key.text in names), None)
    if taken is not None:
        frame.reading.error(
            "name-clash", f"{quoted(key.text)} is {taken} already", key, "choose another name for the let"
        )
        return False
    return may_be_named(frame.reading, key, "let")


def _let(frame: Frame, node: Node) -> Let | None:
    if not isinstance(node, MappingNode):
        return value(frame, node)
    for kind, keys in _KINDS.items():
        # Without a table, `count` is the function of a list.
        if node.get(kind) is not None and (kind != "count" or node.get("in") is not None):
            return _kind(frame, kind, keys, node)
    names = [entry.key.text for entry in node.entries]
    if not any(name in VALUES.names for name in names):
        known = (*_KINDS, *VALUES.names)
        help = next(
            (told for name in names if (told := suggestion(name, known, "a let", "keys"))), "write a total or a value"
        )
        frame.reading.error("value", f"this names no value: {described(node)} without a known key", node, help)
        return None
    return value(frame, node)


def _kind(frame: Frame, kind: str, keys: Keys, node: MappingNode) -> Let | None:
    found = frame.reading.keys(node, keys)
    if found is None or any(name not in found for name in keys.required):
        return None
    match kind:
        case "total":
            return _total(frame, node, found)
        case "lookup":
            return _lookup(frame, found, found["lookup"])
        case "count":
            return _count(frame, found)
        case _:
            return _allowance(frame, node, found)


def _look(frame: Frame, node: MappingNode, found: dict[str, Node]) -> Look | None:
    return look(frame, node, condition(frame.look(), found["of"]))


def _total(frame: Frame, node: MappingNode, found: dict[str, Node]) -> Let | None:
    measure = frame.reading.word(found["total"], MEASURES, "what a total adds up")
    over = _look(frame, node, found)
    if measure is None or over is None:
        return None
    return Total(Measure(measure), over, Measure(measure).type)


def _count(frame: Frame, found: dict[str, Node]) -> Let | None:
    looked = _lookup(frame, found, found["count"])
    return replace(looked, type=ValueType.NUMBER, distinct=True) if looked is not None else None


def _lookup(frame: Frame, found: dict[str, Node], wanted: Node) -> Lookup | None:
    table = frame.names.tables.table(found["in"])
    key = table_key(frame, table, found["key"])
    on = table_date(frame, found.get("on"))
    column = frame.reading.scalar(wanted, "the column of a lookup")
    if table is None or column is None:
        return None
    type_ = frame.names.tables.column(table, column)
    if type_ is None or key is None or on is None:
        return None
    default = None
    if "default" in found:
        node = frame.reading.scalar(found["default"], "`default`")
        default = constant(frame.reading, node, Want(type_, f"the column {column.text}")) if node is not None else None
        if default is None:
            return None
    return Lookup(table, column.text, key, on, type_, default)


def _allowance(frame: Frame, node: MappingNode, found: dict[str, Node]) -> Let | None:
    method = value(frame, found["units_allowed"], METHOD)
    over = _look(frame, node, found)
    whole = frame.reading.boolean(found["whole"], "`whole`") if "whole" in found else False
    if method is None or over is None or whole is None:
        return None
    return Allowance(method, over, whole)


def _known(frame: Frame, let: Let) -> LetName:
    looks = isinstance(let, Total | Allowance)
    for spoken in values_of_let(let):
        for leaf in leaves(spoken):
            if isinstance(leaf, LetOf):
                looks = looks or frame.lets[leaf.name].looks
    phi_lets = frozenset(name for name, known in frame.lets.items() if known.phi)
    phi = is_private(let, phi_lets)
    return LetName(let.type, looks, phi)
