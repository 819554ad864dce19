"""Looks at other lines, settled by the engine's joins; the least matching place is the witness.

A line whose key no other line shares needs no engine. Where many lines share a key, the engine is
asked about the nearest of them first: it fires for every pair that matches, and only the least counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cleanclaim.backends.durable.driver import Ruleset
from cleanclaim.backends.durable.group import NOWHERE, LinesOfGroup
from cleanclaim.backends.durable.local import Judged, rank, sorted_codes
from cleanclaim.backends.durable.looks import LookPlan, Way
from cleanclaim.backends.durable.shards import Shards
from cleanclaim.backends.durable.truth import FALSE, TRUE, UNKNOWN
from cleanclaim.claims.model import FactValue, Number

REACH = 16
"""Lines of one key that a line is joined with at first."""
GROWTH = 8
REACH_LIMIT = 4096
BATCH = 50_000
"""Facts asserted at once, at most."""


@dataclass(slots=True, eq=False)
class Search:
    """One line looking among lines of one key: those in ``bucket`` from ``start`` up to ``stop``."""

    plan: LookPlan
    way: Way
    judged: Judged
    bucket: list[int]
    start: int
    stop: int


def settle_looks(group: LinesOfGroup, wanted: Mapping[LookPlan, Sequence[Judged]], joins: Shards) -> None:
    """Finds for each look and line whether some other line matches, and which is the first."""
    searches: list[Search] = []
    for plan, judged_lines in wanted.items():
        _open(group, plan, judged_lines, searches)
    reach = REACH
    while searches:
        for together in _batches(searches, reach):
            _search(group, together, reach, joins)
        searches = [each for each in searches if each.start < each.stop]
        reach = min(reach * GROWTH, REACH_LIMIT)


def _open(group: LinesOfGroup, plan: LookPlan, judged_lines: Sequence[Judged], searches: list[Search]) -> None:
    found = group.found.setdefault(plan, {})
    keys = group.keys(plan)
    # A look by key alone, of a line that is alone under its key, is over before it begins.
    buckets = group.index(plan, plan.ways[0]).buckets if len(plan.ways) == 1 and plan.ways[0].by_key else None
    for judged in judged_lines:
        at = judged.at
        if at in found:
            continue
        key = keys[at]
        if key is None or (plan.strict and group.blank(plan, judged)):
            found[at] = UNKNOWN
            continue
        found[at] = FALSE
        if buckets is not None:
            bucket = buckets.get(key)
            if bucket is None or (len(bucket) == 1 and bucket[0] == at):
                continue
        searches += searches_of(group, plan, judged)


def searches_of(group: LinesOfGroup, plan: LookPlan, judged: Judged) -> list[Search]:
    """Where a look must search; nowhere if no line but the judged one can match."""
    return [
        Search(plan, way, judged, bucket, start, stop)
        for way in plan.ways
        for bucket, start, stop in group.candidates(plan, way, judged)
        if stop - start > 1 or bucket[start] != judged.at
    ]


def _batches(searches: Sequence[Search], reach: int) -> Iterable[list[Search]]:
    together: list[Search] = []
    room = BATCH
    for search in searches:
        size = 1 + min(reach, search.stop - search.start)
        if size > room and together:
            yield together
            together, room = [], BATCH
        together.append(search)
        room -= size
    if together:
        yield together


def _search(group: LinesOfGroup, searches: Sequence[Search], reach: int, joins: Shards) -> None:
    by_ruleset: dict[Ruleset, list[Search]] = {}
    for search in searches:
        by_ruleset.setdefault(joins.ruleset(joins.kind(search.way.shape)), []).append(search)
    for ruleset, mine in by_ruleset.items():
        facts = JoinFacts(group)
        for search in mine:
            stop = min(search.start + reach, search.stop)
            facts.add(search, str(joins.kind(search.way.shape)), stop)
        least: dict[int, int] = {}
        for _, matched in ruleset.run(facts.written()):
            number, place = int(matched["s"]["id"]), matched["o"]["p"]
            if place < least.get(number, place + 1):
                least[number] = place
        for number, search in enumerate(mine):
            search.start = min(search.start + reach, search.stop)
            if number in least:
                search.start = search.stop
                _found(group, search, least[number])


def _found(group: LinesOfGroup, search: Search, place: int) -> None:
    group.found[search.plan][search.judged.at] = TRUE
    looked = (search.plan.number, search.judged.at)
    group.witnesses[looked] = min(place, group.witnesses.get(looked, place))


class JoinFacts:
    """The facts of one batch of joins: the judged lines' first, in the order added."""

    def __init__(self, group: LinesOfGroup) -> None:
        self._group = group
        self._keys: dict[int, int] = {}
        self._own: list[tuple[str, Sequence[FactValue | None], Way]] = []
        self._others: dict[tuple[str, int, int], tuple[Sequence[FactValue | None], Way, str]] = {}

    def add(self, search: Search, kind: str, stop: int, head: str = "", tails: Sequence[str] = ()) -> None:
        """A judged line, and the other lines that it can match up to a place in its list.

        ``head`` and ``tails`` are further members of its fact and of theirs.
        """
        way, judged, bucket = search.way, search.judged, search.bucket
        key = self._keys.setdefault(id(bucket), len(self._keys))
        low, high = bucket[search.start], bucket[stop - 1]
        fact = f'"kind":"s{kind}","k":{key},"p":{judged.at},"lo":{low},"hi":{high}{head}'
        values = [pair.line(judged.line, judged, NOWHERE) for pair in way.pairs]
        self._own.append((fact, values, way))
        for number, at in enumerate(bucket[search.start : stop]):
            if (kind, key, at) not in self._others:
                met = [pair.other(judged.line, judged, at) for pair in way.pairs]
                self._others[kind, key, at] = (met, way, tails[number] if tails else "")

    def written(self) -> list[str]:
        """The facts as the driver takes them."""
        numbers = self._numbers()
        facts = [fact + _members(values, way, numbers) for fact, values, way in self._own]
        for (kind, key, at), (values, way, tail) in self._others.items():
            facts.append(f'"kind":"o{kind}","k":{key},"p":{at}{_members(values, way, numbers)}{tail}')
        return facts

    def _numbers(self) -> dict[object, int]:
        """Small numbers for values, alike for equal ones and in the order of those that have one."""
        same: dict[object, int] = {}
        ordered: set[Number] = set()
        for values, way in (*((own[1], own[2]) for own in self._own), *(each[:2] for each in self._others.values())):
            unequal = len(way.unequal)
            for value in values[:unequal]:
                same.setdefault(("=", sorted_codes(value)), len(same))
            ordered.update(rank(value) for value in values[unequal:] if value is not None)
        return same | {value: at for at, value in enumerate(sorted(ordered))}


def _members(values: Sequence[FactValue | None], way: Way, numbers: dict[object, int]) -> str:
    unequal = len(way.unequal)
    members = [f',"n{at}":{numbers["=", sorted_codes(value)]}' for at, value in enumerate(values[:unequal])]
    for at, value in enumerate(values[unequal:]):
        assert value is not None
        members.append(f',"r{at}":{numbers[rank(value)]}')
    return "".join(members)
