"""How far from the judged dates of service the rules of an edition can look, so that only that history is read."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from cleanclaim.audit.looked_for import codes_looked_for, condition_of
from cleanclaim.claims.frequency import REPLACEMENT, VOID
from cleanclaim.policy.model import (
    Allowance,
    CodeSet,
    Condition,
    Dated,
    Derived,
    Exists,
    Let,
    Literal,
    Look,
    Policy,
    Position,
    Rule,
    Side,
    Span,
    Total,
)
from cleanclaim.policy.versions import Edition
from cleanclaim.policy.visit import conditions


@dataclass(frozen=True, slots=True)
class Step:
    """How far one look goes from a line: a span of the calendar, or days; ``None`` is without end."""

    span: Span
    before: int | None = 0
    after: int | None = 0

    def earliest(self, day: date) -> date | None:
        """The first day seen from ``day``, ``None`` where there is no first."""
        match self.span:
            case Span.CALENDAR_MONTH if self.before != 0:
                return day.replace(day=1)
            case Span.CALENDAR_YEAR if self.before != 0:
                return day.replace(month=1, day=1)
            case Span.DAYS:
                return _moved(day, -self.before) if self.before is not None else None
        return day

    def latest(self, day: date) -> date | None:
        """The last day seen from ``day``, ``None`` where there is no last."""
        match self.span:
            case Span.CALENDAR_MONTH if self.after != 0:
                return day.replace(day=calendar.monthrange(day.year, day.month)[1])
            case Span.CALENDAR_YEAR if self.after != 0:
                return day.replace(month=12, day=31)
            case Span.DAYS:
                return _moved(day, self.after) if self.after is not None else None
        return day


ENDLESS = Step(Span.DAYS, None, None)
Chain = tuple[Step, ...]
"""A look from a line, the look of a derived fact from the line that it finds, and so on."""


@dataclass(frozen=True, slots=True)
class RuleReach:
    """What a rule sees: by ``chains`` of looks, lines that share ``same``, of ``procedures`` if all looks name some."""

    policy: str
    version: str
    rule: str
    chains: frozenset[Chain]
    same: tuple[str, ...]
    procedures: tuple[CodeSet, ...] | None

    @property
    def endless(self) -> bool:
        """Whether some look of it has no first or no last day."""
        return any(step.span is Span.DAYS and None in (step.before, step.after) for c in self.chains for step in c)


@dataclass(frozen=True, slots=True)
class Reach:
    """What the rules of an edition that look at other lines can see; no rules: nothing."""

    rules: tuple[RuleReach, ...] = ()

    @property
    def same_patient(self) -> bool:
        """Whether no rule looks at lines of other patients."""
        return all("patient" in rule.same for rule in self.rules)

    @property
    def procedures(self) -> tuple[CodeSet, ...] | None:
        """The codes of all lines that are looked for, ``None`` where some look takes any."""
        found: list[CodeSet] = []
        for rule in self.rules:
            if rule.procedures is None:
                return None
            found += [codes for codes in rule.procedures if codes not in found]
        return tuple(found)

    def dates(self, first: date, last: date) -> tuple[date | None, date | None]:
        """The first and last day that is seen from judged days ``first`` to ``last``; ``None`` is without end."""
        chains = {chain for rule in self.rules for chain in rule.chains}
        starts, ends = [_earliest(chain, first) for chain in chains], [_latest(chain, last) for chain in chains]
        known_starts = [day for day in starts if day is not None]
        known_ends = [day for day in ends if day is not None]
        start = None if len(known_starts) < len(starts) else min([first, *known_starts])
        end = None if len(known_ends) < len(ends) else max([last, *known_ends])
        return start, end

    def condition(self, first: date, last: date, judged: str) -> str:
        """The SQL condition that a history line ``h`` can be met from the relation ``judged``."""
        if not self.rules:
            return "FALSE"
        start, end = self.dates(first, last)
        parts = [f"h.service_date >= DATE '{start.isoformat()}'"] if start is not None else []
        parts += [f"h.service_date <= DATE '{end.isoformat()}'"] if end is not None else []
        if self.same_patient:
            parts.append(f"h.patient IN (SELECT patient FROM {judged})")
        if self.procedures is not None:
            # Voids and replacements are of whole claims, whatever they bill.
            codes = " OR ".join(condition_of(codes, "h.procedure") for codes in self.procedures) or "FALSE"
            parts.append(f"({codes} OR h.claim_frequency IN ('{REPLACEMENT}', '{VOID}'))")
        return " AND ".join(parts) or "TRUE"


def reach(edition: Edition) -> Reach:
    """What the rules of an edition that can be run see besides the line that they judge."""
    found = (
        _of_rule(policy, rule)
        for known in edition.policies
        for policy in known.versions
        for rule in edition.rules_of(policy)
    )
    return Reach(tuple(each for each in found if each.chains))


def _of_rule(policy: Policy, rule: Rule) -> RuleReach:
    roots = [rule.applies, rule.flag_if, *([rule.unless] if rule.unless is not None else [])]
    own = (rule.applies, policy.scope)
    walk = _Walk(policy)
    chains = frozenset(walk.chains(roots, [let for _, let in rule.lets], own))
    codes = None if walk.any_code else tuple(dict.fromkeys(walk.codes))
    return RuleReach(policy.id, policy.version, rule.id, chains, rule.partition, codes)


class _Walk:
    def __init__(self, policy: Policy) -> None:
        self.codes: list[CodeSet] = []
        self.any_code = False
        self._derivations = [each for stratum in policy.strata for each in stratum]
        self._open: set[str] = set()

    def chains(self, roots: Iterable[Condition], lets: Iterable[Let], own: Collection[Condition]) -> Iterator[Chain]:
        """The chains of looks that conditions and lets on one line begin; ``own`` are what is true of that line."""
        looks = [let.look for let in lets if isinstance(let, Total | Allowance)]
        for root in roots:
            for node in _outside(root):
                if isinstance(node, Exists):
                    looks.append(node.look)
                elif isinstance(node, Derived):
                    yield from self._of_fact(node.fact)
        for look in looks:
            step = _step(look)
            yield (step,)
            codes = codes_looked_for(look, own)
            self.any_code = self.any_code or codes is None
            self.codes += codes or ()
            for node in conditions(look.where):
                if isinstance(node, Derived):
                    from_there = (step,) if node.side is Side.OTHER else ()
                    yield from ((*from_there, *chain) for chain in self._of_fact(node.fact))
                elif isinstance(node, Exists):
                    yield (step, ENDLESS)
                    self.any_code = True

    def _of_fact(self, fact: str) -> Iterator[Chain]:
        if fact in self._open:
            # A fact that feeds itself may pass from line to line for ever.
            self.any_code = True
            yield (ENDLESS,)
            return
        self._open.add(fact)
        for each in self._derivations:
            if each.fact == fact:
                yield from self.chains([each.applies, each.when], [let for _, let in each.lets], (each.applies,))
        self._open.discard(fact)


def _outside(root: Condition) -> Iterator[Condition]:
    """The conditions on the line itself: not those in the look of another."""
    inner = {id(node) for each in conditions(root) if isinstance(each, Exists) for node in conditions(each.look.where)}
    return (node for node in conditions(root) if id(node) not in inner)


def _step(look: Look) -> Step:
    back = look.position is not Position.AFTER
    ahead = look.position is not Position.BEFORE
    if any(key.name == "service_date" and not key.declared for key in look.same):
        return Step(Span.DAY)
    window = look.within
    if window is None:
        return Step(Span.DAYS, None if back else 0, None if ahead else 0)
    if window.span is not Span.DAYS:
        return Step(window.span, 1 if back else 0, 1 if ahead else 0)
    days = _days(window.days)
    return Step(Span.DAYS, days if window.before and back else 0, days if window.after and ahead else 0)


def _days(value: object) -> int | None:
    match value:
        case Literal(int() as days):
            return days
        case Dated(_, entries) if all(isinstance(days, int) for _, days in entries):
            return max(days for _, days in entries if isinstance(days, int))
    return None


def _earliest(chain: Chain, day: date) -> date | None:
    at: date | None = day
    for step in chain:
        at = step.earliest(at) if at is not None else None
    return at


def _latest(chain: Chain, day: date) -> date | None:
    at: date | None = day
    for step in chain:
        at = step.latest(at) if at is not None else None
    return at


def _moved(day: date, days: int) -> date | None:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None
