"""Param nodes to params: one value, a value by first date, or what a template requires of its policies."""

from __future__ import annotations

from datetime import date

from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.keys import NAME, REQUIRED_PARAM
from cleanclaim.policy.names import Param
from cleanclaim.policy.reading import Reading, as_date
from cleanclaim.policy.scalars import A, Want, constant, inferred
from cleanclaim.policy.tree import Entry, MappingNode, Node, ScalarNode, SequenceNode


def params_of(
    reading: Reading, node: Node | None, start: date | None, root: MappingNode, is_template: bool
) -> dict[str, Param | None]:
    """The params by name; ``None`` is one whose value is broken, or left to the policies of a template."""
    params: dict[str, Param | None] = {}
    for entry in reading.entries(node, "`params`"):
        help = "write a lower-case name, for example max_units_per_day"
        named = reading.matching(entry.key, NAME, "a param's name", "name", help)
        found = _param(reading, entry, start, root, is_template)
        params[entry.key.text] = found if named is not None else None
    return params


def _param(reading: Reading, entry: Entry, start: date | None, root: MappingNode, is_template: bool) -> Param | None:
    node, name = entry.value, entry.key.text
    if isinstance(node, MappingNode) and node.get("required") is not None:
        _required(reading, node, name, root, is_template)
        return None
    if isinstance(node, SequenceNode):
        reading.error(
            "type", f"the param {quoted(name)} holds one value, not a list", node, "put lists of codes under `codes`"
        )
        return None
    if isinstance(node, MappingNode):
        return _dated(reading, node, name, start)
    if reading.scalar(node, f"the param {quoted(name)}") is None:
        return None
    type_ = inferred(node)
    if constant(reading, node, Want(type_, name)) is None:
        return None
    return Param(((None, node),), type_)


def _required(reading: Reading, node: MappingNode, name: str, root: MappingNode, is_template: bool) -> None:
    keys = reading.keys(node, REQUIRED_PARAM)
    words = reading.text(keys.get("required"), "what is required") if keys is not None else None
    if is_template:
        return
    if node.source is root.source:
        help = "write the param's value here; `required` is for templates"
        reading.error("required-param", f"the param {quoted(name)} has no value", node, help)
    else:
        at = next((entry.value for entry in root.entries if entry.key.text == "extends"), root)
        message = f"the template needs the param {quoted(name)}: {words}"
        reading.error("required-param", message, at, f"add `params: {{{name}: …}}`")


def _dated(reading: Reading, node: MappingNode, name: str, start: date | None) -> Param | None:
    entries: list[tuple[date, ScalarNode]] = []
    for each in node.entries:
        day = as_date(each.key.text)
        if day is None:
            reading.bad_date(each.key, f"the first date of a value of {name}")
            continue
        scalar = reading.scalar(each.value, f"the value of {quoted(name)} from {day} on")
        if scalar is not None and constant(reading, scalar, Want(inferred(scalar), name)) is not None:
            entries.append((day, scalar))
    if not node.entries:
        reading.error(
            "empty-list", f"the param {quoted(name)} has no value", node, "write a value, or {date: value, …}"
        )
    if len(entries) < len(node.entries) or not entries:
        return None
    entries.sort(key=lambda dated: dated[0])
    types = [inferred(scalar) for _, scalar in entries]
    for (_, scalar), type_ in zip(entries, types, strict=True):
        if type_ is not types[0]:
            message = f"the param {quoted(name)} is {A[types[0]]} at first, and {A[type_]} here"
            reading.error("type", message, scalar, "give all its values one type; put codes in quotes")
            return None
    if start is not None and entries[0][0] > start:
        first = next(entry.key for entry in node.entries if as_date(entry.key.text) == entries[0][0])
        message = f"the param {quoted(name)} has no value from {start}, when the policy takes effect, to this date"
        reading.error("param-start", message, first, f"give it a value from {start} on")
        return None
    return Param(tuple(entries), types[0])
