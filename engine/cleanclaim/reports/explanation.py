"""An explanation as a tree of lines: a mark, the condition, and the values it met."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from cleanclaim.explain import Explanation, Node
from cleanclaim.reports.style import Style, printable

_MARKS = {True: ("✔", "green"), False: ("✘", "red"), None: ("?", "yellow")}
_ANSWERS = {
    None: ("silent", "green"),
    "violation": ("violation", "red"),
    "needs_info": ("not decided: a fact is missing", "yellow"),
    "bypassed": ("bypassed: it would be a violation, but an exception holds", "cyan"),
}


def render(explanation: Explanation, *, colour: bool = False, width: int = 100) -> str:
    """The verdict on one line, its lets, and the tree of conditions."""
    return "\n".join(_lines(explanation, Style(colour), width)) + "\n"


def _lines(explanation: Explanation, style: Style, width: int) -> Iterator[str]:
    line = explanation.line
    answer, paint = _ANSWERS[explanation.verdict]
    where = f"claim {line.claim} line {line.line}  {line.procedure or line.revenue_code or '-'}  {line.service_date}"
    yield style(printable(where), "bold")
    yield f"{explanation.policy}:{explanation.rule}  (version {explanation.version})"
    yield style(f"{answer}: {explanation.silence}" if explanation.silence else answer, paint, "bold")
    if explanation.missing:
        yield f"missing: {', '.join(explanation.missing)}"
    for name, words, value in explanation.lets:
        yield from _wrapped(f"{name} = {value}: {words}", "  ", width)
    for node in explanation.parts:
        yield from _node(node, style, 1, width)


def _node(node: Node, style: Style, depth: int, width: int) -> Iterator[str]:
    mark, paint = _MARKS[node.truth]
    indent = "  " * depth
    met = f"  [{node.met}]" if node.met else ""
    first, *rest = _wrapped(f"{node.text}{met}", indent + "  ", width)
    yield f"{indent}{style(mark, paint)} {first[len(indent) + 2 :]}"
    yield from rest
    for part in node.parts:
        yield from _node(part, style, depth + 1, width)


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    return wrap(
        printable(text),
        max(width, len(indent) + 40),
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
