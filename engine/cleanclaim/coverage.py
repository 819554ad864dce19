"""Which payers the library says nothing of: silence about them is no clean claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from operator import attrgetter

from cleanclaim.backends.reference import Group, LineJudge
from cleanclaim.claims.model import Line, Status
from cleanclaim.policy.model import FieldOf, Member, Policy
from cleanclaim.policy.versions import Edition
from cleanclaim.policy.visit import conditions, leaves, values_of_condition

_PAYER = ("payer", "payer_name", "payer_type", "plan")
_SCOPE = ("payer", "payer_name", "payer_type", "plan", "state", "claim_type", "service_date")
_scope_of = attrgetter(*_SCOPE)


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A payer of whom no policy in force speaks, with the lines of it; ``near`` is one that some do."""

    payer: str | None
    payer_type: str | None
    lines: int
    near: str | None


@dataclass
class Coverage:
    """Counts lines by payer as they are judged, and says whom no payer's policy speaks of."""

    edition: Edition
    _seen: Counter[tuple[object, ...]] = field(default_factory=Counter)
    _example: dict[tuple[object, ...], Line] = field(default_factory=dict)

    def see(self, lines: Iterable[Line]) -> None:
        """Takes note of the lines that are judged."""
        for line in lines:
            if line.status is Status.CLAIM:
                scope = _scope_of(line)
                self._seen[scope] += 1
                self._example.setdefault(scope, line)

    def uncovered(self) -> tuple[Uncovered, ...]:
        """The payers that only policies for every payer were applied to; most lines first.

        None, where no policy of the library is a payer's.
        """
        if not any(_is_payers(policy) for known in self.edition.policies for policy in known.versions):
            return ()
        lines: Counter[tuple[str | None, str | None]] = Counter()
        named: dict[str | None, set[str | None]] = {}
        for scope, count in self._seen.items():
            line = self._example[scope]
            if not self._covered(line):
                payer = line.payer or line.payer_name
                lines[payer, line.payer_type] += count
                named.setdefault(payer, set()).add(line.payer_name)
        known = self.payers()
        return tuple(
            Uncovered(payer, type_, count, _near((payer, *sorted(filter(None, named[payer]))), known))
            for (payer, type_), count in sorted(lines.items(), key=lambda item: (-item[1], str(item[0])))
        )

    def payers(self) -> list[str]:
        """The identifiers and names of payers that policies speak of, each in one spelling."""
        return sorted(
            {
                str(name).casefold(): str(name)
                for known in self.edition.policies
                for policy in known.versions
                for condition in conditions(policy.scope)
                if isinstance(condition, Member) and isinstance(condition.among, tuple)
                if isinstance(condition.value, FieldOf) and condition.value.name in ("payer", "payer_name")
                for name in condition.among
            }.values()
        )

    def _covered(self, line: Line) -> bool:
        in_force = (known.in_force(line.service_date) for known in self.edition.policies)
        return any(policy is not None and _is_payers(policy) and _speaks_of(policy, line) for policy in in_force)


def _is_payers(policy: Policy) -> bool:
    return any(name in _PAYER for name in _fields(policy))


def _fields(policy: Policy) -> Iterator[str]:
    for condition in conditions(policy.scope):
        for value in values_of_condition(condition):
            yield from (leaf.name for leaf in leaves(value) if isinstance(leaf, FieldOf))


def _speaks_of(policy: Policy, line: Line) -> bool:
    return LineJudge(Group(policy, (line,), {}), 0).condition(policy.scope).truth is not False


def _near(given: Sequence[str | None], names: Sequence[str]) -> str | None:
    folded = {name.casefold(): name for name in names}
    for name in given:
        for near in get_close_matches(name.casefold(), folded, 1, 0.8) if name else ():
            return folded[near]
    return None
