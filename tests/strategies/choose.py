"""The one source of choices for every generator: Hypothesis, which shrinks, or a seeded roll, which is fast."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Choose(ABC):
    """Makes choices. The first of several options is the simplest: choices shrink towards it."""

    @abstractmethod
    def integer(self, low: int, high: int) -> int:
        """A whole number, both ends included and at most 255 apart."""

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
    """Choices that Hypothesis draws and records, a block of bytes at a time: one byte is one choice."""

    def __init__(self, draw: Callable[[st.SearchStrategy[bytes]], bytes]) -> None:
        self._draw = draw
        self._bytes = b""
        self._at = 0

    def integer(self, low: int, high: int) -> int:
        if self._at == len(self._bytes):
            self._bytes, self._at = self._draw(_BLOCKS), 0
        roll = self._bytes[self._at]
        self._at += 1
        return low + roll * (high - low + 1) // 256


_BLOCKS = st.binary(min_size=128, max_size=128)
