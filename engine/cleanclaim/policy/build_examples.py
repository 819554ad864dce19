"""Test nodes to examples with whole claim lines, which stand beside the rules and are run on every engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import FactValue, Line, Status
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.keys import TEST
from cleanclaim.policy.model import PolicyTest
from cleanclaim.policy.names import Names
from cleanclaim.policy.reading import described, is_null, suggestion
from cleanclaim.policy.scalars import Want, code, constant
from cleanclaim.policy.tree import Entry, MappingNode, Node, ScalarNode, SequenceNode

Expected = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Examples:
    """Builds the tests of one policy. ``rules`` are its ids, ``defaults`` what lines leave out."""

    names: Names
    rules: tuple[str, ...]
    switched_off: tuple[str, ...]
    defaults: Mapping[str, FactValue]

    def test(self, node: Node) -> PolicyTest | None:
        """One test."""
        reading = self.names.reading
        keys = reading.keys(node, TEST)
        if keys is None:
            return None
        problems = len(reading.problems)
        name = reading.text(keys.get("name"), "a test's name")
        as_of = reading.date(keys.get("as_of"), "`as_of`")
        lines = self._lines(keys.get("lines"), "lines", {"claim": "T1"}, Status.CLAIM, 1)
        if "lines" in keys and isinstance(keys["lines"], SequenceNode) and not keys["lines"].items:
            reading.error(
                "empty-list",
                "a test needs at least one line",
                keys["lines"],
                "write a line, such as {procedure: 97124}",
            )
        history = self._lines(keys.get("history"), "history", {"claim": "H1"}, Status.HISTORY, 1)
        log = self._lines(keys.get("log"), "log", {"claim": "T1"}, Status.LOG, len(lines) + 1)
        self._unique(keys, (*lines, *history, *log), judged=len(lines))
        numbers = frozenset(line.line for line in lines if line is not None)
        if None in lines:
            numbers = frozenset()
        expect, needs, bypassed = (
            self._expected(keys.get(key), key, numbers) for key in ("expect", "needs_info", "bypassed")
        )
        not_evaluated = tuple(self._rules(keys.get("not_evaluated"), "`not_evaluated`"))
        withheld = tuple(
            table
            for item in reading.items(keys.get("without_tables"), "`without_tables`")
            if (table := self.names.tables.table(item)) is not None
        )
        if name is None or len(reading.problems) > problems:
            return None
        whole = tuple(line for line in (*lines, *history, *log) if line is not None)
        place = f"{node.source.path}:{node.line + 1}"
        return PolicyTest(name, whole, expect, needs, bypassed, not_evaluated, withheld, as_of, place)

    # --- lines ----------------------------------------------------------------------------------

    def _lines(
        self, node: Node | None, what: str, own: Mapping[str, FactValue], status: Status, first: int
    ) -> list[Line | None]:
        items = self.names.reading.items(node, f"`{what}`")
        return [self._line(item, {**self.defaults, **own}, status, first + at) for at, item in enumerate(items)]

    def _line(self, node: Node, defaults: Mapping[str, FactValue], status: Status, number: int) -> Line | None:
        reading = self.names.reading
        found = reading.mapping(node, "a line of a test")
        if found is None:
            return None
        problems = len(reading.problems)
        values: dict[str, FactValue | None] = {**defaults, "line": number}
        facts: dict[str, FactValue] = {}
        for key, value in _flat(found):
            if key.text in BY_NAME:
                values[BY_NAME[key.text].attribute] = self._field(key, value)
            elif key.text in self.names.facts:
                fact = self._value(value, Want(self.names.facts[key.text], key.text))
                if fact is not None:
                    facts[key.text] = fact
            else:
                self._unknown(key)
        if len(reading.problems) > problems:
            return None
        values.setdefault("service_through", values["service_date"])
        place = f"{node.source.path}:{node.line + 1}"
        first, last = values["service_date"], values["service_through"]
        if isinstance(first, date) and isinstance(last, date) and last < first:
            reading.error(
                "date-order", f"the service ends on {last} before it begins on {first}", node, "correct the dates"
            )
            return None
        return Line(**values, facts=facts, status=status, source=place)  # type: ignore[arg-type]

    def _field(self, key: ScalarNode, node: Node) -> FactValue | None:
        spec, reading = BY_NAME[key.text], self.names.reading
        if is_null(node):
            if not spec.nullable:
                help = "write []" if spec.type is ValueType.CODES else "write a value, or leave the field out"
                reading.error(
                    "empty-value", f"{spec.name} is never missing from a claim", node if node.length > 1 else key, help
                )
            return None
        value = self._value(node, Want(spec.type, spec.name, spec.values))
        if spec.name == "line" and value is not None and not (isinstance(value, int) and value >= 1):
            reading.error("number", "a line number is a whole number from 1", node, "correct the number")
        return value

    def _value(self, node: Node, want: Want) -> FactValue | None:
        """A value of a field or fact; ``null`` writes that it is missing."""
        reading = self.names.reading
        if is_null(node) or want.type is None:
            return None
        if want.type is ValueType.CODES:
            items = node.items if isinstance(node, SequenceNode) else (node,)
            scalars = [reading.scalar(item, f"a code of {want.what}") for item in items]
            codes = [code(reading, scalar) for scalar in scalars if scalar is not None]
            return tuple(each for each in codes if each is not None)
        if not isinstance(node, ScalarNode):
            message = f"{want.what} holds one value, not {described(node)}"
            reading.error("type", message, node, "write the value alone")
            return None
        return constant(reading, node, want)

    def _unknown(self, key: ScalarNode) -> None:
        help = suggestion(key.text, self.names.subjects, "")
        if not help.startswith("did you mean"):
            help = "use a field of the catalogue, or declare it under `facts`"
        self.names.reading.error("unknown-field", f"unknown field {quoted(key.text)}", key, help)

    def _unique(self, keys: Mapping[str, Node], lines: tuple[Line | None, ...], judged: int) -> None:
        """Line numbers name findings in `expect`, so no two judged lines share one."""
        seen: set[object] = set()
        nodes = [
            item
            for key in ("lines", "history", "log")
            if isinstance(node := keys.get(key), SequenceNode)
            for item in node.items
        ]
        for at, (line, node) in enumerate(zip(lines, nodes, strict=False)):
            if line is None:
                continue
            names: tuple[object, ...] = (
                ((line.claim, line.line), line.line) if at < judged else ((line.claim, line.line),)
            )
            if any(name in seen for name in names):
                message = f"two lines of this test have the number {line.line}"
                self.names.reading.error("duplicate-line", message, node, "give each its own number with `line`")
            seen.update(names)

    # --- what is expected -----------------------------------------------------------------------

    def _expected(self, node: Node | None, what: str, numbers: frozenset[int]) -> Expected:
        reading = self.names.reading
        expected: Expected = {}
        for entry in reading.entries(node, f"`{what}`"):
            self._known_rule(entry.key)
            found = [
                self._number(item, numbers)
                for item in reading.items(entry.value, f"the line numbers of {entry.key.text}")
            ]
            if isinstance(entry.value, SequenceNode) and not entry.value.items:
                help = "remove the rule: every rule that is not named stays silent"
                reading.error("empty-list", f"{quoted(entry.key.text)} names no line", entry.value, help)
            expected[entry.key.text] = tuple(sorted({number for number in found if number is not None}))
        return expected

    def _number(self, node: Node, numbers: frozenset[int]) -> int | None:
        reading = self.names.reading
        scalar = reading.scalar(node, "a line number")
        number = constant(reading, scalar, Want(ValueType.NUMBER, "a line number")) if scalar is not None else None
        if number is None:
            return None
        if not isinstance(number, int) or (numbers and number not in numbers):
            shown = ", ".join(str(each) for each in sorted(numbers))
            reading.error("unknown-line", f"the test has no line {quoted(str(number))}", node, f"its lines are {shown}")
            return None
        return number

    def _rules(self, node: Node | None, what: str) -> Iterator[str]:
        for item in self.names.reading.items(node, what):
            scalar = self.names.reading.scalar(item, f"a rule in {what}")
            if scalar is not None and self._known_rule(scalar):
                yield scalar.text

    def _known_rule(self, node: ScalarNode) -> bool:
        if node.text in self.rules:
            return True
        if node.text in self.switched_off:
            message = f"the rule {quoted(node.text)} is switched off in this policy"
            self.names.reading.error("unknown-rule", message, node, "remove it from the test, or from `switch_off`")
        else:
            self.names.reading.unknown("rule", node, self.rules)
        return False


def _flat(node: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
    """Fields by their whole names: ``performer: {licences: …}`` is ``performer.licences``."""
    for key, value in node.entries:
        if key.text == "performer" and isinstance(value, MappingNode):
            yield from ((_within(key, entry), entry.value) for entry in value.entries)
        else:
            yield key, value


def _within(key: ScalarNode, entry: Entry) -> ScalarNode:
    return entry.key._replace(text=f"{key.text}.{entry.key.text}")
