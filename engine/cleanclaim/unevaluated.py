"""Rules that could not be run for want of a table, the lines that they would have judged, and what to import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from cleanclaim.imported import Imported
from cleanclaim.policy.model import (
    All,
    Clock,
    Condition,
    Dated,
    Derived,
    Exists,
    FieldOf,
    InTable,
    LetOf,
    Period,
    Policy,
    Rule,
)
from cleanclaim.policy.versions import Edition, Known, NotEvaluated, Tables
from cleanclaim.policy.visit import conditions, fields_of, leaves, values_of_condition
from cleanclaim.tables.commands import import_command
from cleanclaim.tally import FIELDS, Counted, may_hold


@dataclass(frozen=True)
class Unevaluated:
    """Says which rules passed over how many lines.

    ``imported`` is what the run had, ``stored`` the names of all tables in the store: a policy that no line can
    come under has none of its own loaded.
    """

    edition: Edition
    imported: Imported
    stored: frozenset[str] = frozenset()

    @property
    def speaks(self) -> bool:
        """Whether any rule of the library needs a table that is imported."""
        policies = (policy for known in self.edition.policies for policy in known.versions)
        return any(spec.imported is not None for policy in policies for spec in policy.tables.values())

    def rules(self, tally: Counted) -> tuple[NotEvaluated, ...]:
        """Rules whose table is absent, and those whose table says nothing of some lines' dates of service.

        Each with the number of judged lines that it may be about and passes over: 0 where it concerns
        none of them.
        """
        found: list[NotEvaluated] = []
        about = _About(tally)
        for known in self.edition.policies:
            for policy in reversed(known.versions):
                tables = self.imported.edition.tables_of(policy)
                for rule in policy.rules:
                    unloaded = [name for name in rule.tables if name not in tables]
                    kept = self.stored - self.imported.unusable.keys()
                    absent = [name for name in unloaded if policy.tables[name].imported not in kept]
                    if absent:
                        found.append(self._absent(known, policy, rule, absent, about))
                    elif not unloaded:
                        found += _out_of_date(known, policy, rule, tables, about)
        return tuple(found)

    def _absent(self, known: Known, policy: Policy, rule: Rule, absent: Sequence[str], about: _About) -> NotEvaluated:
        imports = tuple(table for name in absent if (table := policy.tables[name].imported) is not None)
        lines = sum(count for _, count in about(known, policy, rule))
        wrong = [f"{name} cannot be used: {why}" for name, why in self.imported.unusable.items() if name in imports]
        if wrong:
            help = "; import it again with --replace, or take it out (cleanclaim tables remove)"
            return NotEvaluated(policy.id, policy.version, rule.id, "; ".join(wrong) + help, lines)
        wanted = " and ".join(f"{name} ({import_command(name)})" for name in imports)
        return NotEvaluated(policy.id, policy.version, rule.id, f"not imported: {wanted}", lines, imports)


def _out_of_date(known: Known, policy: Policy, rule: Rule, tables: Tables, about: _About) -> Iterator[NotEvaluated]:
    dated = [(tables[name].coverage, name) for name in rule.tables if tables[name].coverage is not None]
    lines = about(known, policy, rule) if dated else []
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


class _About:
    """Dates of service and numbers of the lines that a rule may be about; rules of a version mostly tell alike."""

    def __init__(self, tally: Counted) -> None:
        self._tally = tally
        self._found: dict[object, list[tuple[date, int]]] = {}

    def __call__(self, known: Known, policy: Policy, rule: Rule) -> list[tuple[date, int]]:
        tells = telling(policy, rule)
        key = (policy.id, policy.version, rule.clock, rule.effective, tells)
        if key not in self._found:
            self._found[key] = _about(known, policy, rule, tells, self._tally)
        return self._found[key]


def _about(known: Known, policy: Policy, rule: Rule, tells: All, tally: Counted) -> list[tuple[date, int]]:
    may = may_hold(policy, tells)
    due: dict[date, bool] = {}
    found: list[tuple[date, int]] = []
    for line, kind, count in tally.kinds({field.name for field in fields_of(tells)}):
        day = line.service_date
        if day not in due:
            # The date of receipt is not counted by, so by that any line may be due.
            due[day] = rule.clock is not Clock.SERVICE or (known.in_force(day) is policy and day in rule.effective)
        if due[day] and may(line, kind):
            found.append((day, count))
    return found


def telling(policy: Policy, rule: Rule) -> All:
    """What must hold of a line for a rule to be about it, as far as :data:`~cleanclaim.tally.FIELDS` tell."""
    return All((policy.scope, *_telling(rule.applies)))


def _telling(applies: Condition) -> Iterator[Condition]:
    """The parts of a conjunction that a line's own few fields decide."""
    for part in applies.parts if isinstance(applies, All) else (applies,):
        if all(_is_told(condition) for condition in conditions(part)):
            yield part


def _is_told(condition: Condition) -> bool:
    return not isinstance(condition, Exists | InTable | Derived) and all(
        not isinstance(leaf, LetOf | Dated) and (not isinstance(leaf, FieldOf) or leaf.name in FIELDS)
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
