"""The one source of choices for every generator: Hypothesis, which shrinks, or a seeded roll, which is fast."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Choose(ABC):
    """Makes choices. The first of several options is the simplest: choices shrink towards it."""

    @abstractmethod
    def integer(self, low: int, high: int) -> int:
        """A whole number, both ends included."""

    def pick(self, options: Sequence[T]) -> T:
        """One of some options."""
        return options[self.integer(0, len(options) - 1)] if len(options) > 1 else options[0]

    def chance(self, percent: int) -> bool:
        """True so many times in a hundred."""
        return self.integer(0, 99) >= 100 - percent

    def weighted(self, options: Sequence[tuple[int, T]]) -> T:
        """One of some options, each with its weight; those of weight zero never."""
        roll = self.integer(0, sum(weight for weight, _ in options) - 1)
        for weight, option in options:
            if roll < weight:
                return option
            roll -= weight
        raise AssertionError("the weights were counted wrongly")

    def some(self, options: Sequence[T], low: int, high: int) -> list[T]:
        """Between ``low`` and ``high`` different options, in their own order."""
        wanted = self.integer(min(low, len(options)), min(high, len(options)))
        places = list(range(len(options)))
        while len(places) > wanted:
            places.pop(self.integer(0, len(places) - 1))
        return [options[place] for place in places]


class Rolled(Choose):
    """Choices rolled from a seed."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)

    def integer(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))


class Drawn(Choose):
    """Choices that Hypothesis draws, records and shrinks."""

    def __init__(self, draw: Callable[[st.SearchStrategy[int]], int]) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        return self._draw(_integers(low, high)) if low < high else low


@cache
def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)
