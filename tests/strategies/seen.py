"""Counts what random examples held: node kinds, verdicts, versions, recursion; so that nothing is left out unseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum

from cleanclaim.backends.choose import Engine
from cleanclaim.claims.model import Status
from cleanclaim.policy import model
from cleanclaim.policy.model import Clock, Derivation, Derived, Look, Lookup, Policy, Rule
from cleanclaim.policy.versions import Edition
from tests.strategies.compare import Answers, MakeEngine
from tests.strategies.examples import Example
from tests.strategies.model_walk import nodes

KINDS: tuple[type, ...] = (
    *(model.Literal, model.Dated, model.FieldOf, model.LetOf, model.Call),
    *(model.All, model.AnyOf, model.Not, model.Compare, model.Member, model.HasAny, model.IsMissing),
    *(model.Derived, model.Exists, model.InTable, model.CodeSet, model.Look, model.Window),
    *(model.Total, model.Lookup, model.Allowance, model.Derivation, model.Rule),
)
"""Every node kind of the policy model that decides a verdict."""

ENUMS: tuple[type[Enum], ...] = (
    *(model.Side, model.Function, model.Op, model.Span, model.Position, model.Measure),
    *(model.Clock, model.About, model.Severity),
)
"""Enumerations of which every value must turn up."""


def expected() -> Iterator[str]:
    """The names of all that must turn up among enough examples."""
    yield from (kind.__name__ for kind in KINDS)
    yield from (f"{kind.__name__}.{member.name}" for kind in ENUMS for member in kind)
    yield from ("differs", "template", "several versions", "several policies", "table withheld", "silence")
    yield from ("distinct count", "defined value", "release", "line outside a release")
    yield from ("recursion", "several strata", "no patient in partition", "history line", "log line")
    yield from ("violation", "needs_info", "bypassed", "unless", "rule effective")


RULES, LEFT = "rules run", "rules left to the definition"


class Seen:
    """Counters over examples; each thing is counted once an example, verdicts once a finding."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.examples = 0
        self.refused = 0

    def add(self, example: Example, right: Answers) -> None:
        """Counts one example and the findings that the definition makes of it."""
        self.examples += 1
        self.counts.update(set(_of_policies(example.policies)) | set(_of_example(example)))
        found = [finding for _, _, findings in right for finding in findings]
        self.counts.update(finding.verdict.value for finding in found)
        judged = sum(line.status is Status.CLAIM for lines in example.claims for line in lines)
        rules = sum(len(policy.rules) for policy in example.policies)
        self.counts["silence"] += judged * rules - len(found)

    def watching(self, make: MakeEngine) -> MakeEngine:
        """The same engine, whose rules are counted, and those that it leaves to the definition."""

        def made(edition: Edition) -> Engine:
            engine = make(edition)
            self.counts[RULES] += sum(len(edition.rules_of(v)) for known in edition.policies for v in known.versions)
            self.counts[LEFT] += len(getattr(engine, "by_definition", ()))
            return engine

        return made

    def merge(self, other: Seen) -> None:
        """Adds what another count saw."""
        self.counts.update(other.counts)
        self.examples += other.examples
        self.refused += other.refused

    def absent(self) -> list[str]:
        """What never turned up."""
        return [name for name in expected() if not self.counts[name]]

    def __str__(self) -> str:
        width = max(map(len, (*expected(), RULES, LEFT)))
        lines = [f"{self.examples} examples, {self.refused} refused by the loader"]
        lines += [f"  {name:{width}} {self.counts[name]:>9,}" for name in (*expected(), RULES, LEFT)]
        return "\n".join(lines)


def _of_policies(policies: Iterable[Policy]) -> Iterator[str]:
    for policy in policies:
        for node in nodes((policy.scope, policy.strata, policy.rules)):
            yield type(node).__name__
            yield from _enums(node)
            if isinstance(node, Look) and node.differs:
                yield "differs"
            if isinstance(node, Lookup) and node.distinct:
                yield "distinct count"
            if isinstance(node, Rule):
                yield from _of_rule(node)
        yield from _of_strata(policy.strata)


def _of_rule(rule: Rule) -> Iterator[str]:
    if rule.unless is not None:
        yield "unless"
    if "patient" not in rule.partition:
        yield "no patient in partition"
    if rule.effective != model.Period() or rule.clock is Clock.RECEIVED:
        yield "rule effective"


def _of_strata(strata: tuple[tuple[Derivation, ...], ...]) -> Iterator[str]:
    if len(strata) > 1:
        yield "several strata"
    for stratum in strata:
        facts = {derivation.fact for derivation in stratum}
        if any(isinstance(node, Derived) and node.fact in facts for node in nodes(stratum)):
            yield "recursion"


def _of_example(example: Example) -> Iterator[str]:
    if any("define" in document for document in example.written.policies):
        yield "defined value"
    if example.written.templates:
        yield "template"
    ids = Counter(policy.id for policy in example.policies if policy.published <= example.as_of)
    if max(ids.values(), default=0) > 1:
        yield "several versions"
    if len(ids) > 1:
        yield "several policies"
    if any(set(policy.tables) - set(example.tables[policy.id, policy.version]) for policy in example.policies):
        yield "table withheld"
    releases = [rows.table() for tables in example.tables.values() for rows in tables.values() if rows.coverage]
    if releases:
        yield "release"
    days = {line.service_date for lines in example.claims for line in lines}
    if any(not table.speaks_of(day) for table in releases for day in days):
        yield "line outside a release"
    statuses = {line.status for lines in example.claims for line in lines}
    yield from (f"{status.value} line" for status in statuses)


def _enums(node: object) -> Iterator[str]:
    match node:
        case model.FieldOf(side=value) | model.Derived(side=value):
            yield f"Side.{value.name}"
        case model.Call(function=value):
            yield f"Function.{value.name}"
        case model.Compare(op=value):
            yield f"Op.{value.name}"
        case model.Window(span=value):
            yield f"Span.{value.name}"
        case model.Look(position=model.Position() as value):
            yield f"Position.{value.name}"
        case model.Total(measure=value):
            yield f"Measure.{value.name}"
        case Rule(severity=severity, about=about, clock=clock):
            yield from (f"Severity.{severity.name}", f"About.{about.name}", f"Clock.{clock.name}")
