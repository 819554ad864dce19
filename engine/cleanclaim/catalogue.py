"""What a policy library holds, as data: authorities, policies, versions, rules, what they need, how they are tested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby

from cleanclaim.claims.fields import BY_NAME
from cleanclaim.policy.model import (
    Clock,
    DeclaredFact,
    Derivation,
    FieldOf,
    Period,
    Policy,
    Rule,
    TableSpec,
)
from cleanclaim.policy.versions import Known
from cleanclaim.policy.visit import fields_of_derivation, fields_of_rule

_ON_THE_CLAIM = "the claim"


@dataclass(frozen=True, slots=True)
class Asked:
    """A fact that a rule may ask for: its name, what it means and who would know it."""

    name: str
    description: str
    who: str
    declared: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """How many examples of a version flag a rule, excuse a line from it, ask for a fact, or withhold its table."""

    flagged: int
    excused: int
    asked: int
    not_evaluated: int


@dataclass(frozen=True, slots=True)
class Span:
    """Dates of service that one version answers for, and those of its rules that speak of them."""

    dates: Period
    policy: Policy | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answering:
    """Which version answers for which dates of service, to who asks from ``start`` on, until ``through``."""

    start: date
    through: date | None
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Entry:
    """One policy: its versions in the order in which they were published, at least one."""

    id: str
    versions: tuple[Policy, ...]

    @property
    def authority(self) -> str:
        """Whose policy it is: the first part of its id."""
        return authority_of(self.id)

    @property
    def latest(self) -> Policy:
        """The version published last."""
        return self.versions[-1]

    @property
    def title(self) -> str:
        """What it is called now."""
        return self.latest.title

    @property
    def illustration(self) -> bool:
        """Whether it is an example that no payer stands behind."""
        return self.latest.source.illustration

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Its rules, each as its latest version has it; those of the latest version first."""
        found: dict[str, Rule] = {}
        for version in reversed(self.versions):
            for rule in version.rules:
                found.setdefault(rule.id, rule)
        return tuple(found.values())

    @cached_property
    def dropped(self) -> frozenset[str]:
        """Rules that the latest version has no more."""
        return frozenset(rule.id for rule in self.rules) - {rule.id for rule in self.latest.rules}

    @cached_property
    def tables(self) -> tuple[TableSpec, ...]:
        """The tables that its versions use: those that the user imports first, then by name, each once."""
        found = {(spec.imported or "", spec.name): spec for version in self.versions for spec in _used(version)}
        return tuple(sorted(found.values(), key=lambda spec: (spec.imported is None, spec.imported or spec.name)))

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """The facts that its rules may ask for, beyond what a claim says."""
        rules = [(version, rule) for version in self.versions for rule in version.rules]
        found = {asked.name: asked for version, rule in rules for asked in asks(version, rule)}
        return tuple(found[name] for name in sorted(found))


@dataclass(frozen=True, slots=True)
class Authority:
    """One authority and its policies, by id."""

    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Catalogue:
    """A library as somebody could know it: authorities by name. ``later`` versions were published after that day."""

    authorities: tuple[Authority, ...]
    as_of: date | None
    later: int

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All policies."""
        return tuple(entry for authority in self.authorities for entry in authority.entries)

    @cached_property
    def severities(self) -> Counter[str]:
        """How many rules there are of each severity, a rule of several versions counted once."""
        return Counter(rule.severity.value for entry in self.entries for rule in entry.rules)

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """The tables that the user imports, by name."""
        return tuple(sorted({spec.imported for entry in self.entries for spec in entry.tables if spec.imported}))


def catalogue(policies: Sequence[Policy], as_of: date | None = None, authority: str | None = None) -> Catalogue:
    """The catalogue of a library, of what was published by a day where one is given, and of one authority likewise."""
    wanted = [policy for policy in policies if authority in (None, authority_of(policy.id))]
    known = [policy for policy in wanted if as_of is None or policy.published <= as_of]
    ordered = sorted(known, key=lambda policy: (authority_of(policy.id), policy.id, policy.published))
    entries = [Entry(id_, tuple(versions)) for id_, versions in groupby(ordered, key=lambda policy: policy.id)]
    authorities = groupby(entries, key=lambda entry: entry.authority)
    return Catalogue(tuple(Authority(name, tuple(each)) for name, each in authorities), as_of, len(wanted) - len(known))


def authority_of(policy_id: str) -> str:
    """The first part of a policy's id."""
    return policy_id.partition("/")[0]


