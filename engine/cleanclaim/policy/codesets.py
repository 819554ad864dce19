"""Sets of codes: lists, ranges, prefixes and other sets, resolved to the codes themselves."""

from __future__ import annotations

from collections.abc import Sequence

from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.keys import NAME
from cleanclaim.policy.model import CodeSet, shape
from cleanclaim.policy.reading import Reading, is_null
from cleanclaim.policy.scalars import as_code, is_set_name
from cleanclaim.policy.tree import MAX_DEPTH, Entry, Node, ScalarNode, SequenceNode

PROCEDURE_LENGTH = 5
"""Of every CPT, HCPCS and CDT code, and so of every code that a line's procedure can equal."""

MOST_CODES = 1_000_000
"""Sets of sets can multiply; all sets of one policy together hold no more than this."""


class CodeSets:
    """The sets of one policy. Each is resolved once, at its first use or by :meth:`check`."""

    def __init__(self, reading: Reading, entries: Sequence[Entry]) -> None:
        self._reading = reading
        self._nodes = {entry.key.text: entry for entry in entries}
        self._sets: dict[str, CodeSet | None] = {}
        self._open: list[str] = []
        self._size = 0
        self._too_large = False
        self._of_procedures: set[str] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the sets, as written."""
        return tuple(self._nodes)

    def check(self) -> None:
        """Resolves every set, used or not, and reports what is wrong with it."""
        for name, entry in self._nodes.items():
            self._reading.matching(
                entry.key, NAME, "a set's name", "name", "write a lower-case name, for example timed_codes"
            )
            self._resolved(name)

    def named(self, node: ScalarNode) -> CodeSet | None:
        """The set that a name means."""
        name = node.text
        if name not in self._nodes:
            help = f"define it under `codes`; if a code is meant, write it in upper case: {name.upper()}"
            self._reading.unknown("set", node, self.names, once=True, otherwise=help)
            return None
        if name in self._open:
            around = " → ".join([*self._open[self._open.index(name) :], name])
            self._reading.error("set-cycle", f"a set cannot hold itself: {around}", node, "take one of these names out")
            return None
        if len(self._open) >= MAX_DEPTH:
            self._reading.error("too-deep", "sets stand in sets too deep", node, "list the codes themselves")
            return None
        return self._resolved(name)

    def one(self, node: Node) -> CodeSet | None:
        """What one entry means: a code, a range, a prefix, or a set."""
        found = self._reading.scalar(node, "an entry of a list of codes")
        if found is None:
            return None
        if is_set_name(found.text):
            return self.named(found)
        text = found.text.strip().upper().replace(".", "")
        if text.endswith("*") and as_code(text[:-1]) is not None:
            return CodeSet(None, prefixes=(text[:-1],))
        low, dash, high = (part.strip() for part in text.partition("-"))
        if dash and as_code(low) is not None and as_code(high) is not None:
            return self._range(found, low, high)
        code = as_code(text)
        if code is None:
            help = 'write a code ("97124"), a range ("98940-98942"), a prefix ("E10*") or the lower-case name of a set'
            self._reading.error("code", f"{quoted(found.text)} is no code, range, prefix or set", found, help)
            return None
        return CodeSet(None, frozenset((code,)))

    def listed(self, node: Node, what: str) -> CodeSet | None:
        """The codes of a list, or of one entry standing alone. A list of one set keeps its name."""
        if not isinstance(node, SequenceNode):
            return self.one(node)
        if not node.items:
            self._reading.error(
                "empty-list", f"{what} is an empty list, which matches nothing", node, "list at least one code"
            )
            return None
        return self.union(node.items)

    def union(self, nodes: Sequence[Node]) -> CodeSet | None:
        """All the codes of some entries."""
        parts = [self.one(node) for node in nodes]
        if None in parts:
            return None
        if len(parts) == 1:
            return parts[0]
        return self._union(None, nodes[0], [part for part in parts if part is not None])

    def entries(self, node: ScalarNode) -> tuple[CodeSet, ...] | None:
        """What each entry of a named set means, for `has_all`."""
        if self.named(node) is None:
            return None
        value = self._nodes[node.text].value
        items = value.items if isinstance(value, SequenceNode) else (value,)
        return tuple(part for item in items if (part := self.one(item)) is not None)

    def for_procedures(self, node: Node) -> None:
        """Reports codes and ranges that no procedure has, in a list and in the sets that it names, each once."""
        if isinstance(node, SequenceNode):
            for item in node.items:
                self.for_procedures(item)
        elif isinstance(node, ScalarNode) and not is_set_name(node.text):
            low, _, high = node.text.strip().replace(".", "").partition("-")
            sizes = {len(end.strip()) for end in (low, high) if end}
            if not low.endswith("*") and sizes - {PROCEDURE_LENGTH}:
                help = 'correct the code, or write a prefix such as "971*"'
                message = f"no procedure is {quoted(node.text)}: their codes have {PROCEDURE_LENGTH} characters"
                self._reading.error("code", message, node, help)
        elif isinstance(node, ScalarNode) and node.text in self._nodes and node.text not in self._of_procedures:
            self._of_procedures.add(node.text)
            self.for_procedures(self._nodes[node.text].value)

    def _resolved(self, name: str) -> CodeSet | None:
        if name not in self._sets:
            self._open.append(name)
            self._sets[name] = self._define(name, self._nodes[name].value)
            self._open.pop()
        return self._sets[name]

    def _define(self, name: str, node: Node) -> CodeSet | None:
        if isinstance(node, ScalarNode) and not is_null(node):
            found = self.one(node)
            return self._union(name, node, [found]) if found is not None else None
        if not isinstance(node, SequenceNode):
            self._reading.error(
                "type",
                f"the set {quoted(name)} must be a list of codes",
                node,
                "write `[…]`, or one `- ` line for each code",
            )
            return None
        parts = [self.one(item) for item in node.items]
        return None if None in parts else self._union(name, node, [part for part in parts if part is not None])

    def _range(self, node: ScalarNode, low: str, high: str) -> CodeSet | None:
        if len(low) != len(high) or shape(low) != shape(high):
            help = "both ends need the same letters-and-digits shape, as in 98940-98942 or 0591T-0593T"
            self._reading.error("range", f"the ends of {quoted(node.text)} are of different shapes", node, help)
            return None
        if low > high:
            self._reading.error("range", f"the range {quoted(node.text)} is upside down", node, f"write {high}-{low}")
            return None
        return CodeSet(None, ranges=((low, high),))

    def _union(self, name: str | None, node: Node, parts: Sequence[CodeSet]) -> CodeSet | None:
        self._size += sum(len(part.codes) + len(part.ranges) + len(part.prefixes) for part in parts)
        if self._size > MOST_CODES:
            message = f"the sets of this policy hold more than {MOST_CODES:,} codes in all"
            if not self._too_large:
                self._reading.error("too-large", message, node, "use ranges and prefixes, or keep the codes in a table")
            self._too_large = True
            return None
        codes: frozenset[str] = frozenset().union(*(part.codes for part in parts))
        ranges = {each for part in parts for each in part.ranges}
        prefixes = {each for part in parts for each in part.prefixes}
        return CodeSet(name, codes, tuple(sorted(ranges)), tuple(sorted(prefixes)))
