"""The definition: a small interpreter of policies over the lines of one group.

What every construct means is said here, and nowhere else. It looks at every line for every rule
and keeps every step, so it is slow and it can explain itself; the other back ends must agree with
it to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import product

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import FactValue, Line, Scalar, Status
from cleanclaim.findings.compose import Composer, dated_value, field_value
from cleanclaim.findings.finding import Finding, Verdict
from cleanclaim.policy import functions
from cleanclaim.policy.model import (
    All,
    Allowance,
    AnyOf,
    Call,
    CodeSet,
    Compare,
    Condition,
    Dated,
    Derivation,
    Derived,
    Exists,
    FieldOf,
    HasAny,
    InTable,
    IsMissing,
    Let,
    LetOf,
    Literal,
    Look,
    Lookup,
    Measure,
    Member,
    Method,
    Not,
    Op,
    Policy,
    Position,
    Rule,
    Side,
    Span,
    Total,
    Value,
    Window,
)
from cleanclaim.policy.tables import Row
from cleanclaim.policy.timed import units_of_day
from cleanclaim.policy.versions import Edition, Known, Tables, applies_on

Names = frozenset[str]
NOTHING: Names = frozenset()


@dataclass(frozen=True, slots=True)
class Met:
    """A value as met: ``None`` where it is missing, and then the names of the missing facts."""

    value: FactValue | None
    missing: Names = NOTHING


@dataclass(frozen=True, slots=True)
class Step:
    """One condition as met: its truth (``None`` is unknown), and the steps that it rests on.

    ``missing`` names the facts that keep it unknown, ``met`` the values it compared, ``witness``
    the first other line that matched a look.
    """

    condition: Condition
    truth: bool | None
    missing: Names = NOTHING
    met: tuple[Met, ...] = ()
    parts: tuple[Step, ...] = ()
    witness: Line | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rule on one line: the verdict (``None`` is silence) and every step to it."""

    verdict: Verdict | None
    missing: Names
    scope: Step
    clock: bool | None
    applies: Step
    flag_if: Step
    unless: Step | None
    lets: Mapping[str, Met]


Facts = Mapping[tuple[str, int], Step]
"""Derived facts by name and the line's place in its group."""


@dataclass(frozen=True)
class Group:
    """Lines of one group in canonical order, and what one policy version concludes of them."""

    policy: Policy
    lines: Sequence[Line]
    tables: Tables
    facts: dict[tuple[str, int], Step] = field(default_factory=dict)
    _alike: dict[tuple[FieldOf, ...], dict[object, list[int]]] = field(default_factory=dict)

    def alike(self, keys: tuple[FieldOf, ...], line: Line) -> Sequence[int]:
        """Places of the lines that have this line's values of some fields, none of them missing."""
        if keys not in self._alike:
            places: dict[object, list[int]] = {}
            for at, other in enumerate(self.lines):
                places.setdefault(_key(keys, other), []).append(at)
            self._alike[keys] = places
        key = _key(keys, line)
        return self._alike[keys].get(key, ()) if None not in key else ()

    def derive(self) -> None:
        """Concludes the derived facts, stratum by stratum, each to its least fixed point.

        Every fact starts false; truth only grows, as derivations of one stratum feed each other
        only positively. The names of missing facts are found after the truth is settled.
        """
        for stratum in self.policy.strata:
            if not all(self._tables_there(derivation) for derivation in stratum):
                continue
            facts = {derivation.fact for derivation in stratum}
            start = Step(AnyOf(()), False)
            self.facts.update(((fact, at), start) for fact in facts for at in range(len(self.lines)))
            self._settle(stratum, keep_names=False)
            self._settle(stratum, keep_names=True)

    def _settle(self, stratum: Sequence[Derivation], *, keep_names: bool) -> None:
        changed = True
        while changed:
            concluded: dict[tuple[str, int], list[Step]] = {}
            for derivation in stratum:
                for at in range(len(self.lines)):
                    concluded.setdefault((derivation.fact, at), []).append(self._conclude(derivation, at))
            settled = {place: _any(AnyOf(()), steps) for place, steps in concluded.items()}
            if not keep_names:
                settled = {place: Step(AnyOf(()), step.truth) for place, step in settled.items()}
            changed = any(_core(self.facts[place]) != _core(step) for place, step in settled.items())
            self.facts.update(settled)

    def _conclude(self, derivation: Derivation, at: int) -> Step:
        judge = LineJudge(self, at)
        judge.name(derivation.lets)
        return judge.condition(All((derivation.applies, derivation.when)))

    def _tables_there(self, derivation: Derivation) -> bool:
        return all(name in self.tables for name in derivation.tables)


