"""Condition nodes to conditions, on the judged line and on the other lines that it is looked at with."""

from __future__ import annotations

from collections.abc import Sequence

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.build_comparisons import conjoined, members, test
from cleanclaim.policy.build_values import one_line, sides, value
from cleanclaim.policy.condition_keys import IN_TABLE, LOOK, SPANS, WITHIN
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.functions import DAYS_LIMIT
from cleanclaim.policy.model import (
    TRUE,
    AnyOf,
    CodeSet,
    Condition,
    Derived,
    Exists,
    FieldOf,
    InTable,
    Literal,
    Look,
    Not,
    Position,
    Side,
    Span,
    Value,
    Window,
)
from cleanclaim.policy.names import LOOKS, Frame
from cleanclaim.policy.reading import suggestion
from cleanclaim.policy.scalars import ANYTHING, A, Want
from cleanclaim.policy.tree import Entry, MappingNode, Node, ScalarNode, SequenceNode

SERVICE_DATE = FieldOf("service_date", ValueType.DATE)


def condition(frame: Frame, node: Node | None) -> Condition | None:
    """A condition; one that is absent always holds."""
    if node is None:
        return TRUE
    found = frame.reading.mapping(node, "a condition")
    return conjunction(frame, found.entries) if found is not None else None


def conjunction(frame: Frame, entries: Sequence[Entry]) -> Condition | None:
    """All of a mapping's entries, in the order written."""
    return conjoined([_entry(frame, entry) for entry in entries])


def _entry(frame: Frame, entry: Entry) -> Condition | None:
    match entry.key.text:
        case "all":
            parts = _listed(frame, entry)
            return conjoined(parts) if parts else None
        case "any":
            parts = _listed(frame, entry)
            present = tuple(part for part in parts if part is not None)
            return AnyOf(present) if parts and len(present) == len(parts) else None
        case "not":
            part = condition(frame, entry.value)
            return Not(part) if part is not None else None
        case "another_line":
            return _exists(frame, entry)
        case "no_other_line":
            exists = _exists(frame, entry)
            return Not(exists) if exists is not None else None
        case "in_table":
            return _in_table(frame, entry.value)
        case _:
            return _subject(frame, entry)


def _listed(frame: Frame, entry: Entry) -> list[Condition | None]:
    items = frame.reading.items(entry.value, f"`{entry.key.text}`")
    if isinstance(entry.value, SequenceNode) and not items:
        frame.reading.error("empty-list", f"`{entry.key.text}` is empty", entry.value, "list at least one condition")
    return [condition(frame, item) for item in items]


def _subject(frame: Frame, entry: Entry) -> Condition | None:
    subject = frame.subject(entry.key)
    match subject:
        case None:
            return None
        case Derived():
            return _derived(frame, subject, entry)
        case _:
            return test(frame, subject, entry.value)


def _derived(frame: Frame, derived: Derived, entry: Entry) -> Condition | None:
    node = entry.value
    if not isinstance(node, ScalarNode) or not node.plain or node.text not in ("true", "false"):
        message = f"{quoted(derived.fact)} is a derived fact: it holds or does not"
        frame.reading.error("type", message, node, f"write `{derived.fact}: true` or `{derived.fact}: false`")
        return None
    return derived if node.text == "true" else Not(derived)


# --- other lines --------------------------------------------------------------------------------


def _exists(frame: Frame, entry: Entry) -> Exists | None:
    if frame.in_look:
        message = f"`{entry.key.text}` stands inside a look at another line"
        frame.reading.error("nested-look", message, entry.key, LOOKS)
        return None
    found = frame.reading.mapping(entry.value, f"`{entry.key.text}`")
    if found is None:
        return None
    where = [each for each in found.entries if each.key.text not in LOOK.names]
    built = look(frame, found, conjunction(frame.look(), where))
    return Exists(built) if built is not None else None


def look(frame: Frame, node: MappingNode, where: Condition | None) -> Look | None:
    """The keys and the window of a look, around a condition on the other line."""
    before = len(frame.reading.problems)
    keys = {entry.key.text: entry.value for entry in node.entries}
    if "same" not in keys:
        message = "a look at other lines needs `same`: the fields in which they equal the judged line"
        frame.reading.error("missing-key", message, node, "add `same: [patient, service_date]`, or `same: [patient]`")
    same = _keys(frame, keys.get("same"), "same")
    differs = _keys(frame, keys.get("differs"), "differs")
    for name in [field.name for field in differs if field in same]:
        message = f"{quoted(name)} cannot be both the same and different"
        frame.reading.error("same-and-differs", message, node, "take it out of `same` or `differs`")
    within = _window(frame, keys["within"]) if "within" in keys else None
    position = frame.reading.word(keys.get("position"), ("before", "after"), "a position")
    if where is None or len(frame.reading.problems) > before or not same:
        return None
    return Look(where, same, differs, within, Position(position) if position is not None else None)


