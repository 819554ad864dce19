"""Everything that one run looks at: the lines to judge, their history, and what could not be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from operator import itemgetter
from types import TracebackType

from cleanclaim.claims.claim_numbers import as_given
from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import Claim, Line, Reading, Reject, Status, Warning, canonical_order
from cleanclaim.claims.settling import settle
from cleanclaim.claims.spill import Key, Spill, bucket_of

Adapt = Callable[[Line], Line]

SPILL_AFTER = 500_000
_PATIENT = ("patient",)
_NUMBERS = re.compile("[0-9]+")


class Batch:
    """The lines of a run, settled, in memory or beyond ``spill_after`` lines in temporary files.

    Claims in are claims judged (:attr:`claims`) plus claims rejected (:attr:`rejected_claims`).
    Use it in a ``with`` statement, so that temporary files go when it ends.
    """

    def __init__(self, keys: tuple[str, ...] = _PATIENT) -> None:
        self.claims = 0
        """Claims to be judged."""
        self.lines = 0
        """Billed lines to be judged, without history and treatment logs."""
        self.history = 0
        """History lines that count as other lines."""
        self.history_copies = 0
        """History lines left out because they are lines under judgement over again."""
        self.rejected: list[Reject] = []
        """What could not be read, in input order; after that, by place, lines that contradict another."""
        self.warnings: list[Warning] = []
        """What was odd in the input, in input order; after that, by place, lines that were given twice."""
        self._lines: list[Line] = []
        self._keys = keys
        self._spill: Spill | None = None

    @classmethod
    def collect(
        cls,
        readings: Iterable[Reading],
        history: Iterable[Reading] = (),
        adapt: Adapt | None = None,
        spill_after: int = SPILL_AFTER,
        keys: tuple[str, ...] = _PATIENT,
    ) -> Batch:
        """Take in all readings. ``history`` counts as other lines and is not judged.

        ``adapt`` is applied to every line (the roster, a payer given by hand). A claim of which a
        row was refused, or contradicts another of its number, is withdrawn whole. After that,
        claim, line number and whether it is history tell every line from every other. ``keys`` are
        those that :meth:`partitions` will be asked for; others are possible and cost one more pass
        over what was spilled.
        """
        batch = cls(keys)
        try:
            batch._collect(readings, history, adapt, spill_after)
        except BaseException:
            batch.close()
            raise
        return batch

    @property
    def rejected_claims(self) -> int:
        """How many claims were rejected."""
        return sum(reject.claims for reject in self.rejected)

    def partitions(self, keys: tuple[str, ...] = _PATIENT) -> Iterator[list[Line]]:
        """Groups of lines that are equal in the policy fields ``keys``, each in canonical order.

        A line that lacks one of them is a group of its own. Groups without a line to judge are left
        out. The order of the groups is the same for the same input, spilled or not.
        """
        key = _key(keys)
        if self._spill is None:
            yield from _groups(self._lines, key)
            return
        if keys == self._keys:
            for lines in self._spill.buckets():
                yield from _groups(lines, key)
            return
        with Spill(key) as spill:
            for lines in self._spill.buckets():
                spill.extend(lines)
            for lines in spill.buckets():
                yield from _groups(lines, key)

    def close(self) -> None:
        """Let go of all lines, and remove temporary files."""
        self._lines = []
        if self._spill is not None:
            self._spill.close()

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _collect(
        self, readings: Iterable[Reading], history: Iterable[Reading], adapt: Adapt | None, spill_after: int
    ) -> None:
        refused: set[str] = set()
        withdrawn: Counter[str] = Counter()
        conflicts: list[Reject] = []
        repeats: list[Warning] = []

        def settled(lines: list[Line]) -> list[Line]:
            left = settle(lines, refused)
            self.claims += left.claims
            self.lines += left.billed
            self.history += left.history
            self.history_copies += left.copies
            withdrawn.update(left.withdrawn)
            conflicts.extend(left.conflicts)
            repeats.extend(left.repeats)
            return left.lines

        with ExitStack() as temporary:
            by_claim: Spill | None = None
            for lines in chain(self._judged(readings), self._past(history)):
                self._lines.extend(map(adapt, lines) if adapt is not None else lines)
                if by_claim is None and len(self._lines) > spill_after:
                    # By claim, because only with all its lines at hand is seen what is there twice.
                    by_claim = temporary.enter_context(Spill(_by_claim))
                if by_claim is not None:
                    by_claim.extend(self._lines)
                    self._lines = []
            refused.update(reject.claim for reject in self.rejected if reject.claim is not None)
            if by_claim is None:
                self._lines = settled(self._lines)
            else:
                self._spill = Spill(_key(self._keys))
                for bucket in by_claim.buckets():
                    self._spill.extend(settled(bucket))
        self.rejected.extend(sorted(conflicts, key=_by_place))
        self.warnings.extend(sorted(repeats, key=_by_place))
        self._name_withdrawn(withdrawn)

    def _judged(self, readings: Iterable[Reading]) -> Iterator[Iterable[Line]]:
        for reading in readings:
            if isinstance(reading, Claim):
                yield reading.lines
            elif isinstance(reading, Reject):
                self.rejected.append(reading)
            else:
                self.warnings.append(reading)

    def _past(self, readings: Iterable[Reading]) -> Iterator[Iterable[Line]]:
        for reading in readings:
            if isinstance(reading, Claim):
                yield [line._replace(status=Status.HISTORY) for line in reading.lines]
            elif isinstance(reading, Reject):
                # It was not to be judged, so no claim is lost; what else is known of it still counts.
                self.rejected.append(replace(reading, claims=0, claim=None))
            else:
                self.warnings.append(reading)

    def _name_withdrawn(self, withdrawn: Counter[str]) -> None:
        """Count each claim of which rows were refused once, at its first row, and say what went with it."""
        counted: set[str] = set()
        for n, reject in enumerate(self.rejected):
            if reject.claim is None or reject.claim in counted:
                continue
            counted.add(reject.claim)
            others = withdrawn[reject.claim]
            rows = "row of it that can be read" if others == 1 else f"{others} rows of it that can be read"
            also = f"; so its claim is not judged, nor the {rows}" if others else ""
            self.rejected[n] = replace(reject, claims=max(1, reject.claims), reason=reject.reason + also)


def _by_place(told: Reject | Warning) -> tuple[str, list[int], str, str, str]:
    # Not as text, so that row 10 comes after row 9.
    place = [int(number) for number in _NUMBERS.findall(told.where)]
    claim = told.claim or "" if isinstance(told, Reject) else ""
    return (told.source, place, told.where, told.reason, claim)


def _by_claim(line: Line) -> Key:
    return (as_given(line.claim),)


def _key(keys: tuple[str, ...]) -> Callable[[Line], Key]:
    """What a line is grouped by; a name outside of the catalogue is a declared fact's.

    Lists of codes group by what they hold, whatever its order.
    """
    if not all(name in BY_NAME and BY_NAME[name].type is not ValueType.CODES for name in keys):
        return lambda line: tuple(_unordered(_value(name, line)) for name in keys)
    places = [Line._fields.index(BY_NAME[name].attribute) for name in keys]
    if len(places) == 1:
        place = places[0]
        return lambda line: (line[place],)
    get: Callable[[Line], Key] = itemgetter(*places)
    return get


def _value(name: str, line: Line) -> object:
    return getattr(line, BY_NAME[name].attribute) if name in BY_NAME else line.facts.get(name)


def _unordered(value: object) -> object:
    return tuple(sorted(value)) if isinstance(value, tuple) else value


def groups(lines: Iterable[Line], keys: tuple[str, ...]) -> Iterator[list[Line]]:
    """The groups of lines that are equal in policy fields, as :meth:`Batch.partitions` gives those of a batch."""
    return _groups(lines, _key(keys))


def _groups(lines: Iterable[Line], key: Callable[[Line], Key]) -> Iterator[list[Line]]:
    together: dict[Key, list[Line]] = {}
    for line in lines:
        together.setdefault(key(line), []).append(line)
    whole: list[tuple[Key, list[Line]]] = []
    for found, group in together.items():
        if None in found:
            whole.extend((found, [line]) for line in group)
        else:
            group.sort(key=canonical_order)
            whole.append((found, group))
    judged = [(found, group) for found, group in whole if any(line.status is Status.CLAIM for line in group)]
    judged.sort(key=lambda pair: (bucket_of(pair[0]), canonical_order(pair[1][0])))
    for _, group in judged:
        yield group
