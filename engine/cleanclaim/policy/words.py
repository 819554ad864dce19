"""Conditions, values and lets in words, close to how their policy writes them."""

from __future__ import annotations

from collections.abc import Iterable

from cleanclaim.claims.model import Scalar
from cleanclaim.policy.model import (
    All,
    Allowance,
    AnyOf,
    Call,
    CodeSet,
    Compare,
    Condition,
    Dated,
    Derived,
    Exists,
    FieldOf,
    Function,
    HasAny,
    InTable,
    IsMissing,
    Let,
    LetOf,
    Literal,
    Look,
    Lookup,
    Member,
    Not,
    Op,
    Side,
    Span,
    Total,
    Value,
    Window,
)

_OPS = {Op.EQ: "is", Op.LT: "<", Op.LE: "≤", Op.GT: ">", Op.GE: "≥"}
_INFIX = {Function.ADD: "+", Function.SUBTRACT: "−", Function.MULTIPLY: "×"}
_SHOWN_CODES = 8


def of_condition(condition: Condition) -> str:
    """One line of words for a condition; parts of ``all`` and ``any`` are joined."""
    match condition:
        case All(()):
            return "always"
        case AnyOf(()):
            return "never"
        case All(parts):
            return " and ".join(map(_bracketed, parts))
        case AnyOf(parts):
            return " or ".join(map(_bracketed, parts))
        case Not(Exists(look)):
            return f"no other line: {of_look(look)}"
        case Not(Compare(left, Op.EQ, right)):
            return f"{of_value(left)} is not {of_value(right)}"
        case Not(Member(value, among)):
            return f"{of_value(value)} is none of {_among(among)}"
        case Not(HasAny(value, among)):
            return f"{of_value(value)} has none of {_among(among)}"
        case Not(IsMissing(value)):
            return f"{of_value(value)} is given"
        case Not(part):
            return f"not {_bracketed(part)}"
        case Compare(left, op, right):
            return f"{of_value(left)} {_OPS[op]} {of_value(right)}"
        case Member(value, among):
            return f"{of_value(value)} is one of {_among(among)}"
        case HasAny(value, among):
            return f"{of_value(value)} has any of {_among(among)}"
        case IsMissing(value):
            return f"{of_value(value)} is missing"
        case Derived(fact, side):
            return f"{_whose(side)}{fact} holds"
        case Exists(look):
            return f"another line: {of_look(look)}"
        case InTable(table, key, on, where):
            tests = "".join(f", {column} one of {_among(among)}" for column, among in where)
            keys = ", ".join(f"{column} = {of_value(value)}" for column, value in key)
            return f"table {table} has a row with {keys}{tests} in force on {of_value(on)}"


def of_look(look: Look) -> str:
    """The keys, window and condition of a look."""
    words = [f"same {', '.join(key.name for key in look.same)}"]
    if look.differs:
        words.append(f"different {', '.join(key.name for key in look.differs)}")
    if look.within is not None:
        words.append(_window(look.within))
    if look.position is not None:
        words.append(f"standing {look.position.value} this line")
    if look.where != All(()):
        words.append(of_condition(look.where))
    return "; ".join(words)


def of_value(value: Value) -> str:
    """A field by its name, a constant as it is, a function as it is written."""
    match value:
        case Literal(constant, _):
            return _constant(constant)
        case Dated(name, _):
            return f"{name} (by date)"
        case FieldOf(name, _, side):
            return f"{_whose(side)}{name}"
        case LetOf(name):
            return name
        case Call(function, (left, right)) if function in _INFIX:
            return f"({of_value(left)} {_INFIX[function]} {of_value(right)})"
        case Call(function, arguments):
            return f"{function.value}({', '.join(map(of_value, arguments))})"


def of_let(let: Let) -> str:
    """What a let computes."""
    match let:
        case Total(measure, look):
            return f"total {measure.value} of lines: {of_look(look)}"
        case Allowance(method, look, whole):
            share = "in all" if whole else "for the line's code"
            return f"units that {of_value(method)} allows {share}, of lines: {of_look(look)}"
        case Lookup(table, column, key, on):
            keys = ", ".join(f"{column_} = {of_value(value)}" for column_, value in key)
            return f"{column} of table {table} where {keys}, in force on {of_value(on)}"
        case _:
            return of_value(let)


def _bracketed(condition: Condition) -> str:
    words = of_condition(condition)
    return f"({words})" if isinstance(condition, All | AnyOf) and len(condition.parts) > 1 else words


def _among(among: CodeSet | tuple[Scalar, ...]) -> str:
    if isinstance(among, tuple):
        return _short(map(_constant, among))
    entries = (
        *sorted(among.codes),
        *(f"{low}-{high}" for low, high in among.ranges),
        *(f"{prefix}*" for prefix in among.prefixes),
    )
    return f"{among.name} ({_short(entries)})" if among.name else _short(entries)


def _short(entries: Iterable[str]) -> str:
    whole = list(entries)
    more = f" and {len(whole) - _SHOWN_CODES} more" if len(whole) > _SHOWN_CODES else ""
    return (", ".join(whole[:_SHOWN_CODES]) or "nothing") + more


def _constant(constant: Scalar) -> str:
    return str(constant).lower() if isinstance(constant, bool) else str(constant)


def _whose(side: Side) -> str:
    return "its " if side is Side.OTHER else ""


def _window(window: Window) -> str:
    if window.span is not Span.DAYS or window.days is None:
        return f"within the {window.span.value.replace('_', ' ')}"
    sides = " or ".join(word for word, wanted in (("before", window.before), ("after", window.after)) if wanted)
    return f"within {of_value(window.days)} days {sides}"