def _keys(frame: Frame, node: Node | None, key: str) -> tuple[FieldOf, ...]:
    items = frame.reading.items(node, f"`{key}`")
    if isinstance(node, SequenceNode) and not items and key == "same":
        help = "add `same: [patient, service_date]`, or `same: [patient]`"
        frame.reading.error("empty-list", "`same` needs at least one field", node, help)
    found: dict[str, FieldOf] = {}
    for item in items:
        name = frame.reading.scalar(item, f"a field in `{key}`")
        field = frame.key(name) if name is not None else None
        if field is not None and field.name in found and name is not None:
            frame.reading.error(
                "duplicate-name", f"{quoted(field.name)} stands twice in `{key}`", name, "remove one of them"
            )
        elif field is not None:
            found[field.name] = field
    return tuple(found.values())


def _window(frame: Frame, node: Node) -> Window | None:
    if not isinstance(node, MappingNode):
        help_words = (*SPANS, "{days: 14, before: true}")
        span = frame.reading.scalar(node, "`within`")
        if span is not None and span.text not in SPANS:
            frame.reading.error(
                "value", f"`within` is never {quoted(span.text)}", span, suggestion(span.text, help_words, "`within`")
            )
            return None
        return Window(Span(span.text)) if span is not None else None
    keys = frame.reading.keys(node, WITHIN)
    if keys is None or "days" not in keys:
        return None
    days = value(frame, keys["days"], Want(ValueType.NUMBER, "the length of a window"))
    if isinstance(days, Literal) and not (isinstance(days.value, int) and 0 <= days.value <= DAYS_LIMIT):
        message = f"the length of a window is a whole number of days from 0 to {DAYS_LIMIT:,}"
        frame.reading.error("number", message, keys["days"], "correct the number")
        return None
    before = frame.reading.boolean(keys.get("before"), "`before`")
    after = frame.reading.boolean(keys.get("after"), "`after`")
    if "before" not in keys and "after" not in keys:
        before = after = True
    if not before and not after and days is not None:
        message = "this window reaches neither before nor after the line"
        frame.reading.error(
            "value", message, node, "write `within: day` for the same day, or set before or after to true"
        )
        return None
    return Window(Span.DAYS, days, bool(before), bool(after)) if days is not None else None


# --- tables -------------------------------------------------------------------------------------


def _in_table(frame: Frame, node: Node) -> Condition | None:
    before = len(frame.reading.problems)
    keys = frame.reading.keys(node, IN_TABLE)
    if keys is None or "table" not in keys or "key" not in keys:
        return None
    table = frame.names.tables.table(keys["table"])
    key = table_key(frame, table, keys["key"])
    on = table_date(frame, keys.get("on"))
    where: list[tuple[str, CodeSet | tuple[Scalar, ...]]] = []
    if "where" in keys:
        entries = frame.reading.entries(keys["where"], "`where`")
        for entry in entries:
            type_ = frame.names.tables.column(table, entry.key) if table is not None else None
            among = (
                members(frame, type_, f"the column {entry.key.text}", (), entry.value) if type_ is not None else None
            )
            if among is not None:
                where.append((entry.key.text, among))
        if isinstance(keys["where"], MappingNode) and not entries:
            frame.reading.error(
                "empty-list", "`where` tests no column", keys["where"], "name a column, or remove `where`"
            )
    if table is None or key is None or on is None or len(frame.reading.problems) > before:
        return None
    return InTable(table, key, on, tuple(where))


def table_key(frame: Frame, table: str | None, node: Node) -> tuple[tuple[str, Value], ...] | None:
    """The columns that pick a row of a table, each with its value."""
    found = frame.reading.mapping(node, "`key`")
    if found is None:
        return None
    if not found.entries:
        frame.reading.error("empty-list", "`key` names no column", found, "write key: {column: {field: procedure}}")
        return None
    key: list[tuple[str, Value]] = []
    for entry in found.entries:
        type_ = frame.names.tables.column(table, entry.key) if table is not None else None
        what = f"the column {entry.key.text}"
        wanted = type_ if isinstance(entry.value, ScalarNode) or _takes_type(entry.value) else None
        built = one_line(frame, value(frame, entry.value, Want(wanted, what) if wanted else ANYTHING), entry.value)
        if built is None or type_ is None:
            continue
        if built.type is not type_ and not (type_ is ValueType.CODE and built.type is ValueType.CODES):
            message = f"{what} of {table} holds {A[type_]}, but this is {A[built.type]}"
            help = f"declare the column in the table as {built.type.value}, or compare another field"
            frame.reading.error("type", message, entry.value, help)
            continue
        key.append((entry.key.text, built))
    return tuple(key) if len(key) == len(found.entries) else None


def table_date(frame: Frame, node: Node | None) -> Value | None:
    """The date on which a row must be in force, of the judged line."""
    if node is None:
        return SERVICE_DATE
    built = value(frame, node, Want(ValueType.DATE, "`on`"))
    if built is not None and Side.OTHER in sides(built):
        help = "write {line: service_date}, or another date of the judged line"
        frame.reading.error("mixed-lines", "`on` must be a date of the judged line", node, help)
        return None
    return built


def _takes_type(node: Node) -> bool:
    return isinstance(node, MappingNode) and len(node.entries) == 1 and node.entries[0].key.text == "param"