@dataclass
class LineJudge:
    """Evaluates values and conditions for one line of a group; ``other`` while looking at another."""

    group: Group
    at: int
    lets: dict[str, Met] = field(default_factory=dict)
    other: int | None = None

    @property
    def line(self) -> Line:
        return self.group.lines[self.at]

    def name(self, lets: Sequence[tuple[str, Let]]) -> None:
        """Evaluates the lets of a rule, in order; later ones may use earlier ones."""
        for name, let in lets:
            self.lets[name] = self.let(let)

    # --- conditions -----------------------------------------------------------------------------

    def condition(self, condition: Condition) -> Step:
        """The truth of a condition, by Kleene's tables."""
        match condition:
            case All(parts):
                return _all(condition, [self.condition(part) for part in parts])
            case AnyOf(parts):
                return _any(condition, [self.condition(part) for part in parts])
            case Not(part):
                step = self.condition(part)
                return Step(condition, None if step.truth is None else not step.truth, step.missing, parts=(step,))
            case Compare(left, op, right):
                return self._test(condition, (self.value(left), self.value(right)), lambda a, b: _compare(a, op, b))
            case Member(value, among):
                return self._test(condition, (self.value(value),), lambda a: a in among)
            case HasAny(value, among):
                return self._test(condition, (self.value(value),), lambda a: any(code in among for code in _list(a)))
            case IsMissing(value):
                met = self.value(value)
                return Step(condition, met.value is None, met=(met,))
            case Derived(fact, side):
                return self._derived(condition, fact, side)
            case Exists(look):
                return self._exists(condition, look)
            case InTable():
                return self._in_table(condition)

    def _test(self, condition: Condition, met: tuple[Met, ...], holds: object) -> Step:
        missing = NOTHING.union(*(each.missing for each in met))
        if any(each.value is None for each in met):
            return Step(condition, None, missing, met)
        assert callable(holds)
        return Step(condition, bool(holds(*(each.value for each in met))), NOTHING, met)

    def _derived(self, condition: Derived, fact: str, side: Side) -> Step:
        at = self.at if side is Side.LINE else self._other()
        step = self.group.facts[fact, at]
        return Step(condition, step.truth, step.missing, parts=(step,))

    def _exists(self, condition: Exists, look: Look) -> Step:
        blank = self._blank_keys(look)
        if blank:
            return Step(condition, None, blank)
        for at in self._seen(look):
            if at != self.at:
                return Step(condition, True, witness=self.group.lines[at])
        return Step(condition, False)

    def _in_table(self, condition: InTable) -> Step:
        met = (*(self.value(value) for _, value in condition.key), self.value(condition.on))
        missing = NOTHING.union(*(each.missing for each in met))
        if any(each.value is None for each in met):
            return Step(condition, None, missing, met)
        table = self.group.tables[condition.table]
        columns = tuple(column for column, _ in condition.key)
        on = _date(met[-1].value)
        found = any(
            all(_cell_passes(row, column, among) for column, among in condition.where)
            for key in product(*(_keys(each.value) for each in met[:-1]))
            for row in table.in_force(columns, key, on)
        )
        return Step(condition, found, met=met)

    # --- other lines ----------------------------------------------------------------------------

    def _blank_keys(self, look: Look) -> Names:
        keys = (*look.same, *look.differs)
        names = {key.name for key in keys if field_value(key, self.line) is None}
        if look.within is not None and look.within.days is not None:
            names |= self.value(look.within.days).missing
        return frozenset(names)

    def _seen(self, look: Look, *, log: bool = False) -> Iterator[int]:
        """Places of the lines that a look sees and whose ``where`` is true, the judged one too."""
        dates = self._dates(look.within)
        for at in self.group.alike(look.same, self.line):
            line = self.group.lines[at]
            if line.status is Status.LOG and not log:
                continue
            if dates is not None and not (dates[0] <= line.service_date <= dates[1]):
                continue
            if not all(_unequal(field_value(key, line), field_value(key, self.line)) for key in look.differs):
                continue
            if look.position is Position.BEFORE and not at < self.at:
                continue
            if look.position is Position.AFTER and not at > self.at:
                continue
            looking = LineJudge(self.group, self.at, self.lets, at)
            if all(looking.condition(part).truth for part in _conjuncts(look.where)):
                yield at

    def _dates(self, window: Window | None) -> tuple[date, date] | None:
        if window is None:
            return None
        days = self.value(window.days).value if window.days is not None else 0
        return window_dates(window.span, self.line.service_date, days, window.before, window.after)

    # --- values ---------------------------------------------------------------------------------

    def value(self, value: Value) -> Met:
        """A value, or the names of the facts it is missing."""
        match value:
            case Literal(constant, _):
                return Met(constant)
            case Dated():
                return Met(dated_value(value, self.line.service_date))
            case FieldOf(name, _, side):
                line = self.line if side is Side.LINE else self.group.lines[self._other()]
                found = field_value(value, line)
                return Met(found) if found is not None else Met(None, frozenset({name}))
            case LetOf(name):
                return self.lets[name]
            case Call(function, arguments):
                met = [self.value(argument) for argument in arguments]
                missing = NOTHING.union(*(each.missing for each in met))
                present = [each.value for each in met if each.value is not None]
                if len(present) < len(met):
                    return Met(None, missing)
                return Met(functions.apply(function, present))

    def let(self, let: Let) -> Met:
        """What a ``let`` names."""
        match let:
            case Total(measure, look):
                return self._total(measure, look)
            case Allowance():
                return self._allowance(let)
            case Lookup():
                return self._lookup(let)
            case _:
                return self.value(let)

    def _total(self, measure: Measure, look: Look) -> Met:
        blank = self._blank_keys(look)
        if blank:
            return Met(None, blank)
        lines = [self.group.lines[at] for at in self._seen(look)]
        match measure:
            case Measure.LINES:
                return Met(len(lines))
            case Measure.DAYS:
                return Met(len({line.service_date for line in lines}))
            case Measure.UNITS:
                amounts = [line.units for line in lines]
            case Measure.MINUTES:
                amounts = [line.minutes for line in lines]
            case Measure.PROCEDURES:
                procedures = {line.procedure for line in lines}
                return Met(len(procedures)) if None not in procedures else Met(None, frozenset({"procedure"}))
            case Measure.CHARGE:
                amounts = [line.charge for line in lines]
            case Measure.ALLOWED:
                amounts = [line.allowed for line in lines]
        if None in amounts:
            return Met(None, frozenset({measure.value}))
        zero = Decimal(0) if measure.type is ValueType.MONEY else 0
        return Met(sum((amount for amount in amounts if amount is not None), zero))

    def _allowance(self, allowance: Allowance) -> Met:
        method = self.value(allowance.method)
        blank = self._blank_keys(allowance.look) | method.missing
        if blank:
            return Met(None, blank)
        pooled = allowance.whole or method.value == Method.CMS_TOTAL.value
        minutes: dict[str | None, int | Decimal] = {}
        for at in self._seen(allowance.look, log=True):
            line = self.group.lines[at]
            if not pooled and line.procedure != self.line.procedure:
                continue
            if line.minutes is None:
                return Met(None, frozenset({"minutes"}))
            minutes[line.procedure] = minutes.get(line.procedure, 0) + line.minutes
        units = units_of_day(minutes, Method(method.value))
        return Met(units.whole if allowance.whole else units.by_code.get(self.line.procedure, 0))

    def _lookup(self, lookup: Lookup) -> Met:
        met = (*(self.value(value) for _, value in lookup.key), self.value(lookup.on))
        if any(each.value is None for each in met):
            return Met(None, NOTHING.union(*(each.missing for each in met)))
        columns = tuple(column for column, _ in lookup.key)
        on = _date(met[-1].value)
        rows = [
            row
            for key in product(*(_keys(each.value) for each in met[:-1]))
            for row in self.group.tables[lookup.table].in_force(columns, key, on)
        ]
        if lookup.distinct:
            return Met(len({row[lookup.column] for row in rows} - {None}))
        cell = rows[0][lookup.column] if rows else lookup.default
        return Met(cell) if cell is not None else Met(None, frozenset({f"{lookup.table}.{lookup.column}"}))

    def _other(self) -> int:
        if self.other is None:
            raise ValueError("a fact of another line is spoken of outside a look; the loader refuses that")
        return self.other


