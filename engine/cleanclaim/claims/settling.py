"""Decides which lines of whole claims are judged: each number once, and no claim of which a row is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from operator import itemgetter

from cleanclaim.claims.model import Line, Reject, Status

_CLAIM = Line._fields.index("claim")
_STATUS = Line._fields.index("status")
_identity = itemgetter(_CLAIM, Line._fields.index("line"))


@dataclass(frozen=True, slots=True)
class Settled:
    """What is left of the lines of some claims.

    ``claims`` and ``billed`` count claims and billed lines to be judged; ``withdrawn`` counts, by
    claim, the readable lines of claims of which a row was refused.
    """

    lines: list[Line]
    claims: int
    billed: int
    duplicates: list[Reject]
    withdrawn: Counter[str]


def settle(lines: list[Line], refused: Collection[str]) -> Settled:
    """Settle all lines of some claims, judged ones before history, each in input order."""
    withdrawn: Counter[str] = Counter()
    kept: list[Line] = lines
    if refused:
        kept = []
        for line in lines:
            if line.claim in refused and line.status is not Status.HISTORY:
                withdrawn[line.claim] += 1
            else:
                kept.append(line)
    duplicates: list[Reject] = []
    if len(set(map(_identity, kept))) < len(kept):
        kept = _first_of_each(kept, duplicates)
    billed = [line[_CLAIM] for line in kept if line[_STATUS] is Status.CLAIM]
    return Settled(kept, len(set(billed)), len(billed), duplicates, withdrawn)


def _first_of_each(lines: Iterable[Line], duplicates: list[Reject]) -> list[Line]:
    judged: dict[tuple[str, int], Line] = {}
    history: dict[tuple[str, int], Line] = {}
    for line in lines:
        first = history if line.status is Status.HISTORY else judged
        before = first.setdefault((line.claim, line.line), line)
        if before is not line:
            duplicates.append(_duplicate(line, before))
    # A line under judgement is often in the history already; it must not count as another line.
    return [*judged.values(), *(line for identity, line in history.items() if identity not in judged)]


def _duplicate(line: Line, before: Line) -> Reject:
    source, _, where = line.source.rpartition(", ")
    return Reject(
        source or line.source,
        where,
        f"claim {line.claim} line {line.line} was read before ({before.source}); that one is kept, so give this one "
        "its own line number or take it out",
    )
