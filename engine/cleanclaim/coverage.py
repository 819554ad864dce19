"""Which payers the library says nothing of: silence about them is no clean claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property

from cleanclaim.claims.model import Line
from cleanclaim.policy.model import FieldOf, Member, Policy
from cleanclaim.policy.versions import Edition
from cleanclaim.policy.visit import conditions, fields_of
from cleanclaim.tally import Counted, Kind, may_hold

_PAYER = ("payer", "payer_name", "payer_type", "plan")


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A payer of whom no policy in force speaks, with the lines of it; ``near`` is one that some do.

    ``known``: some policy speaks of the payer itself, but not of these lines.
    """

    payer: str | None
    payer_type: str | None
    lines: int
    near: str | None
    known: bool = False


@dataclass
class Coverage:
    """Says whom no payer's policy speaks of."""

    edition: Edition

    @cached_property
    def speaks(self) -> bool:
        """Whether any policy of the library is a payer's; else it covers everybody."""
        return any(map(_is_payers, _policies(self.edition)))

    @cached_property
    def fields(self) -> frozenset[str]:
        """What tells of a line whether a payer's policy speaks of it, and who its payer is."""
        scopes = (policy.scope for policy in _policies(self.edition) if _is_payers(policy))
        return frozenset(_PAYER) | {field.name for scope in scopes for field in fields_of(scope)}

    def uncovered(self, tally: Counted) -> tuple[Uncovered, ...]:
        """The payers that only policies for every payer were applied to; most lines first."""
        if not self.speaks:
            return ()
        scopes = {
            id(policy): may_hold(policy, policy.scope) for policy in _policies(self.edition) if _is_payers(policy)
        }
        speaking: dict[date, list[Callable[[Line, Kind], bool]]] = {}
        lines: Counter[tuple[str | None, str | None]] = Counter()
        named: dict[str | None, set[str | None]] = {}
        for line, kind, count in tally.kinds(self.fields):
            day = line.service_date
            if day not in speaking:
                in_force = (known.in_force(day) for known in self.edition.policies)
                speaking[day] = [scopes[id(policy)] for policy in in_force if id(policy) in scopes]
            if not any(speaks(line, kind) for speaks in speaking[day]):
                payer = line.payer or line.payer_name
                lines[payer, line.payer_type] += count
                named.setdefault(payer, set()).add(line.payer_name)
        return tuple(
            self._uncovered(payer, type_, count, sorted(filter(None, named[payer])))
            for (payer, type_), count in sorted(lines.items(), key=lambda item: (-item[1], str(item[0])))
        )

    def _uncovered(self, payer: str | None, type_: str | None, lines: int, names: Sequence[str]) -> Uncovered:
        given = [*([payer] if payer is not None else []), *names]
        if not self._named.isdisjoint(given):
            return Uncovered(payer, type_, lines, None, True)
        return Uncovered(payer, type_, lines, _near(given, self.payers()))

    @cached_property
    def _named(self) -> frozenset[str]:
        """The identifiers and names of payers as policies spell them."""
        return frozenset(
            str(name)
            for policy in _policies(self.edition)
            for condition in conditions(policy.scope)
            if isinstance(condition, Member) and isinstance(condition.among, tuple)
            if isinstance(condition.value, FieldOf) and condition.value.name in ("payer", "payer_name")
            for name in condition.among
        )

    def payers(self) -> list[str]:
        """The identifiers and names of payers that policies speak of, each in one spelling."""
        return sorted({name.casefold(): name for name in sorted(self._named)}.values())


def _policies(edition: Edition) -> Iterator[Policy]:
    return (policy for known in edition.policies for policy in known.versions)


def _is_payers(policy: Policy) -> bool:
    return any(field.name in _PAYER for field in fields_of(policy.scope))


def _near(given: Sequence[str], names: Sequence[str]) -> str | None:
    folded = {name.casefold(): name for name in names}
    for name in given:
        for near in get_close_matches(name.casefold(), folded, 1, 0.8):
            return folded[near]
    return None
