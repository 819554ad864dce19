"""The names of one policy: what a field, fact, let, param, set or table name means where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.policy.codesets import CodeSets
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.model import Call, Dated, Derived, FieldOf, LetOf, Literal, Side, Value
from cleanclaim.policy.reading import Reading, suggestion
from cleanclaim.policy.scalars import A, Want, constant
from cleanclaim.policy.table_names import TableNames
from cleanclaim.policy.tree import ScalarNode

LOOKS = "derive a fact for it, and test that fact"


@dataclass(frozen=True, slots=True)
class Param:
    """A param as written: (first date, value); one entry without a date where it never changes."""

    entries: tuple[tuple[date | None, ScalarNode], ...]
    type: ValueType


@dataclass(frozen=True, slots=True)
class LetName:
    """What is known of a let by its name. ``type`` is ``None`` for one that is broken.

    ``looks``: it rests on other lines. ``phi``: it shows what may not be printed.
    """

    type: ValueType | None
    looks: bool = False
    phi: bool = False


@dataclass(frozen=True, slots=True)
class Defined:
    """A value of one line that the policy names under `define`, where a condition speaks of it."""

    name: str
    value: Value

    @property
    def type(self) -> ValueType:
        return self.value.type


@dataclass(frozen=True)
class Names:
    """The names of a policy. A ``None`` stands for one whose definition is broken."""

    reading: Reading
    facts: Mapping[str, ValueType | None]
    derived: frozenset[str]
    params: Mapping[str, Param | None]
    sets: CodeSets
    tables: TableNames
    defined: dict[str, Value | None] = field(default_factory=dict)
    params_built: dict[tuple[str, ValueType, tuple[str, ...]], Literal | Dated | None] = field(default_factory=dict)
    """Params as the types that they were wanted as: a long list of dates is read once."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Fields and declared facts."""
        return (*BY_NAME, *self.facts)


