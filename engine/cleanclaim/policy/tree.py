"""YAML text as a tree of our own nodes, each with its file, line and column; nothing is ever constructed.

Scalars keep their raw text, so that the code ``1E5`` stays what was written. Anchors, aliases and
tags are refused: a policy needs none of them, and they are how YAML bombs and objects get in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import NamedTuple

import yaml

from cleanclaim.policy.diagnostics import Diagnostic, printable, quoted

MAX_BYTES = 1_000_000
MAX_DEPTH = 64

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Source:
    """A file's name and its lines, which nodes point into."""

    __slots__ = ("lines", "path")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        # YAML ends lines at all of these, and its line numbers count them.
        self.lines = re.split("\r\n|[\r\n\x85\u2028\u2029]", text)

    def problem(self, code: str, message: str, line: int, column: int, help: str, length: int = 1) -> Diagnostic:
        """A diagnostic at a place, counted from 0."""
        source_line = self.lines[line] if line < len(self.lines) else ""
        # Names of the policy stand in both, and may hold anything.
        message, help = printable(message), printable(help)
        return Diagnostic(code, message, self.path, line + 1, column + 1, source_line, help, max(1, length))


class ScalarNode(NamedTuple):
    """One scalar as written; ``plain`` if it stands without quotes."""

    text: str
    plain: bool
    source: Source
    line: int
    column: int
    length: int


class SequenceNode(NamedTuple):
    """A list."""

    items: tuple[Node, ...]
    source: Source
    line: int
    column: int
    length: int


class Entry(NamedTuple):
    """A key and its value."""

    key: ScalarNode
    value: Node


class MappingNode(NamedTuple):
    """A mapping; every key stands once."""

    entries: tuple[Entry, ...]
    source: Source
    line: int
    column: int
    length: int

    def get(self, name: str) -> Node | None:
        """The value of a key, or ``None`` where it is absent."""
        return next((entry.value for entry in self.entries if entry.key.text == name), None)


Node = ScalarNode | SequenceNode | MappingNode


class Tree(NamedTuple):
    """A document, if it could be read, and what was wrong with it."""

    root: Node | None
    problems: tuple[Diagnostic, ...]


def parse(text: str, path: str, leave_out: Collection[str] = ()) -> Tree:
    """The tree of one YAML document, without what stands under some keys of it."""
    source = Source(path, text.removeprefix("\ufeff"))
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return Tree(None, (too_large(path),))
    composer = _Composer(source, leave_out)
    loader = None
    try:
        loader = _Loader("\n".join(source.lines))
        root = composer.document(loader)
    except _Stop as stop:
        return Tree(None, (*composer.problems, stop.problem))
    except yaml.MarkedYAMLError as error:
        return Tree(None, (*composer.problems, _not_yaml(source, error)))
    except (yaml.YAMLError, UnicodeError) as error:
        reason = printable(str(error).split("\n")[0])
        problem = source.problem("yaml", f"not readable as YAML: {reason}", 0, 0, "save the file as plain UTF-8 text")
        return Tree(None, (*composer.problems, problem))
    finally:
        if loader is not None:
            loader.dispose()
    return Tree(root, tuple(composer.problems))


def too_large(path: str) -> Diagnostic:
    """The problem of a file that is no policy a person wrote."""
    return Diagnostic(
        "too-large",
        f"the file is larger than {MAX_BYTES:,} bytes",
        path,
        1,
        1,
        "",
        "move long lists of codes into a table, or split the policy",
    )


Events = Callable[[], yaml.Event]


class _Stop(Exception):
    """The tree cannot be read any further."""

    def __init__(self, problem: Diagnostic) -> None:
        self.problem = problem