class ReferenceEngine:
    """Runs an edition by the definition."""

    name = "reference"

    def __init__(self, edition: Edition) -> None:
        self.edition = edition

    def judge(self, partition: tuple[str, ...], lines: Sequence[Line]) -> Iterator[Finding]:
        """The findings on the judged lines of one group, by the rules of that partition.

        ``lines`` are equal in the partition's fields and stand in canonical order.
        """
        for known in self.edition.policies:
            for policy in known.versions:
                rules = [rule for rule in self.edition.rules_of(policy) if rule.partition == partition]
                if rules:
                    yield from self._judge_version(known, policy, rules, lines)

    def _judge_version(
        self, known: Known, policy: Policy, rules: Sequence[Rule], lines: Sequence[Line]
    ) -> Iterator[Finding]:
        group: Group | None = None
        tables = self.edition.tables_of(policy)
        for rule in rules:
            composer = Composer(policy, rule)
            for at, line in enumerate(lines):
                if line.status is not Status.CLAIM or applies_on(known, policy, rule, line, tables) is False:
                    continue
                if group is None:
                    group = Group(policy, lines, tables)
                    group.derive()
                judgement = judge_line(group, known, rule, at)
                if judgement.verdict is not None:
                    yield compose(composer, line, judgement)


def judge_line(group: Group, known: Known, rule: Rule, at: int) -> Judgement:
    """What one rule says of one line, with every step: the definition of the verdicts."""
    judge = LineJudge(group, at)
    judge.name(rule.lets)
    clock = applies_on(known, group.policy, rule, group.lines[at], group.tables)
    clock_step = Step(All(()), clock, frozenset({"received"}) if clock is None else NOTHING)
    scope, applies, flag_if = (judge.condition(c) for c in (group.policy.scope, rule.applies, rule.flag_if))
    flagged = _all(All(()), [scope, clock_step, applies, flag_if])
    unless = judge.condition(rule.unless) if rule.unless is not None else None
    excused = unless.truth if unless is not None else False
    verdict: Verdict | None = None
    missing = NOTHING
    if flagged.truth is not False and excused is not True:
        verdict = Verdict.VIOLATION
        if flagged.truth is None or excused is None:
            verdict = Verdict.NEEDS_INFO
            missing = flagged.missing | (unless.missing if unless is not None else NOTHING)
    elif flagged.truth and excused:
        verdict = Verdict.BYPASSED
    return Judgement(verdict, missing, scope, clock, applies, flag_if, unless, judge.lets)