def answering(versions: Sequence[Policy]) -> tuple[Answering, ...]:
    """Which version answers for which dates of service, for each time between two publications, the last first.

    Dates that no version speaks of are left out before the first and after the last that one does.
    """
    published = sorted({version.published for version in versions})
    found: list[Answering] = []
    for at, start in enumerate(published):
        until = published[at + 1] - timedelta(days=1) if at + 1 < len(published) else None
        known = tuple(
            sorted(
                (version for version in versions if version.published <= start),
                key=lambda version: version.published,
                reverse=True,
            )
        )
        found.append(Answering(start, until, tuple(_spans(Known(versions[0].id, known)))))
    return tuple(reversed(found))


def asks(policy: Policy, rule: Rule) -> tuple[Asked, ...]:
    """The facts that a rule may ask for and no claim form carries, its derived facts' too."""
    names = {(field.name, field.declared) for field in _fields(policy, rule)}
    found = [_asked(policy.facts[name]) for name, declared in sorted(names) if declared]
    for name, declared in sorted(names):
        if not declared and BY_NAME[name].nullable and BY_NAME[name].who != _ON_THE_CLAIM:
            found.append(Asked(name, BY_NAME[name].doc, BY_NAME[name].who, declared=False))
    return tuple(found)


def tried(policy: Policy, rule: Rule) -> Tried:
    """How the examples of a version try a rule."""
    return Tried(
        sum(rule.id in test.expect for test in policy.tests),
        sum(rule.id in test.bypassed for test in policy.tests),
        sum(rule.id in test.needs_info for test in policy.tests),
        sum(rule.id in test.not_evaluated for test in policy.tests),
    )


def derivations_of(policy: Policy, rule: Rule) -> tuple[Derivation, ...]:
    """The derivations that a rule depends on, in the order in which they are concluded."""
    return tuple(each for stratum in policy.strata for each in stratum if each.fact in rule.derived)


# --- inside -------------------------------------------------------------------------------------


def _used(policy: Policy) -> Iterator[TableSpec]:
    names = {name for rule in policy.rules for name in rule.tables}
    return (spec for name, spec in policy.tables.items() if name in names)


def _asked(fact: DeclaredFact) -> Asked:
    return Asked(fact.name, fact.description, fact.who, declared=True)


def _fields(policy: Policy, rule: Rule) -> Iterator[FieldOf]:
    yield from fields_of_rule(rule)
    for derivation in derivations_of(policy, rule):
        yield from fields_of_derivation(derivation)


def _spans(known: Known) -> Iterator[Span]:
    """Adjoining dates with the same answer are one span."""
    starts = sorted({day for version in known.versions for day in _turns(version)})
    days = [date.min, *(day for day in starts if day != date.min)]
    answers = [(day, *_answer(known, day)) for day in days]
    merged = [next(same) for _, same in groupby(answers, key=lambda answer: answer[1:])]
    for at, (day, policy, rules) in enumerate(merged):
        last = at + 1 == len(merged)
        if policy is None and (at == 0 or last):
            continue
        start = None if day == date.min else day
        through = None if last else merged[at + 1][0] - timedelta(days=1)
        yield Span(Period(start, through), policy, rules)


def _answer(known: Known, day: date) -> tuple[Policy | None, tuple[str, ...]]:
    policy = known.in_force(day)
    if policy is None:
        return None, ()
    # A rule that runs on the date of receipt may speak of any date of service.
    return policy, tuple(rule.id for rule in policy.rules if rule.clock is Clock.RECEIVED or day in rule.effective)


def _turns(version: Policy) -> Iterator[date]:
    """The days on which a version or one of its rules begins or is over."""
    periods = [version.effective, *(rule.effective for rule in version.rules if rule.clock is Clock.SERVICE)]
    for period in periods:
        if period.start is not None:
            yield period.start
        if period.through is not None and period.through != date.max:
            yield period.through + timedelta(days=1)
