"""The known name that a mistyped one most likely stands for."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str], cutoff: float = 0.72) -> str | None:
    """The one of ``known`` that looks most like ``name``, or ``None`` where none is close.

    >>> nearest("chrage_amount", ["charge_amount", "paid_amount"])
    'charge_amount'
    >>> nearest("colour", ["charge_amount", "paid_amount"]) is None
    True
    """
    folded = {candidate.casefold(): candidate for candidate in known}
    found = get_close_matches(name.strip().casefold().replace(" ", "_"), list(folded), n=1, cutoff=cutoff)
    return folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`` (did you mean X?)``, or nothing where no known name is close."""
    found = nearest(name, known)
    return f" (did you mean {found}?)" if found else ""
