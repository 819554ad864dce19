"""How the passes read a node: a mapping's keys, a word, a date; and how they report what is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date

from cleanclaim.claims.nearest import nearest
from cleanclaim.policy.diagnostics import Diagnostic, printable, quoted
from cleanclaim.policy.keys import DATE, Keys
from cleanclaim.policy.tree import Entry, MappingNode, Node, ScalarNode, SequenceNode

_DATE = re.compile(DATE, re.ASCII)


MOST_PROBLEMS = 500


class TooManyProblems(Exception):
    """One document has so many problems that reading on would help nobody."""


class Reading:
    """Reads the nodes of one document and keeps every problem that it meets.

    Methods return ``None`` where they have reported a problem, and callers then stay silent.
    """

    def __init__(self) -> None:
        self.problems: list[Diagnostic] = []
        self.muted: frozenset[str] = frozenset()
        self._told: set[tuple[str, str]] = set()

    def error(self, code: str, message: str, node: Node, help: str) -> None:
        """Reports a problem at a node."""
        if len(self.problems) >= MOST_PROBLEMS:
            help = "correct the others first; some of these may follow from them"
            self.problems.append(
                node.source.problem("too-many", "there are more errors than this", node.line, node.column, help)
            )
            raise TooManyProblems
        if code not in self.muted:
            self.problems.append(node.source.problem(code, message, node.line, node.column, help, node.length))

    def unknown(
        self,
        kind: str,
        name: ScalarNode,
        known: Iterable[str],
        where: str = "",
        *,
        once: bool = False,
        otherwise: str | None = None,
    ) -> None:
        """Reports a name that nothing has, with the nearest that something has.

        ``once`` reports the name at its first use alone: what is missing is its definition.
        ``otherwise`` is what to do where no known name is near.
        """
        if once and (kind, name.text) in self._told:
            return
        self._told.add((kind, name.text))
        help = suggestion(name.text, known, f"a {kind}")
        if otherwise is not None and not help.startswith("did you mean"):
            help = otherwise
        self.error(f"unknown-{kind}", f"unknown {kind} {quoted(name.text)}{where}", name, help)

    def keys(self, node: Node, keys: Keys) -> dict[str, Node] | None:
        """The values of a mapping's known keys; unknown and missing keys are reported."""
        found = self.mapping(node, keys.what)
        if found is None:
            return None
        values: dict[str, Node] = {}
        meant: set[str | None] = set()
        for entry in found.entries:
            if entry.key.text in keys.names:
                values[entry.key.text] = entry.value
            else:
                meant.add(nearest(entry.key.text, keys.names))
                help = suggestion(entry.key.text, keys.names, keys.what, "keys")
                self.error("unknown-key", f"{keys.what} has no key {quoted(entry.key.text)}", entry.key, help)
        absent = [name for name in keys.required if name not in values and name not in meant]
        if absent:
            wanted = f"the key{'s' if len(absent) > 1 else ''} {', '.join(map(quoted, absent))}"
            help = "add " + ", ".join(f"`{name}: …`" for name in absent)
            self.error("missing-key", f"{keys.what} needs {wanted}", found, help)
        return values

    def mapping(self, node: Node, what: str) -> MappingNode | None:
        """A mapping."""
        if isinstance(node, MappingNode):
            return node
        self.error("type", f"{what} must be a mapping, not {described(node)}", node, "write `key: value` lines")
        return None

    def entries(self, node: Node | None, what: str) -> tuple[Entry, ...]:
        """The entries of a mapping that may be left out."""
        found = self.mapping(node, what) if node is not None else None
        return found.entries if found is not None else ()

    def mapping_or_empty(self, node: Node) -> tuple[Entry, ...]:
        """The entries of a mapping, where something else reports that it is none."""
        return node.entries if isinstance(node, MappingNode) else ()

    def items(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """The entries of a list that may be left out."""
        if node is None:
            return ()
        if isinstance(node, SequenceNode):
            return node.items
        help = "write `[…]`, or one `- ` line for each"
        if isinstance(node, ScalarNode) and not is_null(node):
            help = f"write [{printable(node.text)}]"
        self.error("type", f"{what} must be a list, not {described(node)}", node, help)
        return ()

    def scalar(self, node: Node, what: str) -> ScalarNode | None:
        """One value, written as text, a number or a date."""
        if not isinstance(node, ScalarNode):
            self.error("type", f"{what} must be one value, not {described(node)}", node, "write the value alone")
            return None
        if is_null(node):
            self.error("empty-value", f"{what} is empty", node, "write a value, or remove the key")
            return None
        return node

    def text(self, node: Node | None, what: str) -> str | None:
        """Text for people, which must not be blank."""
        found = self.scalar(node, what) if node is not None else None
        if found is None:
            return None
        if not found.text.strip():
            self.error("empty-value", f"{what} is empty", found, "write some words")
            return None
        return found.text.strip()

    def matching(self, node: Node | None, pattern: str, what: str, code: str, help: str) -> str | None:
        """Text of a certain form."""
        found = self.scalar(node, what) if node is not None else None
        if found is None:
            return None
        if re.match(pattern, found.text, re.ASCII) is None or found.text.endswith("\n"):
            self.error(code, f"{quoted(found.text)} cannot be {what}", found, help)
            return None
        return found.text

    def word(self, node: Node | None, words: Collection[str], what: str) -> str | None:
        """One of some words."""
        found = self.scalar(node, what) if node is not None else None
        if found is None:
            return None
        if found.text not in words:
            help = suggestion(found.text, words, what, "")
            self.error("value", f"{quoted(found.text)} is not {what}", found, help)
            return None
        return found.text

    def boolean(self, node: Node | None, what: str) -> bool | None:
        """``true`` or ``false``."""
        found = self.scalar(node, what) if node is not None else None
        if found is None:
            return None
        if not found.plain or found.text not in ("true", "false"):
            self.error("type", f"{what} must be true or false, not {quoted(found.text)}", found, "write true or false")
            return None
        return found.text == "true"

    def date(self, node: Node | None, what: str) -> date | None:
        """A date as YYYY-MM-DD."""
        found = self.scalar(node, what) if node is not None else None
        if found is None:
            return None
        day = as_date(found.text)
        if day is None:
            self.bad_date(found, what)
        return day

    def bad_date(self, node: ScalarNode, what: str) -> None:
        """Reports a date that is none."""
        if _DATE.match(node.text):
            help = "there is no such day in the calendar; correct it"
        else:
            help = "write the date as YYYY-MM-DD, for example 2020-01-31"
        self.error("date", f"{quoted(node.text)} is not a date ({what})", node, help)


def as_date(text: str) -> date | None:
    """A date as YYYY-MM-DD, and in no other of ISO's forms."""
    if _DATE.match(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def is_null(node: Node) -> bool:
    """Whether nothing was written."""
    return isinstance(node, ScalarNode) and node.plain and node.text in ("", "~", "null", "Null", "NULL")


def described(node: Node) -> str:
    """What a node is, for messages."""
    match node:
        case MappingNode():
            return "a mapping"
        case SequenceNode():
            return "a list"
        case ScalarNode():
            return "nothing" if is_null(node) else quoted(node.text)


def suggestion(name: str, known: Iterable[str], what: str, noun: str = "") -> str:
    """What to write instead of an unknown name: the nearest known one, else those that there are."""
    names = list(dict.fromkeys(known))
    found = nearest(name, names)
    if found is not None:
        return f"did you mean {found}?"
    if not names:
        return f"there is no such name here; define {what} first" if not noun else f"remove it; {what} has no {noun}"
    shown = ", ".join(names[:14]) + (", …" if len(names) > 14 else "")
    return f"{what} has the {noun} {shown}" if noun else f"there are: {shown}"
