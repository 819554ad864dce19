"""The three truths as the small integers that facts carry, and Kleene's tables over them."""

from __future__ import annotations

from typing import Literal

Truth = Literal[0, 1, 2]

FALSE: Truth = 0
TRUE: Truth = 1
UNKNOWN: Truth = 2

OPPOSITE: tuple[Truth, Truth, Truth] = (TRUE, FALSE, UNKNOWN)


def both(left: Truth, right: Truth) -> Truth:
    """Kleene's *and*."""
    if left == FALSE or right == FALSE:
        return FALSE
    return UNKNOWN if left == UNKNOWN or right == UNKNOWN else TRUE


def either(left: Truth, right: Truth) -> Truth:
    """Kleene's *or*."""
    if left == TRUE or right == TRUE:
        return TRUE
    return UNKNOWN if left == UNKNOWN or right == UNKNOWN else FALSE
