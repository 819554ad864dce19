"""The durable back end: runs an edition on groups of lines by forward chaining."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cleanclaim.backends.durable.chaining import settle_stratum
from cleanclaim.backends.durable.compile import Rulesets, compile_edition
from cleanclaim.backends.durable.group import LinesOfGroup, no_fact
from cleanclaim.backends.durable.joins import settle_looks
from cleanclaim.backends.durable.local import Judged
from cleanclaim.backends.durable.looks import LookPlan
from cleanclaim.backends.durable.missing import Concluded, missing_names
from cleanclaim.backends.durable.plans import Asked, ByDefinition, RulePlan
from cleanclaim.backends.durable.program import Program
from cleanclaim.backends.durable.screen import Entry
from cleanclaim.backends.durable.shapes import BYPASSED, POSSIBLE, SURE
from cleanclaim.backends.durable.truth import FALSE, TRUE
from cleanclaim.backends.durable.verdicts import settle_verdicts
from cleanclaim.backends.reference import Group, compose, judge_line
from cleanclaim.claims.model import Line, Status
from cleanclaim.findings.compose import Composer
from cleanclaim.findings.finding import Finding, Verdict
from cleanclaim.policy.versions import Edition, applies_on

VERDICTS = {SURE: Verdict.VIOLATION, POSSIBLE: Verdict.NEEDS_INFO, BYPASSED: Verdict.BYPASSED}


class DurableEngine:
    """Runs an edition on durable_rules. One engine is for one thread.

    ``by_definition`` lists the rules that go beyond what the engine is given, (policy, version,
    rule, reason); they are judged by the reference interpreter.
    """

    name = "durable"

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        rulesets, programs = compile_edition(edition)
        self._settlers = {partition: _Settler(program, rulesets) for partition, program in programs.items()}
        self.by_definition: tuple[tuple[str, str, str, str], ...] = tuple(
            (plan.policy.id, plan.policy.version, plan.rule.id, plan.reason)
            for program in programs.values()
            for plan in program.rules
            if isinstance(plan, ByDefinition)
        )

    def judge(self, partition: tuple[str, ...], lines: Sequence[Line]) -> Iterator[Finding]:
        """The findings on the judged lines of one group, by the rules of that partition.

        ``lines`` are equal in the partition's fields and stand in canonical order. Raises
        :class:`~cleanclaim.backends.errors.EngineFault` if the C module loses facts.
        """
        settler = self._settlers.get(partition)
        if settler is None:
            return
        entries = [settler.program.entry(line) for line in lines]
        if any(entry.rules for entry in entries):
            yield from _Judging(settler, lines, entries).findings()


@dataclass(frozen=True, eq=False)
class _Settler:
    """Concludes derived facts of a group when first asked for one."""

    program: Program
    rulesets: Rulesets

    def __call__(self, group: LinesOfGroup, version: int, fact: str) -> None:
        stratum = self.program.versions[version].strata.get(fact)
        if stratum is None:
            no_fact(group, version, fact)
        else:
            settle_stratum(group, stratum, self.rulesets.joins, self.rulesets.verdicts)


class _Judging:
    """One group under one program."""

    def __init__(self, settler: _Settler, lines: Sequence[Line], entries: Sequence[Entry]) -> None:
        self._rulesets = settler.rulesets
        self._program = settler.program
        self._group = LinesOfGroup(lines, entries, settler)
        self._concluded: dict[int, Concluded] = {}
        self._definitions: dict[int, Group] = {}

    def findings(self) -> list[Finding]:
        """The findings, in the order of the definition."""
        asked: list[tuple[int, RulePlan, list[Asked]]] = []
        found: list[tuple[int, int, Finding]] = []
        wanted: dict[LookPlan, list[Judged]] = {}
        for number, places in sorted(self._places().items()):
            plan = self._program.rules[number]
            if isinstance(plan, ByDefinition):
                defined = ((at, self._defined(plan, at)) for at in places)
                found += [(number, at, finding) for at, finding in defined if finding is not None]
            elif lines := self._asked(plan, places):
                asked.append((number, plan, lines))
                for _, look in plan.structure.looks:
                    wanted.setdefault(look, []).extend([judged for judged, _ in lines])
        settle_looks(self._group, wanted, self._rulesets.joins)
        cases = [
            (number, plan, judged, slots)
            for number, plan, lines in asked
            for judged, slots in plan.structure.settle(lines, self._group)
        ]
        verdicts = settle_verdicts([(case[1].structure.kind, case[3]) for case in cases], self._rulesets.verdicts)
        for case, outcome in verdicts.items():
            number, plan, judged, _ = cases[case]
            found.append((number, judged.at, self._finding(plan, judged, VERDICTS[outcome])))
        found.sort(key=lambda each: each[:2])
        return [finding for _, _, finding in found]

    def _places(self) -> dict[int, list[int]]:
        """The judged lines that each rule can speak of."""
        places: dict[int, list[int]] = {}
        for at, (line, entry) in enumerate(zip(self._group.lines, self._group.entries, strict=True)):
            if entry.rules and line.status is Status.CLAIM:
                for number in entry.rules:
                    places.setdefault(number, []).append(at)
        return places

    def _asked(self, plan: RulePlan, places: Sequence[int]) -> list[Asked]:
        """The lines that are in question under a rule, and its slots but for looks."""
        group, structure, clock = self._group, plan.structure, plan.clock
        asked: list[Asked] = []
        for at in places:
            line = group.lines[at]
            truth = TRUE if clock is None else clock(line)
            if truth != FALSE:
                judged = Judged(group, plan.version, at, line, plan.lets)
                slots = structure.ask(judged, truth)
                if slots is not None:
                    asked.append((judged, slots))
        return asked

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
        tables = self._program.versions[plan.version].tables
        if applies_on(plan.known, plan.policy, plan.rule, line, tables) is False:
            return None
        definition = self._definitions.get(plan.version)
        if definition is None:
            definition = self._definitions[plan.version] = Group(plan.policy, self._group.lines, tables)
            definition.derive()
        judgement = judge_line(definition, plan.known, plan.rule, at)
        return compose(Composer(plan.policy, plan.rule), line, judgement) if judgement.verdict is not None else None
