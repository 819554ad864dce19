"""Rules that could not be run for want of a table, the lines that they would have judged, and what to import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter

from cleanclaim.backends.reference import Group, LineJudge
from cleanclaim.claims.fields import BY_NAME
from cleanclaim.claims.model import Line, Status
from cleanclaim.imported import Imported
from cleanclaim.policy.model import All, Condition, Derived, Exists, FieldOf, InTable, LetOf, Period, Policy, Rule
from cleanclaim.policy.versions import Edition, Known, NotEvaluated, Tables
from cleanclaim.policy.visit import conditions, leaves, values_of_condition
from cleanclaim.tables.commands import import_command

_FIELDS = (
    *("payer", "payer_name", "payer_type", "plan", "state", "claim_type", "service_date"),
    *("procedure", "modifiers", "place_of_service", "drg", "revenue_code", "bill_type"),
)
"""The fields by which it is told whether a rule is about a line; lines alike in them count together."""

_of_line = attrgetter(*(BY_NAME[name].attribute for name in _FIELDS))


@dataclass
class Unevaluated:
    """Counts lines as they are judged, and says which rules passed over how many.

    ``imported`` is what the run had, ``stored`` the names of all tables in the store: a policy that no line can
    come under has none of its own loaded.
    """

    edition: Edition
    imported: Imported
    stored: frozenset[str] = frozenset()
    _lines: Counter[tuple[object, ...]] = field(default_factory=Counter)
    _example: dict[tuple[object, ...], Line] = field(default_factory=dict)

    def see(self, lines: Iterable[Line]) -> None:
        """Takes note of the lines that are judged."""
        for line in lines:
            if line.status is Status.CLAIM:
                key = _of_line(line)
                self._lines[key] += 1
                self._example.setdefault(key, line)

    def rules(self) -> tuple[NotEvaluated, ...]:
        """Rules whose table is absent, and those whose table says nothing of some lines' dates of service.

        Each with the number of judged lines that it may be about and passes over: 0 where it concerns
        none of them.
        """
        found: list[NotEvaluated] = []
        for known in self.edition.policies:
            for policy in reversed(known.versions):
                tables = self.imported.edition.tables_of(policy)
                for rule in policy.rules:
                    unloaded = [name for name in rule.tables if name not in tables]
                    kept = self.stored - self.imported.unusable.keys()
                    absent = [name for name in unloaded if policy.tables[name].imported not in kept]
                    if absent:
                        found.append(self._absent(known, policy, rule, absent))
                    elif not unloaded:
                        found += self._out_of_date(known, policy, rule, tables)
        return tuple(found)

    def _absent(self, known: Known, policy: Policy, rule: Rule, absent: Sequence[str]) -> NotEvaluated:
        imports = tuple(table for name in absent if (table := policy.tables[name].imported) is not None)
        lines = sum(count for _, count in self._about(known, policy, rule))
        wrong = [f"{name} cannot be used: {why}" for name, why in self.imported.unusable.items() if name in imports]
        if wrong:
            help = "; import it again with --replace, or take it out (cleanclaim tables remove)"
            return NotEvaluated(policy.id, policy.version, rule.id, "; ".join(wrong) + help, lines)
        wanted = " and ".join(f"{name} ({import_command(name)})" for name in imports)
        return NotEvaluated(policy.id, policy.version, rule.id, f"not imported: {wanted}", lines, imports)

    def _out_of_date(self, known: Known, policy: Policy, rule: Rule, tables: Tables) -> Iterator[NotEvaluated]:
        dated = [(tables[name].coverage, name) for name in rule.tables if tables[name].coverage is not None]
        lines = self._about(known, policy, rule) if dated else []
        for coverage, name in dated:
            outside = [(day, count) for day, count in lines if not tables[name].speaks_of(day)]
            imported = policy.tables[name].imported
            if outside and imported is not None and coverage is not None:
                days = [day for day, _ in outside]
                reason = (
                    f"{imported} covers dates of service {_dates(coverage)}, and there are lines of "
                    f"{_span(min(days), max(days))} ({import_command(imported)})"
                )
                lines_ = sum(count for _, count in outside)
                yield NotEvaluated(policy.id, policy.version, rule.id, reason, lines_)

    def _about(self, known: Known, policy: Policy, rule: Rule) -> list[tuple[date, int]]:
        """Dates of service and numbers of the lines that a rule may be about."""
        tells = All((policy.scope, *_telling(rule.applies)))
        read = {
            leaf.name
            for part in conditions(tells)
            for value in values_of_condition(part)
            for leaf in leaves(value)
            if isinstance(leaf, FieldOf)
        }
        places = [at for at, name in enumerate(_FIELDS) if name in read]
        answers: dict[tuple[object, ...], bool] = {}
        found: list[tuple[date, int]] = []
        for key, count in self._lines.items():
            line = self._example[key]
            if known.in_force(line.service_date) is not policy or line.service_date not in rule.effective:
                continue
            alike = tuple(key[at] for at in places)
            if alike not in answers:
                answers[alike] = LineJudge(Group(policy, (line,), {}), 0).condition(tells).truth is not False
            if answers[alike]:
                found.append((line.service_date, count))
        return found


def _telling(applies: Condition) -> Iterator[Condition]:
    """The parts of a conjunction that a line's own few fields decide."""
    for part in applies.parts if isinstance(applies, All) else (applies,):
        if all(_is_told(condition) for condition in conditions(part)):
            yield part


def _is_told(condition: Condition) -> bool:
    return not isinstance(condition, Exists | InTable | Derived) and all(
        not isinstance(leaf, LetOf) and (not isinstance(leaf, FieldOf) or leaf.name in _FIELDS)
        for value in values_of_condition(condition)
        for leaf in leaves(value)
    )


def _dates(coverage: Sequence[Period]) -> str:
    return ", ".join(_period(period) for period in coverage) or "of no release known by then"


def _period(period: Period) -> str:
    match period:
        case Period(None, None):
            return "of every day"
        case Period(None, through):
            return f"through {through}"
        case Period(start, None):
            return f"from {start} on"
        case Period(start, through):
            return f"{start} to {through}"


def _span(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first} to {last}"