def compose(composer: Composer, line: Line, judgement: Judgement) -> Finding:
    """The finding that a judgement makes."""
    assert judgement.verdict is not None
    steps = {step.condition: step for root in (judgement.applies, judgement.flag_if) for step in _walk(root)}
    found = (steps[look].witness for look in composer.looks)
    return composer.finding(
        line,
        judgement.verdict,
        {name: met.value for name, met in judgement.lets.items()},
        [witness for witness in found if witness is not None],
        judgement.missing,
    )


def window_dates(span: Span, day: date, days: FactValue | None, before: bool, after: bool) -> tuple[date, date]:
    """First and last date of a window around a day. A number of days that is negative or not
    whole reaches nowhere; one that leaves the calendar reaches its end."""
    match span:
        case Span.DAY:
            return day, day
        case Span.CALENDAR_MONTH:
            first = day.replace(day=1)
            following = functions.months_after(first, 1)
            return first, functions.days_after(following, -1) or date.max if following else date.max
        case Span.CALENDAR_YEAR:
            return day.replace(month=1, day=1), day.replace(month=12, day=31)
        case Span.DAYS:
            reach = days if isinstance(days, int | Decimal) and days >= 0 and days == int(days) else 0
            first = (functions.days_after(day, -reach) or date.min) if before else day
            last = (functions.days_after(day, reach) or date.max) if after else day
            return first, last


