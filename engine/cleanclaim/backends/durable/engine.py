"""The durable back end: runs an edition on groups of lines by forward chaining."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cleanclaim.backends.durable.chaining import settle_stratum
from cleanclaim.backends.durable.compile import Rulesets, compile_edition
from cleanclaim.backends.durable.group import LinesOfGroup, no_fact
from cleanclaim.backends.durable.joins import settle_looks
from cleanclaim.backends.durable.local import Judged
from cleanclaim.backends.durable.missing import Concluded, missing_names
from cleanclaim.backends.durable.plans import ByDefinition, RulePlan
from cleanclaim.backends.durable.program import Program
from cleanclaim.backends.durable.screen import Entry
from cleanclaim.backends.durable.shapes import BYPASSED, POSSIBLE, SURE
from cleanclaim.backends.durable.truth import FALSE, TRUE, Truth
from cleanclaim.backends.durable.verdicts import settle_verdicts
from cleanclaim.backends.reference import Group, compose, judge_line
from cleanclaim.claims.model import Line, Status
from cleanclaim.findings.compose import Composer
from cleanclaim.findings.finding import Finding, Verdict
from cleanclaim.policy.versions import Edition, applies_on

VERDICTS = {SURE: Verdict.VIOLATION, POSSIBLE: Verdict.NEEDS_INFO, BYPASSED: Verdict.BYPASSED}

Case = tuple[int, RulePlan, Judged, list[Truth]]
"""The number of a rule in its program, the rule, a line it may say something of, and the slots."""


class DurableEngine:
    """Runs an edition on durable_rules. One engine is for one thread.

    ``by_definition`` lists the rules that go beyond what the engine is given, (policy, version,
    rule, reason); they are judged by the reference interpreter.
    """

    name = "durable"

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self._rulesets, self._programs = compile_edition(edition)
        self.by_definition: tuple[tuple[str, str, str, str], ...] = tuple(
            (plan.policy.id, plan.policy.version, plan.rule.id, plan.reason)
            for program in self._programs.values()
            for plan in program.rules
            if isinstance(plan, ByDefinition)
        )

    def judge(self, partition: tuple[str, ...], lines: Sequence[Line]) -> Iterator[Finding]:
        """The findings on the judged lines of one group, by the rules of that partition.

        ``lines`` are equal in the partition's fields and stand in canonical order. Raises
        :class:`~cleanclaim.backends.durable.driver.EngineFault` if the C module loses facts.
        """
        program = self._programs.get(partition)
        if program is None:
            return
        entries = [program.entry(line) for line in lines]
        if any(entry.rules for entry in entries):
            yield from _Judging(self._rulesets, program, lines, entries).findings()


class _Judging:
    """One group under one program."""

    def __init__(self, rulesets: Rulesets, program: Program, lines: Sequence[Line], entries: Sequence[Entry]) -> None:
        self._joins = rulesets.joins
        self._verdicts = rulesets.verdicts
        self._program = program
        self._group = LinesOfGroup(lines, entries, self._settle)
        self._concluded: dict[int, Concluded] = {}
        self._definitions: dict[int, Group] = {}

    def findings(self) -> Iterator[Finding]:
        """The findings, in the order of the definition."""
        cases, defined = self._cases()
        wanted = [(plan, judged) for _, of, judged, _ in cases for _, plan in of.structure.looks]
        if wanted:
            settle_looks(self._group, wanted, self._joins)
            cases = [case for case in cases if case[1].structure.settle(case[3], case[2], self._group)]
        outcomes = settle_verdicts([(of.structure.kind, slots) for _, of, _, slots in cases], self._verdicts)
        found: list[tuple[int, int, Finding]] = []
        for place, outcome in outcomes.items():
            number, plan, judged, _ = cases[place]
            found.append((number, judged.at, self._finding(plan, judged, VERDICTS[outcome])))
        for number, by_definition, at in defined:
            finding = self._defined(by_definition, at)
            if finding is not None:
                found.append((number, at, finding))
        found.sort(key=lambda each: each[:2])
        return iter([finding for _, _, finding in found])

    def _cases(self) -> tuple[list[Case], list[tuple[int, ByDefinition, int]]]:
        cases: list[Case] = []
        defined: list[tuple[int, ByDefinition, int]] = []
        group, rules = self._group, self._program.rules
        for at, line in enumerate(group.lines):
            numbers = group.entries[at].rules
            if not numbers or line.status is not Status.CLAIM:
                continue
            shared: Judged | None = None
            for number in numbers:
                plan = rules[number]
                if isinstance(plan, ByDefinition):
                    defined.append((number, plan, at))
                    continue
                clock = TRUE if plan.clock is None else plan.clock(line)
                if clock == FALSE:
                    continue
                judged = shared
                if plan.lets or judged is None or judged.version != plan.version:
                    judged = Judged(group, plan.version, at, line, plan.lets)
                    shared = shared if plan.lets else judged
                slots = plan.structure.slots(judged, clock)
                if slots is not None:
                    cases.append((number, plan, judged, slots))
        return cases, defined

    def _finding(self, plan: RulePlan, judged: Judged, verdict: Verdict) -> Finding:
        group = self._group
        places = [group.witnesses.get((look.number, judged.at)) for look in plan.witnesses]
        missing: frozenset[str] = frozenset()
        if verdict is Verdict.NEEDS_INFO:
            concluded = self._concluded.get(plan.version)
            if concluded is None:
                versions = self._program.versions
                concluded = self._concluded[plan.version] = Concluded(group, plan.version, versions[plan.version])
            missing = missing_names(concluded, plan, judged.at)
        return plan.composer.finding(
            judged.line,
            verdict,
            {name: judged.let(name) for name in plan.lets},
            [group.lines[place] for place in places if place is not None],
            missing,
        )

    def _defined(self, plan: ByDefinition, at: int) -> Finding | None:
        line = self._group.lines[at]
        if applies_on(plan.known, plan.policy, plan.rule, line) is False:
            return None
        definition = self._definitions.get(plan.version)
        if definition is None:
            tables = self._program.versions[plan.version].tables
            definition = self._definitions[plan.version] = Group(plan.policy, self._group.lines, tables)
            definition.derive()
        judgement = judge_line(definition, plan.known, plan.rule, at)
        return compose(Composer(plan.policy, plan.rule), line, judgement) if judgement.verdict is not None else None

    def _settle(self, group: LinesOfGroup, version: int, fact: str) -> None:
        stratum = self._program.versions[version].strata.get(fact)
        if stratum is None:
            no_fact(group, version, fact)
        else:
            settle_stratum(group, stratum, self._joins, self._verdicts)
