"""Value nodes to typed values: constants, names, and functions of values."""

from __future__ import annotations

from collections.abc import Sequence

from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.condition_keys import MOST_TERMS, VALUES
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.keys import METHODS
from cleanclaim.policy.model import Call, Dated, FieldOf, Function, LetOf, Literal, Side, Value
from cleanclaim.policy.names import Frame
from cleanclaim.policy.reading import described, suggestion
from cleanclaim.policy.scalars import ANYTHING, A, Want, constant, inferred
from cleanclaim.policy.tree import Entry, MappingNode, Node, ScalarNode, SequenceNode
from cleanclaim.policy.visit import leaves

_T = ValueType
METHOD = Want(_T.TEXT, "a method of counting units", METHODS)
ARITHMETIC = ("+", "-", "*", "/")
_ARGUMENTS: dict[str, tuple[tuple[Want, ...], ValueType]] = {
    "days_between": ((Want(_T.DATE, "this argument"), Want(_T.DATE, "this argument")), _T.NUMBER),
    "years_between": ((Want(_T.DATE, "this argument"), Want(_T.DATE, "this argument")), _T.NUMBER),
    "months_after": ((Want(_T.DATE, "this argument"), Want(_T.NUMBER, "this argument")), _T.DATE),
    "timed_units": ((Want(_T.NUMBER, "this argument"), METHOD), _T.NUMBER),
    "count": ((Want(_T.CODES, "this argument"),), _T.NUMBER),
    "distinct": ((Want(_T.CODES, "this argument"),), _T.NUMBER),
    "first": ((Want(_T.CODES, "this argument"),), _T.CODE),
    "valid_npi": ((Want(_T.TEXT, "this argument"),), _T.BOOLEAN),
    "next_weekday": ((Want(_T.DATE, "this argument"),), _T.DATE),
}
_SUMS = {
    (Function.ADD, _T.NUMBER, _T.NUMBER): _T.NUMBER,
    (Function.ADD, _T.MONEY, _T.MONEY): _T.MONEY,
    (Function.ADD, _T.DATE, _T.NUMBER): _T.DATE,
    (Function.SUBTRACT, _T.NUMBER, _T.NUMBER): _T.NUMBER,
    (Function.SUBTRACT, _T.MONEY, _T.MONEY): _T.MONEY,
    (Function.SUBTRACT, _T.DATE, _T.NUMBER): _T.DATE,
    (Function.MULTIPLY, _T.NUMBER, _T.NUMBER): _T.NUMBER,
    (Function.MULTIPLY, _T.MONEY, _T.NUMBER): _T.MONEY,
    (Function.MULTIPLY, _T.NUMBER, _T.MONEY): _T.MONEY,
    (Function.DIVIDE, _T.NUMBER, _T.NUMBER): _T.NUMBER,
    (Function.DIVIDE, _T.MONEY, _T.NUMBER): _T.MONEY,
    (Function.DIVIDE, _T.MONEY, _T.MONEY): _T.NUMBER,
}


def value(frame: Frame, node: Node, want: Want = ANYTHING) -> Value | None:
    """A value of the wanted type."""
    match node:
        case ScalarNode():
            found = constant(frame.reading, node, want)
            return Literal(found, want.type or inferred(node)) if found is not None else None
        case SequenceNode():
            help = "compare with one value, or use `in` or `has_any` for a list"
            frame.reading.error("type", f"{want.what} is one value here, not a list", node, help)
            return None
        case MappingNode():
            entry = single(frame, node)
            built = _named(frame, entry, want) if entry is not None else None
            return fitting(frame, built, node, want)


def fitting(frame: Frame, built: Value | None, node: Node, want: Want) -> Value | None:
    """The value if it is of the wanted type; else reports that it is not."""
    if built is None or want.type is None or built.type is want.type:
        return built
    message = f"{_called(node)} is {A[built.type]}, but {want.what} is {A[want.type]}"
    frame.reading.error("type", message, node, _type_help(built.type, want.type))
    return None


