"""Test nodes to conditions on one subject: a constant, a list, a set, or operators."""

from __future__ import annotations

from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.build_values import is_value, one_line, value
from cleanclaim.policy.condition_keys import OPS, VALUES
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.model import (
    All,
    CodeSet,
    Compare,
    Condition,
    FieldOf,
    HasAny,
    IsMissing,
    LetOf,
    Literal,
    Member,
    Not,
    Op,
    Value,
)
from cleanclaim.policy.names import Defined, Frame
from cleanclaim.policy.reading import described, suggestion
from cleanclaim.policy.scalars import A, Want, constant, is_set_name
from cleanclaim.policy.tree import Entry, MappingNode, Node, ScalarNode, SequenceNode

Subject = FieldOf | LetOf | Defined

_ORDER = {"gt": Op.GT, "ge": Op.GE, "lt": Op.LT, "le": Op.LE}
_ORDERED = (ValueType.NUMBER, ValueType.MONEY, ValueType.DATE)
_LISTS = ("has_any", "has_all", "has_none")


def test(frame: Frame, subject: Subject, node: Node) -> Condition | None:
    """A test of one subject."""
    match node:
        case ScalarNode():
            return _plain(frame, subject, node)
        case SequenceNode():
            return _among(frame, subject, node)
        case MappingNode() if is_value(node):
            return _compare(frame, subject, Op.EQ, node)
        case MappingNode():
            return _operators(frame, subject, node)


def conjoined(parts: list[Condition | None]) -> Condition | None:
    """All of some parts; one part stands for itself."""
    whole = tuple(part for part in parts if part is not None)
    if len(whole) < len(parts):
        return None
    return whole[0] if len(whole) == 1 else All(whole)


def members(
    frame: Frame, type_: ValueType, what: str, values: tuple[str, ...], node: Node
) -> CodeSet | tuple[Scalar, ...] | None:
    """The codes or constants of a list, of a set, or of one entry standing alone."""
    if isinstance(node, MappingNode):
        help = "list constants here; compare with a value by `eq`"
        frame.reading.error(
            "type", f"{what} is compared with a list of constants here, not {described(node)}", node, help
        )
        return None
    if type_ in (ValueType.CODE, ValueType.CODES):
        return frame.names.sets.listed(node, f"the list for {what}")
    if isinstance(node, SequenceNode) and not node.items:
        frame.reading.error(
            "empty-list", f"the list for {what} is empty and matches nothing", node, "list at least one value"
        )
        return None
    items = node.items if isinstance(node, SequenceNode) else (node,)
    found: list[Scalar] = []
    for item in items:
        scalar = frame.reading.scalar(item, f"an entry of the list for {what}")
        entry = constant(frame.reading, scalar, Want(type_, what, values)) if scalar is not None else None
        if entry is not None:
            found.append(entry)
    return tuple(dict.fromkeys(found)) if len(found) == len(items) else None


def _plain(frame: Frame, subject: Subject, node: ScalarNode) -> Condition | None:
    if subject.type is ValueType.CODES:
        return _has_any(frame, subject, node)
    if subject.type is ValueType.CODE:
        among = frame.names.sets.one(node)
        if among is None:
            return None
        _for_procedures(frame, subject, node)
        if not is_set_name(node.text) and len(among.codes) == 1:
            return Compare(_spoken(subject), Op.EQ, Literal(next(iter(among.codes)), ValueType.CODE))
        return Member(_spoken(subject), among)
    return _compare(frame, subject, Op.EQ, node)


def _among(frame: Frame, subject: Subject, node: Node) -> Condition | None:
    if subject.type is ValueType.CODES:
        return _has_any(frame, subject, node)
    among = members(frame, subject.type, subject.name, _values(subject), node)
    if among is not None:
        _for_procedures(frame, subject, node)
    return Member(_spoken(subject), among) if among is not None else None


def _has_any(frame: Frame, subject: Subject, node: Node) -> Condition | None:
    among = members(frame, subject.type, subject.name, (), node)
    return HasAny(_spoken(subject), among) if isinstance(among, CodeSet) else None


def _operators(frame: Frame, subject: Subject, node: MappingNode) -> Condition | None:
    if not node.entries:
        help = "write a value, a list, or an operator such as `gt: 4`"
        frame.reading.error("value", f"{subject.name} is compared with nothing", node, help)
        return None
    return conjoined([_operator(frame, subject, entry) for entry in node.entries])


