"""Text for terminals: a few ANSI styles, plain text where they are not wanted, and paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


@dataclass(frozen=True, slots=True)
class Style:
    """Paints text if ``colour`` is wanted."""

    colour: bool = False

    def __call__(self, text: str, *styles: str) -> str:
        """The text in the named styles."""
        if not self.colour or not text:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"


def printable(text: str) -> str:
    """Text from a claim or a file name with its control characters made visible.

    >>> printable("batch\\x1b[31m.837")
    'batch\\\\x1b[31m.837'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def paragraph(text: str, width: int, *, lead: str = "") -> Iterator[str]:
    """Text as lines of a width, set in from the left; lines after the first stand below what follows ``lead``."""
    indent = " " * 6
    yield from wrap(
        lead + printable(text),
        width,
        initial_indent=indent,
        subsequent_indent=indent + " " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )
