"""How many judged lines there are of each kind, by the few fields that tell whom policies speak of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from operator import attrgetter, itemgetter
from typing import Protocol

from cleanclaim.backends.reference import Group, LineJudge
from cleanclaim.claims.fields import BY_NAME
from cleanclaim.claims.model import Line, Status
from cleanclaim.policy.model import All, Condition, Policy
from cleanclaim.policy.visit import fields_of

FIELDS = (
    *("payer", "payer_name", "payer_type", "plan", "state", "claim_type", "service_date"),
    *("procedure", "modifiers", "place_of_service", "drg", "revenue_code", "bill_type"),
)
"""Lines that are alike in these are counted together."""

Kind = tuple[object, ...]
kind_of: Callable[[Line], Kind] = attrgetter(*(BY_NAME[name].attribute for name in FIELDS))
"""The kind of a line."""


class Counted(Protocol):
    """Judged lines by kind, however they were counted."""

    def kinds(self, fields: Collection[str]) -> Iterable[tuple[Line, Kind, int]]:
        """An example of each kind, the kind, and how many lines there are of it.

        Kept apart are lines that differ in one of ``fields`` (of :data:`FIELDS`), or of which different versions of
        policies speak; the others of :data:`FIELDS` may be missing.
        """


class Tally:
    """Counts lines as they are judged. Each kind keeps one line as its example."""

    def __init__(self) -> None:
        self._kinds: dict[Kind, tuple[Line, list[int]]] = {}
        self._grouped: dict[frozenset[str], list[tuple[Line, Kind, int]]] = {}

    def see(self, lines: Iterable[Line]) -> None:
        """Takes note of the lines that are judged; history and treatment logs are not."""
        self._grouped.clear()
        kinds = self._kinds
        for line in lines:
            if line.status is Status.CLAIM:
                kind = kind_of(line)
                known = kinds.get(kind)
                if known is None:
                    kinds[kind] = (line, [1])
                else:
                    known[1][0] += 1

    def kinds(self, fields: Collection[str]) -> Sequence[tuple[Line, Kind, int]]:
        """Lines that differ in one of ``fields``, or in their date of service."""
        names = frozenset((*fields, "service_date"))
        if names not in self._grouped:
            alike = _projection(names)
            groups: dict[object, tuple[Line, Kind, list[int]]] = {}
            for kind, (line, (count,)) in self._kinds.items():
                groups.setdefault(alike(kind), (line, kind, [0]))[2][0] += count
            self._grouped[names] = [(line, kind, count) for line, kind, (count,) in groups.values()]
        return self._grouped[names]


def may_hold(policy: Policy, condition: Condition) -> Callable[[Line, Kind], bool]:
    """Whether a condition that speaks of :data:`FIELDS` alone may hold of lines of a kind; asked once per kind."""
    answers: dict[object, bool] = {}
    alike = _projection({field.name for field in fields_of(condition)})
    if isinstance(condition, All):
        # Each part has far fewer different answers than all together.
        parts = [may_hold(policy, part) for part in condition.parts]
    else:
        parts = [lambda line, kind: LineJudge(Group(policy, (line,), {}), 0).condition(condition).truth is not False]

    def holds(line: Line, kind: Kind) -> bool:
        key = alike(kind)
        answer = answers.get(key)
        if answer is None:
            answer = answers[key] = all(part(line, kind) for part in parts)
        return answer

    return holds


def _projection(names: Collection[str]) -> Callable[[Kind], object]:
    places = [at for at, name in enumerate(FIELDS) if name in names]
    return itemgetter(*places) if places else lambda kind: None