def _all(condition: Condition, steps: Sequence[Step]) -> Step:
    truths = [step.truth for step in steps]
    truth = False if False in truths else None if None in truths else True
    return Step(condition, truth, _names(truth, steps), parts=tuple(steps))


def _any(condition: Condition, steps: Sequence[Step]) -> Step:
    truths = [step.truth for step in steps]
    truth = True if True in truths else None if None in truths else False
    return Step(condition, truth, _names(truth, steps), parts=tuple(steps))


def _names(truth: bool | None, steps: Sequence[Step]) -> Names:
    return NOTHING.union(*(step.missing for step in steps if step.truth is None)) if truth is None else NOTHING


def _core(step: Step) -> tuple[bool | None, Names]:
    return step.truth, step.missing


def _walk(step: Step) -> Iterator[Step]:
    yield step
    if not isinstance(step.condition, Derived):
        for part in step.parts:
            yield from _walk(part)


def _compare(left: FactValue, op: Op, right: FactValue) -> bool:
    match op:
        case Op.EQ:
            return _same_value(left, right)
        case Op.LT:
            return _rank(left) < _rank(right)
        case Op.LE:
            return _rank(left) <= _rank(right)
        case Op.GT:
            return _rank(left) > _rank(right)
        case Op.GE:
            return _rank(left) >= _rank(right)


def _rank(value: FactValue) -> int | Decimal:
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, int | Decimal):
        return value
    raise TypeError(f"{type(value).__name__} is not ordered; the loader refuses that")


def _same_value(left: FactValue, right: FactValue) -> bool:
    if isinstance(left, tuple) and isinstance(right, tuple):
        return sorted(left) == sorted(right)
    return left == right


def _conjuncts(condition: Condition) -> Sequence[Condition]:
    return condition.parts if isinstance(condition, All) else (condition,)


def _key(keys: tuple[FieldOf, ...], line: Line) -> tuple[FactValue | None, ...]:
    values = (field_value(key, line) for key in keys)
    return tuple(tuple(sorted(value)) if isinstance(value, tuple) else value for value in values)


def _unequal(left: FactValue | None, right: FactValue | None) -> bool:
    return left is not None and right is not None and not _same_value(left, right)


def _list(value: FactValue) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _keys(value: FactValue | None) -> Sequence[Scalar]:
    if isinstance(value, tuple):
        return value
    assert value is not None
    return (value,)


def _cell_passes(row: Row, column: str, among: CodeSet | tuple[Scalar, ...]) -> bool:
    cell = row[column]
    return cell is not None and cell in among


def _date(value: FactValue | None) -> date:
    assert isinstance(value, date)
    return value