@dataclass(frozen=True)
class Frame:
    """Where a condition or value stands: in which rule, and on which of two lines.

    ``lets`` are those of the rule that are named so far, ``later`` those still to come.
    """

    names: Names
    lets: Mapping[str, LetName] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    in_look: bool = False
    params_as: dict[str, ValueType] = field(default_factory=dict)
    """The types that this rule's params were used as; its message shows them so."""

    @property
    def reading(self) -> Reading:
        return self.names.reading

    @property
    def side(self) -> Side:
        """The line in whose condition this stands."""
        return Side.OTHER if self.in_look else Side.LINE

    def look(self) -> Frame:
        """The same rule, in a condition on another line."""
        return replace(self, in_look=True)

    def with_lets(self, lets: Mapping[str, LetName], later: frozenset[str]) -> Frame:
        """The same place once some lets are named."""
        return replace(self, lets=lets, later=later)

    # --- what names mean -----------------------------------------------------------------------

    def subject(self, node: ScalarNode) -> FieldOf | LetOf | Defined | Derived | None:
        """What a condition's key speaks of."""
        name = node.text
        found = self.known_field(name, self.side)
        if found is not None or name in self.names.facts:
            return found
        if name in self.names.defined:
            value = self._defined(name, self.side)
            return Defined(name, value) if value is not None else None
        if name in self.names.derived:
            return Derived(name, self.side)
        if name in self.lets or name in self.later:
            if self.in_look:
                message = f"{quoted(name)} is a let of the judged line; the subject here is the other line"
                self.reading.error(
                    "let-in-look", message, node, f"compare a field of the other line with {{line: {name}}}"
                )
                return None
            return self.let(node)
        known = (
            *self.names.subjects,
            *self.names.defined,
            *sorted(self.names.derived),
            *(() if self.in_look else self.lets),
        )
        self._unknown(node, known)
        return None

    def field(self, node: ScalarNode, side: Side) -> Value | None:
        """A field, declared fact or defined value, where a value is wanted."""
        if node.text in self.names.defined:
            return self._defined(node.text, side)
        found = self.known_field(node.text, side)
        if found is None and node.text not in self.names.facts:
            if node.text in self.names.derived:
                help = "use it as a condition of its own: `{" + node.text + ": true}`"
                self.reading.error("type", f"{quoted(node.text)} is a derived fact, not a value", node, help)
            elif node.text in self.lets or node.text in self.later:
                message = f"{quoted(node.text)} is a let, not a field"
                self.reading.error("unknown-field", message, node, f"write {{let: {node.text}}}")
            else:
                self._unknown(node, (*self.names.subjects, *self.names.defined))
        return found

    def key(self, node: ScalarNode) -> FieldOf | None:
        """A field or declared fact by which lines are compared."""
        found = self.field(node, Side.LINE)
        if found is None or isinstance(found, FieldOf):
            return found
        message = f"{quoted(node.text)} is computed; lines are compared by fields"
        self.reading.error("type", message, node, "compare it in a condition, with {line: " + node.text + "}")
        return None

    def _defined(self, name: str, side: Side) -> Value | None:
        value = self.names.defined[name]
        return on_side(value, side) if value is not None else None

    def known_field(self, name: str, side: Side) -> FieldOf | None:
        """A field or declared fact by its name, or ``None``."""
        spec = BY_NAME.get(name)
        if spec is not None:
            return FieldOf(name, spec.type, side)
        type_ = self.names.facts.get(name)
        return FieldOf(name, type_, side, declared=True) if type_ is not None else None

    def let(self, node: ScalarNode) -> LetOf | None:
        """A let that is named before this place."""
        found = self.lets.get(node.text)
        if found is None:
            if node.text in self.later:
                message = f"the let {quoted(node.text)} is named only after its use here"
                self.reading.error("unknown-let", message, node, "move it up, before this one")
            else:
                field = f"write {{field: {node.text}}}" if self.known_field(node.text, self.side) else None
                self.reading.unknown("let", node, self.lets, otherwise=field)
            return None
        if found.type is None:
            return None
        if self.in_look and found.looks:
            message = f"{quoted(node.text)} looks at other lines itself, so it cannot be used inside a look"
            self.reading.error("nested-look", message, node, LOOKS)
            return None
        return LetOf(node.text, found.type)

    def param(self, node: ScalarNode, want: Want) -> Literal | Dated | None:
        """A param as the type that is wanted, or by its look where none is."""
        if node.text not in self.names.params:
            self.reading.unknown("param", node, self.names.params, once=True)
            return None
        param = self.names.params[node.text]
        if param is None:
            return None
        type_ = want.type or param.type
        if not _fits(param.type, type_):
            message = f"the param {quoted(node.text)} is {A[param.type]}, but {want.what} is {A[type_]}"
            self.reading.error(
                "type", message, node, f"give the param a value that is {A[type_]}, or compare another field"
            )
            return None
        self.params_as[node.text] = type_
        key = (node.text, type_, want.values)
        if key not in self.names.params_built:
            self.names.params_built[key] = self._param(node.text, param, Want(type_, want.what, want.values))
        return self.names.params_built[key]

    def _param(self, name: str, param: Param, want: Want) -> Literal | Dated | None:
        entries = []
        for day, value in param.entries:
            found = constant(self.reading, value, want)
            if found is None:
                return None
            entries.append((day, found))
        assert want.type is not None
        if len(entries) == 1:
            return Literal(entries[0][1], want.type)
        return Dated(name, tuple((day, found) for day, found in entries if day is not None), want.type)

    def _unknown(self, node: ScalarNode, known: tuple[str, ...]) -> None:
        help = suggestion(node.text, known, "")
        if not help.startswith("did you mean"):
            help = "use a field of the catalogue, or declare it under `facts`, `derive` or `let`"
        self.reading.error("unknown-field", f"unknown field {quoted(node.text)}", node, help)


def on_side(value: Value, side: Side) -> Value:
    """A value of the judged line as one of the line that is meant."""
    match value:
        case FieldOf():
            return replace(value, side=side)
        case Call():
            return replace(value, arguments=tuple(on_side(each, side) for each in value.arguments))
        case _:
            return value


def _fits(found: ValueType, wanted: ValueType) -> bool:
    match wanted:
        case ValueType.CODE | ValueType.TEXT:
            return True
        case ValueType.MONEY:
            return found is ValueType.NUMBER
        case _:
            return found is wanted
