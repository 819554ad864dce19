"""Describes a value that could not be read without repeating it, because it may be anybody's name."""

from __future__ import annotations

_LONGEST = 24


def shape(text: str) -> str:
    """Digits become 9, letters A or a, the rest stays; long text is cut.

    >>> shape("12/31/2020")
    '99/99/9999'
    >>> shape("Smith, J.")
    'Aaaaa, A.'
    """
    drawn = "".join(
        "9" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else c if c.isprintable() else "?"
        for c in text[:_LONGEST]
    )
    return drawn + ("…" if len(text) > _LONGEST else "")