class _Composer:
    def __init__(self, source: Source, leave_out: Collection[str]) -> None:
        self.source = source
        self.leave_out = leave_out
        self.ended = False
        """What follows is left out, and was not read."""
        self.problems: list[Diagnostic] = []

    def document(self, loader: yaml.SafeLoader) -> Node | None:
        events: Events = loader.get_event
        events()
        first = events()
        if isinstance(first, yaml.StreamEndEvent):
            self.problems.append(
                self.source.problem("empty", "the file is empty", 0, 0, "write a policy, or remove the file")
            )
            return None
        root = self._node(events(), events, 1)
        if self.ended:
            return root
        events()
        second = events()
        if isinstance(second, yaml.DocumentStartEvent):
            self._problem(
                "one-document", "a second document starts here", second, "put each policy in a file of its own"
            )
        return root

    def _node(self, event: yaml.Event, events: Events, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _Stop(
                self._made(
                    "too-deep", f"nested more than {MAX_DEPTH} deep", event, "name parts of it in `let` or `derive`"
                )
            )
        if isinstance(event, yaml.AliasEvent):
            raise _Stop(
                self._made(
                    "alias", "YAML aliases (*name) are not allowed here", event, "write it out, or use a template"
                )
            )
        if not isinstance(event, yaml.NodeEvent):
            raise _Stop(self._made("yaml", "not valid YAML: a value is missing", event, "complete this line"))
        if event.anchor is not None:
            self._problem(
                "alias",
                "YAML anchors (&name) are not allowed here",
                event,
                "remove the anchor; share rules with `extends`",
            )
        line, column = _place(event)
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style is None or event.style == ""
            if event.tag is not None:
                self._tag(event)
            return ScalarNode(event.value, plain, self.source, line, column, _length(event, self.source))
        if isinstance(event, yaml.CollectionStartEvent) and event.tag is not None:
            self._tag(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(event := events(), yaml.SequenceEndEvent):
                items.append(self._node(event, events, depth + 1))
            return SequenceNode(tuple(items), self.source, line, column, 1)
        entries: list[Entry] = []
        seen: dict[str, ScalarNode] = {}
        while not isinstance(event := events(), yaml.MappingEndEvent):
            key = self._node(event, events, depth + 1)
            if depth == 1 and isinstance(key, ScalarNode) and key.text in self.leave_out:
                if self._stands_last(key):
                    self.ended = True
                    break
                _pass_over(events)
                continue
            value = self._node(events(), events, depth + 1)
            if not isinstance(key, ScalarNode):
                self._problem("key", "a key must be a word, not a list or a mapping", event, "write `name: …`")
            elif key.text in seen:
                first = seen[key.text]
                self.problems.append(
                    self.source.problem(
                        "duplicate-key",
                        f"{quoted(key.text)} stands twice in one mapping, first on line {first.line + 1}",
                        key.line,
                        key.column,
                        "remove one of them, or put both under `all:`",
                        key.length,
                    )
                )
            else:
                seen[key.text] = key
                entries.append(Entry(key, value))
        return MappingNode(tuple(entries), self.source, line, column, 1)

    def _stands_last(self, key: ScalarNode) -> bool:
        """Whether no key of the document can follow this one: every line after it is indented, a comment or an item."""
        return all(not line or line[0] in " #\r" or line[:2] == "- " for line in self.source.lines[key.line + 1 :])

    def _tag(self, event: yaml.NodeEvent) -> None:
        # A quoted scalar has the tag `!` where it is written so, and none otherwise.
        self._problem(
            "tag", "YAML tags (!name) are not allowed here", event, "remove the tag; types follow from the field"
        )

    def _problem(self, code: str, message: str, event: yaml.Event, help: str) -> None:
        self.problems.append(self._made(code, message, event, help))

    def _made(self, code: str, message: str, event: yaml.Event, help: str) -> Diagnostic:
        line, column = _place(event)
        return self.source.problem(code, message, line, column, help)


def _pass_over(events: Events) -> None:
    """Reads one node and makes nothing of it."""
    open_ = 0
    while True:
        event = events()
        if isinstance(event, yaml.CollectionStartEvent):
            open_ += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            open_ -= 1
        if not open_:
            return


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line, mark.column) if mark is not None else (0, 0)


def _length(event: yaml.ScalarEvent, source: Source) -> int:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        return 1
    if start.line == end.line:
        return max(1, end.column - start.column)
    return max(1, len(source.lines[start.line].rstrip()) - start.column)


_YAML_HELP = (
    ("tab", "indent with spaces; YAML does not allow tabs"),
    ("mapping values are not allowed", "put text that holds `: ` in quotes"),
    ("expected ',' or", "close the bracket, or put a comma between the entries"),
    ("quoted scalar", "close the quotation mark"),
    ("end of stream", "close the quotation mark or bracket"),
    ("expected <block end>", "align this line with the lines that belong beside it"),
    (
        "did not find expected key",
        "align this line with the keys that belong beside it, or put text that starts with a quote in quotes",
    ),
    ("cannot start any token", "put text that starts with this character in quotes"),
    ("could not find expected ':'", "end the key with a colon"),
    ("alias", "put text that starts with * or & in quotes"),
)


def _not_yaml(source: Source, error: yaml.MarkedYAMLError) -> Diagnostic:
    never_closed = "end of stream" in str(error.problem) and error.context_mark is not None
    mark = error.context_mark if never_closed else error.problem_mark or error.context_mark
    words = " ".join(str(part) for part in (error.problem, error.context) if part)
    help = next(
        (help for sign, help in _YAML_HELP if sign in words), "compare the indentation, quotes and brackets here"
    )
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    if line < len(source.lines) and source.lines[line][column : column + 1] == "\t":
        help = "indent with spaces; YAML does not allow tabs"
    # A bracket or quote that is never closed is found missing after the last line.
    if line >= len(source.lines) or (line == len(source.lines) - 1 and not source.lines[line]):
        line = max(index for index, text in enumerate([*source.lines[:-1], ""]) if text or index == 0)
        column = len(source.lines[line].rstrip())
    return source.problem("yaml", f"not valid YAML: {printable(words)}", line, column, help)
