"""An explanation as a tree of lines: a mark, the condition, and the values it met."""

from __future__ import annotations

from collections.abc import Iterator

from cleanclaim.explain import Explanation, Node
from cleanclaim.reports.style import Style, printable

_MARKS = {True: ("✔", "green"), False: ("✘", "red"), None: ("?", "yellow")}
_ANSWERS = {
    None: ("silent: the rule does not speak of this line", "green"),
    "violation": ("violation", "red"),
    "needs_info": ("not decided: a fact is missing", "yellow"),
    "bypassed": ("bypassed: it would be a violation, but an exception holds", "cyan"),
}


def render(explanation: Explanation, *, colour: bool = False) -> str:
    """The verdict on one line, its lets, and the tree of conditions."""
    return "\n".join(_lines(explanation, Style(colour))) + "\n"


def _lines(explanation: Explanation, style: Style) -> Iterator[str]:
    line = explanation.line
    answer, paint = _ANSWERS[explanation.verdict]
    where = f"claim {line.claim} line {line.line}  {line.procedure or line.revenue_code or '-'}  {line.service_date}"
    yield style(printable(where), "bold")
    yield f"{explanation.policy}:{explanation.rule}  (version {explanation.version})"
    yield style(answer, paint, "bold")
    if explanation.missing:
        yield f"missing: {', '.join(explanation.missing)}"
    for name, words, value in explanation.lets:
        yield f"  {name} = {value}  {style(words, 'dim')}"
    for node in explanation.parts:
        yield from _node(node, style, 1)


def _node(node: Node, style: Style, depth: int) -> Iterator[str]:
    mark, paint = _MARKS[node.truth]
    met = style(f"  [{printable(node.met)}]", "dim") if node.met else ""
    yield f"{'  ' * depth}{style(mark, paint)} {printable(node.text)}{met}"
    for part in node.parts:
        yield from _node(part, style, depth + 1)
