"""What is wrong with a policy: one problem with its place, its source line, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WIDEST = 120
"""Source lines longer than this are shown as the part around the problem."""

_RED, _BLUE, _BOLD, _PLAIN = "\x1b[31m", "\x1b[34m", "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem. ``line`` and ``column`` count from 1; ``code`` is a stable word for its kind."""

    code: str
    message: str
    path: str
    line: int
    column: int
    source_line: str
    help: str
    length: int = 1

    def render(self, color: bool = False) -> str:
        """The place and message, the source line with a caret under the problem, and what to do."""
        red, blue, bold, plain = (_RED, _BLUE, _BOLD, _PLAIN) if color else ("", "", "", "")
        place = f"{printable(self.path)}:{self.line}:{self.column}"
        shown = [f"{bold}{place}: {red}error[{self.code}]{plain}{bold}: {self.message}{plain}"]
        if self.source_line.strip():
            text, column = _cut(printable(self.source_line), self.column - 1)
            gutter = " " * len(str(self.line))
            carets = "^" * max(1, min(self.length, len(text) - column))
            shown.append(f" {blue}{self.line} |{plain} {text}")
            shown.append(f" {blue}{gutter} |{plain} {' ' * column}{red}{carets}{plain}")
        shown.append(f" {blue}help:{plain} {self.help}")
        return "\n".join(shown)


class PolicyError(Exception):
    """Policies that do not load, with everything that is wrong with them."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n\n".join(diagnostic.render() for diagnostic in self.diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each diagnostic once, by place: a template's problem shows in every policy that extends it."""
    once = dict.fromkeys(diagnostics)
    return tuple(sorted(once, key=lambda d: (d.path, d.line, d.column, d.code, d.message)))


def quoted(text: str) -> str:
    """A word of a policy as messages show it: in quotes, on one line, not too long.

    >>> quoted("units")
    "'units'"
    """
    cut = text if len(text) <= 60 else text[:59] + "…"
    return f"'{printable(cut)}'"


def printable(text: str) -> str:
    """Text that cannot steer a terminal: tabs become spaces, other control characters ``?``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c in "\t\r\n" else "?" for c in text)


def _cut(text: str, column: int) -> tuple[str, int]:
    if len(text) <= WIDEST:
        return text.rstrip(), column
    start = max(0, min(column - WIDEST // 3, len(text) - WIDEST))
    shown = text[start : start + WIDEST].rstrip()
    before = "…" if start else ""
    after = "…" if start + WIDEST < len(text) else ""
    return before + shown + after, column - start + len(before)
