"""Diagnosis pointers: what a line writes to say which of the claim's diagnoses it is for."""

from __future__ import annotations

from collections.abc import Sequence

LETTERS = "ABCDEFGHIJKL"
"""The paper form (CMS-1500, items 21 and 24E) letters its twelve diagnoses; the 837 numbers them."""


BEYOND = "points to a diagnosis that is not given; what the line points to is left unknown"
"""Why a line's pointers say nothing of its diagnoses."""


def pointers_in(text: str) -> tuple[str, ...] | None:
    """The pointers of one cell, as digits from 1: a number, or the form's letters; ``None`` if it holds none.

    >>> pointers_in("01"), pointers_in("ACG"), pointers_in("M5450")
    (('1',), ('1', '3', '7'), None)
    """
    if text.isascii() and text.isdigit() and len(text) <= 2:
        return (str(int(text)),)
    places = [LETTERS.find(letter) + 1 for letter in text.upper()]
    return tuple(map(str, places)) if places and all(places) else None


def pointed_diagnoses(pointers: Sequence[str], diagnoses: Sequence[str]) -> tuple[str, ...] | None:
    """The diagnoses pointed to, in pointer order; ``None`` where one points beyond them, or to a gap (``""``).

    >>> pointed_diagnoses(["2", "1"], ["M5450", "M9902"]), pointed_diagnoses(["3"], ["M5450", "M9902"])
    (('M9902', 'M5450'), None)
    """
    places = [int(pointer) for pointer in pointers]
    if not places or not all(1 <= place <= len(diagnoses) and diagnoses[place - 1] for place in places):
        return None
    return tuple(diagnoses[place - 1] for place in places)
