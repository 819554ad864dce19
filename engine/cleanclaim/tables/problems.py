"""What is wrong with files that are imported: what refuses them, and what is only worth telling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SHOWN = 10
"""So many places of one kind of problem are shown; its count says how many there are."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem: what it is, what to do, how often, and the first places of it.

    ``refuses`` says that nothing is stored; otherwise the rows are stored as they stand.
    """

    what: str
    help: str
    places: tuple[str, ...] = ()
    count: int = 1
    refuses: bool = True


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One kind of problem of some rows: ``rows`` are the first of them, ``say`` words one."""

    what: str
    help: str
    rows: tuple[int, ...]
    count: int
    say: Callable[[int], str]
    refuses: bool = True


class ImportRefused(Exception):
    """Files that cannot be imported, with every kind of problem that was found."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(problems)

    def __str__(self) -> str:
        return "\n".join(f"{problem.what}; {problem.help}" for problem in self.problems)
