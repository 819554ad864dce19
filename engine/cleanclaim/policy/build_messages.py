"""Message templates to parts: text, and values of the line, of its witness, of lets and params."""

from __future__ import annotations

import re

from cleanclaim.claims.fields import BY_NAME
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.model import All, AnyOf, Condition, Exists, FieldOf, LetOf, MessagePart, Not, Side, Value
from cleanclaim.policy.names import Frame
from cleanclaim.policy.reading import suggestion
from cleanclaim.policy.scalars import Want
from cleanclaim.policy.tree import ScalarNode

_PARTS = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
OTHER = "other."


def message(frame: Frame, node: ScalarNode, has_witness: bool) -> tuple[MessagePart, ...] | None:
    """The parts of a message. ``has_witness``: some look of the rule can find another line."""
    parts: list[MessagePart] = []
    text, at, sound = "", 0, True
    written = node.text.strip()
    for found in _PARTS.finditer(written):
        text += written[at : found.start()]
        at = found.end()
        if found[0] in ("{{", "}}"):
            text += found[0][0]
            continue
        value = _value(frame, node, found, has_witness)
        if value is None:
            sound = False
            continue
        if text:
            parts.append(MessagePart(text))
            text = ""
        parts.append(MessagePart(value=value))
    text += written[at:]
    if text:
        parts.append(MessagePart(text))
    return tuple(parts) if sound else None


def witnesses(condition: Condition | None, positive: bool = True) -> bool:
    """Whether a condition that holds may have found another line."""
    match condition:
        case All(parts) | AnyOf(parts):
            return any(witnesses(part, positive) for part in parts)
        case Not(part):
            return witnesses(part, not positive)
        case Exists():
            return positive
        case _:
            return False


def _value(frame: Frame, node: ScalarNode, found: re.Match[str], has_witness: bool) -> Value | None:
    name = found[1]
    if name is None:
        help = "write {name} for a value, and {{ or }} for a bracket that is meant as text"
        _error(frame, "message", "a bracket in the message has no partner", node, found, help)
        return None
    name = name.strip()
    if name.startswith(OTHER):
        return _of_witness(frame, node, name, found, has_witness)
    field = frame.known_field(name, Side.LINE)
    if field is not None:
        return field if _printable(frame, node, field, found) else None
    if name in frame.names.facts:
        return None
    if name in frame.lets:
        return _of_let(frame, node, name, found)
    if name in frame.names.params:
        if frame.names.params[name] is None:
            return None
        return frame.param(ScalarNode(name, True, *node[2:]), Want(frame.params_as.get(name)))
    if name in frame.names.derived:
        help = "say in words what holds; a derived fact has no value to show"
        _error(frame, "message", f"{quoted(name)} is a derived fact, not a value", node, found, help)
        return None
    known = (*frame.names.subjects, *frame.lets, *frame.names.params)
    help = suggestion(name, known, "") if name else "write the name of a field, let or param"
    if not help.startswith("did you mean"):
        help = "write the name of a field, declared fact, let or param; {{ and }} show brackets"
    _error(frame, "unknown-field", f"the message shows an unknown name {quoted(name)}", node, found, help)
    return None


def _of_witness(frame: Frame, node: ScalarNode, name: str, found: re.Match[str], has_witness: bool) -> Value | None:
    if not has_witness:
        message = f"{quoted(name)} needs another line, and no `another_line` of this rule finds one"
        help = "show a field of the judged line, or look for the other line in `flag_if`"
        _error(frame, "no-other-line", message, node, found, help)
        return None
    field = frame.known_field(name.removeprefix(OTHER), Side.OTHER)
    if field is not None:
        return field if _printable(frame, node, field, found) else None
    if name.removeprefix(OTHER) not in frame.names.facts:
        help = suggestion(name.removeprefix(OTHER), frame.names.subjects, "")
        if not help.startswith("did you mean"):
            help = "write {other.NAME} with a field or declared fact"
        _error(frame, "unknown-field", f"the message shows an unknown field {quoted(name)}", node, found, help)
    return None


def _of_let(frame: Frame, node: ScalarNode, name: str, found: re.Match[str]) -> Value | None:
    known = frame.lets[name]
    if known.type is None:
        return None
    if known.phi:
        _phi(frame, node, name, found)
        return None
    return LetOf(name, known.type)


def _printable(frame: Frame, node: ScalarNode, field: FieldOf, found: re.Match[str]) -> bool:
    if field.declared or not BY_NAME[field.name].phi:
        return True
    _phi(frame, node, field.name, found)
    return False


def _phi(frame: Frame, node: ScalarNode, name: str, found: re.Match[str]) -> None:
    message = f"{quoted(name)} identifies the patient and may not stand in a message"
    _error(frame, "phi-message", message, node, found, "name the claim and line instead")


def _error(frame: Frame, code: str, message: str, node: ScalarNode, found: re.Match[str], help: str) -> None:
    """Reports at the very words, where they stand on the message's first line."""
    line = node.source.lines[node.line] if node.line < len(node.source.lines) else ""
    indent = len(node.text) - len(node.text.lstrip())
    column = node.column + indent + found.start() + (0 if node.plain else 1)
    if line[column : column + len(found[0])] != found[0]:
        column = line.find(found[0], node.column, node.column + node.length)
    at = node if column < 0 else node._replace(column=column, length=len(found[0]))
    frame.reading.error(code, message, at, help)