def _operator(frame: Frame, subject: Subject, entry: Entry) -> Condition | None:
    op, node = entry.key.text, entry.value
    if op not in OPS.names:
        known = (*OPS.names, *VALUES.names)
        frame.reading.error(
            "unknown-key", f"there is no test {quoted(op)}", entry.key, suggestion(op, known, "a test", "keys")
        )
        return None
    if op == "missing":
        asked = frame.reading.boolean(node, "`missing`")
        return None if asked is None else IsMissing(_spoken(subject)) if asked else Not(IsMissing(_spoken(subject)))
    if not _suits(frame, subject, entry.key):
        return None
    match op:
        case "eq":
            return _compare(frame, subject, Op.EQ, node)
        case "ne":
            return _negated(_compare(frame, subject, Op.EQ, node))
        case "in":
            return _among(frame, subject, node)
        case "not_in":
            return _negated(_among(frame, subject, node))
        case "between":
            return _between(frame, subject, node)
        case "has_any":
            return _has_any(frame, subject, node)
        case "has_none":
            return _negated(_has_any(frame, subject, node))
        case "has_all":
            return _has_all(frame, subject, node)
        case _:
            return _compare(frame, subject, _ORDER[op], node)


def _suits(frame: Frame, subject: Subject, key: ScalarNode) -> bool:
    op, type_ = key.text, subject.type
    if op in _LISTS and type_ is not ValueType.CODES:
        help = f"write `{'not_in' if op == 'has_none' else 'in'}`"
        frame.reading.error("type", f"{subject.name} is {A[type_]}, one value; `{op}` tests lists", key, help)
        return False
    if op in ("in", "not_in") and type_ is ValueType.CODES:
        help = f"write `{'has_any' if op == 'in' else 'has_none'}`"
        frame.reading.error("type", f"{subject.name} is a list of codes; `{op}` tests one value", key, help)
        return False
    if (op in _ORDER or op == "between") and type_ not in _ORDERED:
        help = "use a range of codes, such as [97110-97140]" if type_ is ValueType.CODE else "use `eq` or `in`"
        frame.reading.error("type", f"{subject.name} is {A[type_]}, which has no order for `{op}`", key, help)
        return False
    return True


def _compare(frame: Frame, subject: Subject, op: Op, node: Node) -> Condition | None:
    if subject.type is ValueType.CODES and not isinstance(node, MappingNode):
        help = "test its codes with has_any, has_all or has_none; `eq` compares with another list, as {line: modifiers}"
        frame.reading.error("type", f"{subject.name} is a list of codes and cannot equal {described(node)}", node, help)
        return None
    if subject.type is ValueType.CODE and isinstance(node, ScalarNode) and is_set_name(node.text):
        help = f"write `in: {node.text}`, or `not_in`"
        frame.reading.error("type", f"{quoted(node.text)} is a set, and one value is wanted here", node, help)
        return None
    if isinstance(node, MappingNode) and not is_value(node):
        # A test where a value is wanted; `value` says which keys a value may have.
        value(frame, node)
        return None
    right = one_line(frame, value(frame, node, Want(subject.type, subject.name, _values(subject))), node)
    if right is None:
        return None
    _for_procedures(frame, subject, node)
    return Compare(_spoken(subject), op, right)


def _between(frame: Frame, subject: Subject, node: Node) -> Condition | None:
    if not isinstance(node, SequenceNode) or len(node.items) != 2:
        frame.reading.error(
            "arguments", "`between` takes a list of two values", node, "write between: [low, high], both included"
        )
        return None
    low = _compare(frame, subject, Op.GE, node.items[0])
    high = _compare(frame, subject, Op.LE, node.items[1])
    if isinstance(low, Compare) and isinstance(high, Compare) and _upside_down(low, high):
        frame.reading.error(
            "range", "`between` is upside down and holds for nothing", node, "write the smaller value first"
        )
        return None
    return conjoined([low, high])


def _upside_down(low: Compare, high: Compare) -> bool:
    match low.right, high.right:
        case Literal(first), Literal(last) if not isinstance(first, str) and not isinstance(last, str):
            return first > last  # type: ignore[operator]
        case _:
            return False


def _has_all(frame: Frame, subject: Subject, node: Node) -> Condition | None:
    """A condition for each entry: of the list, or of the set that is named alone."""
    if isinstance(node, ScalarNode) and is_set_name(node.text):
        entries = frame.names.sets.entries(node)
        if entries is None:
            return None
        if not entries:
            message = f"the set {quoted(node.text)} is empty, so `has_all` would always hold"
            frame.reading.error("empty-list", message, node, "give the set its codes")
            return None
        return conjoined([HasAny(_spoken(subject), entry) for entry in entries])
    if not isinstance(node, SequenceNode) or not node.items:
        return _has_any(frame, subject, node)
    parts: list[Condition | None] = []
    for item in node.items:
        among = frame.names.sets.one(item)
        parts.append(HasAny(_spoken(subject), among) if among is not None else None)
    return conjoined(parts)


def _for_procedures(frame: Frame, subject: Subject, node: Node) -> None:
    if isinstance(subject, FieldOf) and subject.name == "procedure":
        frame.names.sets.for_procedures(node)


def _negated(condition: Condition | None) -> Condition | None:
    return Not(condition) if condition is not None else None


def _spoken(subject: Subject) -> Value:
    """The value that a condition tests."""
    return subject.value if isinstance(subject, Defined) else subject


def _values(subject: Subject) -> tuple[str, ...]:
    if isinstance(subject, FieldOf) and not subject.declared:
        return BY_NAME[subject.name].values
    return ()
