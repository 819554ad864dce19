"""Decides which lines of whole claims are judged: each line once, and no claim of which a row is in doubt."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from operator import itemgetter

from cleanclaim.claims.claim_numbers import as_given
from cleanclaim.claims.frequency import without_replaced, without_voids
from cleanclaim.claims.model import Line, Reject, Status, Warning
from cleanclaim.claims.same_line import differing, same_billed_line

_CLAIM = Line._fields.index("claim")
_STATUS = Line._fields.index("status")
PAST = "#past"
"""What follows the number of a claim in history that has the number of a claim under judgement."""

_identity = itemgetter(_CLAIM, Line._fields.index("line"))


@dataclass(frozen=True, slots=True)
class Settled:
    """What is left of the lines of some claims.

    ``claims`` and ``billed`` count claims and billed lines to be judged, ``history`` the history
    lines kept and ``copies`` those dropped because they are judged lines over again, void, or
    replaced. ``conflicts`` are rows that contradict an earlier one of their number; ``repeats`` tells
    of those that say the same, and of voids, which are claims without a line to judge;
    ``withdrawn`` counts, by claim, the readable lines of claims that are not judged.
    """

    lines: list[Line]
    claims: int
    billed: int
    history: int
    copies: int
    conflicts: list[Reject]
    repeats: list[Warning]
    withdrawn: Counter[str]


def settle(lines: list[Line], refused: Collection[str]) -> Settled:
    """Settle all lines of some claims, judged ones before history, each in input order."""
    judged = [line for line in lines if line[_STATUS] is not Status.HISTORY]
    past = [line for line in lines if line[_STATUS] is Status.HISTORY] if len(judged) < len(lines) else []
    conflicts: list[Reject] = []
    repeats: list[Warning] = []
    withdrawn: Counter[str] = Counter()
    if refused:
        judged = _without(judged, refused, withdrawn)
    if _repeating(judged):
        judged = _each_once(judged, conflicts, repeats)
        judged = _without(judged, {reject.claim for reject in conflicts}, withdrawn)
    to_judge, voids, told = without_voids(judged)
    repeats += told
    copies = 0
    if past:
        past_conflicts: list[Reject] = []
        past = _each_once(past, past_conflicts, repeats) if _repeating(past) else past
        conflicts += past_conflicts
        others = _without_copies(without_replaced(past, judged), judged)
        copies = len(past) - len(others)
        past = _apart(others, {line.claim for line in judged})
    judged = to_judge
    billed = [line[_CLAIM] for line in judged if line[_STATUS] is Status.CLAIM]
    return Settled(
        lines=[*judged, *past] if past else judged,
        claims=len(set(billed)) + voids,
        billed=len(billed),
        history=len(past),
        copies=copies,
        conflicts=conflicts,
        repeats=repeats,
        withdrawn=withdrawn,
    )


def _repeating(lines: list[Line]) -> bool:
    return len(set(map(_identity, lines))) < len(lines)


def _without(lines: list[Line], claims: Collection[str | None], withdrawn: Counter[str]) -> list[Line]:
    kept = []
    for line in lines:
        if line.claim in claims:
            withdrawn[line.claim] += 1
        else:
            kept.append(line)
    return kept


def _each_once(lines: Iterable[Line], conflicts: list[Reject], repeats: list[Warning]) -> list[Line]:
    """The first line of each number; what came under it again is told."""
    first: dict[tuple[str, int], Line] = {}
    for line in lines:
        before = first.setdefault((line.claim, line.line), line)
        if before is line:
            continue
        differences = differing(line, before)
        if differences:
            conflicts.append(_conflict(line, before, differences))
        else:
            source, where = _place(line)
            repeats.append(Warning(source, where, "is the same as an earlier row of its claim; it is read once"))
    return list(first.values())


def _without_copies(past: list[Line], judged: list[Line]) -> list[Line]:
    """History without the lines under judgement, which are often in it and must not count as other lines.

    A number that came again in its file was given a ``#n`` by us, so numbers are compared as they
    were given; a judged line has one copy at most, for whatever is there twice was billed twice.
    """
    under: defaultdict[tuple[str, int], list[Line]] = defaultdict(list)
    for line in judged:
        if line.status is Status.CLAIM:
            under[as_given(line.claim), line.line].append(line)
    if not under:
        return past
    kept = []
    for line in past:
        alike = under.get((as_given(line.claim), line.line), [])
        n = next((n for n, mine in enumerate(alike) if same_billed_line(mine, line)), None)
        if n is None:
            kept.append(line)
        else:
            del alike[n]
    return kept


def _apart(past: list[Line], judged: Collection[str]) -> list[Line]:
    """History under a number of a judged claim is another claim of that number: accounts are billed again and again."""
    return [line._replace(claim=f"{line.claim}{PAST}") if line.claim in judged else line for line in past]


def _place(line: Line) -> tuple[str, str]:
    source, _, where = line.source.rpartition(", ")
    return source or line.source, where


def _conflict(line: Line, before: Line, differences: list[str]) -> Reject:
    source, where = _place(line)
    _, earlier = _place(before)
    past = line.status is Status.HISTORY
    what = "the second is left out" if past else "which of them was billed cannot be told"
    return Reject(
        source,
        f"{where}, against {earlier}",
        f"have one claim and line number and differ in {', '.join(differences)}; {what}: give each line its own number",
        claim=None if past else line.claim,
    )
