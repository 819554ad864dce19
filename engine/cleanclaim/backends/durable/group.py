"""The lines of one group, with the indexes that looks need, each made when first asked for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from cleanclaim.backends.durable.keys import Key
from cleanclaim.backends.durable.local import Judged, holds, sorted_codes
from cleanclaim.backends.durable.looks import LookPlan, Way
from cleanclaim.backends.durable.screen import NEVER_TRUE, ONLY_TRUE, Entry
from cleanclaim.backends.durable.truth import FALSE, TRUE, Truth
from cleanclaim.backends.reference import window_dates
from cleanclaim.claims.model import FactValue, Line, Status
from cleanclaim.policy.model import Measure, Position, Span

NOWHERE = -1

Settle = Callable[["LinesOfGroup", int, str], None]


@dataclass(eq=False)
class Index:
    """Places of the lines that one way can see, by key, in order, and by class where it needs classes."""

    buckets: dict[Key, list[int]] = field(default_factory=dict)
    classes: dict[Key, dict[tuple[FactValue | None, ...], list[int]]] = field(default_factory=dict)


@dataclass(eq=False)
class LinesOfGroup:
    """One group. ``entries`` say what its lines can be part of; ``settle`` concludes derived facts."""

    lines: Sequence[Line]
    entries: Sequence[Entry]
    settle: Settle
    facts: dict[tuple[int, str], list[Truth]] = field(default_factory=dict)
    """Derived facts by version and name: the truth of each line's."""
    found: dict[LookPlan, dict[int, Truth]] = field(default_factory=dict)
    """Looks that were settled, by plan and place."""
    witnesses: dict[tuple[int, int], int] = field(default_factory=dict)
    totals: dict[tuple[int, Measure, Key], FactValue | None] = field(default_factory=dict)
    _keys: dict[int, list[Key | None]] = field(default_factory=dict)
    _indexes: dict[int, Index] = field(default_factory=dict)
    _indexes_with_log: dict[int, Index] = field(default_factory=dict)
    _dates: list[date] = field(default_factory=list)

    def fact(self, version: int, fact: str, at: int) -> Truth:
        """The truth of a derived fact of the line at a place."""
        truths = self.facts.get((version, fact))
        if truths is None:
            self.settle(self, version, fact)
            truths = self.facts[version, fact]
        return truths[at]

    def keys(self, plan: LookPlan) -> list[Key | None]:
        """The keys of all lines for a look; ``None`` where a field is missing."""
        keys = self._keys.get(plan.key_number)
        if keys is None:
            key = plan.key
            keys = self._keys[plan.key_number] = [key(line) for line in self.lines]
        return keys

    def blank(self, plan: LookPlan, judged: Judged) -> bool:
        """Whether a fact that the look needs is missing on the judged line, so that it is unknown."""
        if self.keys(plan)[judged.at] is None:
            return True
        if plan.differs and any(value(judged.line, judged, NOWHERE) is None for value in plan.differs):
            return True
        days = plan.days
        return days is not None and days(judged.line, judged, NOWHERE) is None and not plan.days_unnamed(judged)

    def candidates(
        self, plan: LookPlan, way: Way, judged: Judged, *, log: bool = False
    ) -> Sequence[tuple[list[int], int, int]]:
        """Lists of places that hold every line the way can match, each with the slice in range."""
        index = self.index(plan, way, log)
        key = self.keys(plan)[judged.at]
        line = judged.line
        if not way.equal and key not in index.buckets and key not in index.classes:
            return ()
        if way.line_test is not None and way.line_test(line, judged, NOWHERE) != TRUE:
            return ()
        if way.equal:
            values = [sorted_codes(pair.line(line, judged, NOWHERE)) for pair in way.equal]
            if None in values:
                return ()
            key = (key, *values)
        for pair in way.pairs:
            if pair.line(line, judged, NOWHERE) is None:
                return ()
        found: list[tuple[list[int], int, int]] = []
        for bucket in self._buckets(way, index, key, judged):
            start, stop = self._range(plan, judged, bucket)
            if start < stop:
                found.append((bucket, start, stop))
        return found

    def _buckets(self, way: Way, index: Index, key: Key, judged: Judged) -> Sequence[list[int]]:
        if way.mixed is None:
            bucket = index.buckets.get(key)
            return () if bucket is None else (bucket,)
        classes = index.classes.get(key)
        if classes is None:
            return ()
        if way.pairing is None:
            mixed = way.mixed
            return [places for places in classes.values() if mixed(judged.line, judged, places[0]) == TRUE]
        partners = way.pairing.partners(judged.line, judged)
        if partners is None:
            return ()
        found: list[list[int]] = []
        for alike, places in classes.items():
            rows = partners.get(alike)
            if rows is not None and way.pairing.holds(rows, judged.line, judged):
                found.append(places)
        return found

    def seen(self, plan: LookPlan, judged: Judged, *, log: bool = False) -> Sequence[int]:
        """Places of the lines a look sees, the judged one too if it matches, in order."""
        found: list[list[int]] = []
        for way in plan.ways:
            for bucket, start, stop in self.candidates(plan, way, judged, log=log):
                places = bucket[start:stop]
                if way.unequal or way.ordered:
                    places = [at for at in places if self._compares(way, judged, at)]
                found.append(places)
        if len(found) == 1:
            return found[0]
        return sorted({at for places in found for at in places})

    def index(self, plan: LookPlan, way: Way, log: bool = False) -> Index:
        """The places of the lines that one way can see."""
        indexes = self._indexes_with_log if log else self._indexes
        index = indexes.get(way.number)
        if index is None:
            index = indexes[way.number] = Index()
            self._fill(index, plan, way, log)
        return index

    def _fill(self, index: Index, plan: LookPlan, way: Way, log: bool) -> None:
        keys = self.keys(plan)
        here: Judged | None = None
        for at, line in enumerate(self.lines):
            key = keys[at]
            if key is None or (line.status is Status.LOG and not log):
                continue
            mask = self.entries[at].other_side(way, line)
            if not mask & ~NEVER_TRUE:
                continue
            if mask != ONLY_TRUE or not way.plain:
                # Whose turn it is to be judged is open here: only the other side is asked.
                here = here or Judged(self, plan.version, at, line, {})
                if mask != ONLY_TRUE and way.other_test is not None and way.other_test(line, here, at) != TRUE:
                    continue
                if way.equal:
                    values = [sorted_codes(pair.other(line, here, at)) for pair in way.equal]
                    if None in values:
                        continue
                    key = (key, *values)
                if any(pair.other(line, here, at) is None for pair in way.pairs):
                    continue
                if way.mixed is not None:
                    alike = tuple([value(line, here, at) for value in way.classes])
                    index.classes.setdefault(key, {}).setdefault(alike, []).append(at)
                    continue
            index.buckets.setdefault(key, []).append(at)

    def _range(self, plan: LookPlan, judged: Judged, bucket: list[int]) -> tuple[int, int]:
        start, stop = 0, len(bucket)
        if plan.look.position is Position.BEFORE:
            stop = bisect_left(bucket, judged.at)
        elif plan.look.position is Position.AFTER:
            start = bisect_right(bucket, judged.at)
        window = plan.look.within
        if plan.days is not None and window is not None:
            days = plan.days(judged.line, judged, NOWHERE)
            first, last = window_dates(Span.DAYS, judged.line.service_date, days, window.before, window.after)
            start = max(start, bisect_left(bucket, bisect_left(self._days, first)))
            stop = min(stop, bisect_left(bucket, bisect_right(self._days, last)))
        return start, stop

    @property
    def _days(self) -> list[date]:
        if not self._dates:
            self._dates = [line.service_date for line in self.lines]
        return self._dates

    def _compares(self, way: Way, judged: Judged, at: int) -> bool:
        for pair in way.unequal:
            if sorted_codes(pair.other(judged.line, judged, at)) == sorted_codes(pair.line(judged.line, judged, at)):
                return False
        for op, pair in way.ordered:
            other, own = pair.other(judged.line, judged, at), pair.line(judged.line, judged, at)
            assert other is not None and own is not None
            if not holds(other, op, own):
                return False
        return True


def no_fact(group: LinesOfGroup, version: int, fact: str) -> None:
    """Settles a fact that nothing concludes."""
    group.facts[version, fact] = [FALSE] * len(group.lines)
