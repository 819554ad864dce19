"""Colour for terminals: a few ANSI styles, and plain text where they are not wanted."""

from __future__ import annotations

from dataclasses import dataclass

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