def one_line(frame: Frame, built: Value | None, node: Node) -> Value | None:
    """The value if it speaks of one line alone; else reports that it mixes the two."""
    if built is None or not frame.in_look or len(sides(built)) < 2:
        return built
    message = "this value mixes the judged line with the other line"
    help = "compute the judged line's part in a `let` and compare the other line's part with {line: that_let}"
    frame.reading.error("mixed-lines", message, node, help)
    return None


def sides(built: Value) -> set[Side]:
    """The lines that a value speaks of; a dated param depends on the judged line's date."""
    found: set[Side] = set()
    for leaf in leaves(built):
        match leaf:
            case FieldOf(_, _, side):
                found.add(side)
            case LetOf() | Dated():
                found.add(Side.LINE)
    return found


def is_value(node: Node) -> bool:
    """Whether a mapping is a value rather than a test with operators."""
    return isinstance(node, MappingNode) and any(entry.key.text in VALUES.names for entry in node.entries)


def single(frame: Frame, node: MappingNode) -> Entry | None:
    """The one entry of a value mapping."""
    for entry in node.entries:
        if entry.key.text not in VALUES.names:
            help = suggestion(entry.key.text, VALUES.names, "a value", "keys")
            frame.reading.error("unknown-key", f"a value has no key {quoted(entry.key.text)}", entry.key, help)
            return None
    if len(node.entries) != 1:
        help = "write one of {field: …}, {param: …}, {let: …}, {line: …} or a function"
        frame.reading.error("value", "a value has exactly one key", node, help)
        return None
    return node.entries[0]


def _named(frame: Frame, entry: Entry, want: Want) -> Value | None:
    key = entry.key.text
    if key in ARITHMETIC:
        return _arithmetic(frame, Function(key), entry, want)
    if key in _ARGUMENTS:
        wants, type_ = _ARGUMENTS[key]
        nodes = _arguments(frame, entry, len(wants), len(wants))
        arguments = [_argument(frame, key, node, each) for node, each in zip(nodes, wants, strict=False)]
        return _call(Function(key), arguments, type_) if nodes else None
    name = frame.reading.scalar(entry.value, f"the name in `{key}`")
    if name is None:
        return None
    match key:
        case "param":
            return frame.param(name, want)
        case "let":
            return frame.let(name)
        case "line":
            return _of_judged_line(frame, entry.key, name)
        case _:
            return frame.field(name, frame.side)


def _argument(frame: Frame, function: str, node: Node, want: Want) -> Value | None:
    if want.type is _T.CODES and isinstance(node, ScalarNode):
        message = f"{quoted(node.text)} is one value, but `{function}` takes a list of codes"
        frame.reading.error("type", message, node, "write the field that holds the list, as {field: modifiers}")
        return None
    return value(frame, node, want)


def _of_judged_line(frame: Frame, key: ScalarNode, name: ScalarNode) -> Value | None:
    if not frame.in_look:
        help = f"write {{field: {name.text}}}, or {{let: {name.text}}} for a let"
        frame.reading.error(
            "line-outside-look", "`line` means the judged line inside a look at another line", key, help
        )
        return None
    if name.text in frame.lets or name.text in frame.later:
        return frame.let(name)
    return frame.field(name, Side.LINE)


def _arguments(frame: Frame, entry: Entry, least: int, most: int) -> Sequence[Node]:
    what = f"`{entry.key.text}`"
    wanted = "one value" if most == 1 else f"{least} values" if least == most else f"{least} to {most} values"
    if not isinstance(entry.value, SequenceNode):
        message = f"{what} takes a list of {wanted}, not {described(entry.value)}"
        help = f"write {what[1:-1]}: [{'…' if most == 1 else 'a, b'}]"
        frame.reading.error("type", message, entry.value, help)
        return ()
    items = entry.value.items
    if not least <= len(items) <= most:
        frame.reading.error("arguments", f"{what} takes {wanted}, not {len(items)}", entry.value, "correct the list")
        return ()
    return items


def _arithmetic(frame: Frame, function: Function, entry: Entry, want: Want) -> Value | None:
    """A constant or param among the arguments is money or a number as the others require."""
    nodes = _arguments(frame, entry, 2, MOST_TERMS if function is Function.ADD else 2)
    fixed = {at: value(frame, node) for at, node in enumerate(nodes) if not _flexible(node)}
    types = {found.type for found in fixed.values() if found is not None}
    if not nodes or None in fixed.values():
        return None
    arguments: list[Value | None] = []
    for at, node in enumerate(nodes):
        if at in fixed:
            arguments.append(fixed[at])
        else:
            arguments.append(value(frame, node, Want(_flexible_type(function, types, want.type, at, node), "this sum")))
    if None in arguments:
        return None
    whole: Value | None = arguments[0]
    for argument in arguments[1:]:
        assert whole is not None and argument is not None
        type_ = _SUMS.get((function, whole.type, argument.type))
        if type_ is None:
            message = f"`{function.value}` does not take {A[whole.type]} and {A[argument.type]}"
            help = "add numbers, or money, or days to a date; for days between two dates use days_between"
            if function is Function.DIVIDE:
                help = "divide a number by a number, or money by a number or by money"
            frame.reading.error("type", message, entry.key, help)
            return None
        whole = Call(function, (whole, argument), type_)
    return whole


def _flexible(node: Node) -> bool:
    """Whether a value takes its type from its surroundings."""
    if isinstance(node, ScalarNode):
        return True
    if not isinstance(node, MappingNode) or len(node.entries) != 1:
        return False
    entry = node.entries[0]
    if entry.key.text in ARITHMETIC and isinstance(entry.value, SequenceNode):
        return all(_flexible(item) for item in entry.value.items)
    return entry.key.text == "param"


def _flexible_type(
    function: Function, types: set[ValueType], wanted: ValueType | None, at: int, node: Node
) -> ValueType | None:
    if function is Function.DIVIDE:
        if at == 0:
            return _T.MONEY if wanted is _T.MONEY or _T.MONEY in types else _T.NUMBER
        return _T.MONEY if types == {_T.MONEY} and wanted is _T.NUMBER else _T.NUMBER
    money = _T.MONEY in types or (not types and wanted is _T.MONEY)
    if function is Function.MULTIPLY:
        # One factor of an amount of money is money: the constant where the other is a number.
        first = not types and at == 0
        return _T.MONEY if wanted is _T.MONEY and (first or types == {_T.NUMBER}) else _T.NUMBER
    if _T.DATE in types or wanted is _T.DATE:
        return _T.DATE if at == 0 else _T.NUMBER
    if money:
        return _T.MONEY
    return None if isinstance(node, ScalarNode) or at == 0 else _T.NUMBER


def _call(function: Function, arguments: Sequence[Value | None], type_: ValueType) -> Call | None:
    present = tuple(argument for argument in arguments if argument is not None)
    return Call(function, present, type_) if len(present) == len(arguments) else None


def _called(node: Node) -> str:
    if isinstance(node, MappingNode) and len(node.entries) == 1:
        entry = node.entries[0]
        name = entry.value.text if isinstance(entry.value, ScalarNode) else "…"
        return quoted(f"{entry.key.text}: {name}")
    return "this value"


def _type_help(found: ValueType, wanted: ValueType) -> str:
    if {found, wanted} == {_T.NUMBER, _T.MONEY}:
        return "only a number written in the policy is read as dollars; compare two amounts, or two numbers"
    if wanted is _T.NUMBER and found is _T.DATE:
        return "for a number of days use days_between: [a, b]"
    return f"compare it with {A[found]}, or put {A[wanted]} here"
