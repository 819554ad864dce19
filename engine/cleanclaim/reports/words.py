"""Numbers in words, for people."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """A number with its noun, singular or plural.

    >>> count(1, "policy"), count(1200, "line")
    ('1 policy', '1,200 lines')
    """
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun if number == 1 else plural}"
