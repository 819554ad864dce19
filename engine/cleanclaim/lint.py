"""Judges claims against a policy library: readings in, one report out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from itertools import chain
from pathlib import Path

from cleanclaim import __version__
from cleanclaim.backends.choose import choose
from cleanclaim.claims.batch import Batch
from cleanclaim.claims.facts import Facts, Joining
from cleanclaim.claims.fields import BY_NAME
from cleanclaim.claims.model import Line, Reading, Reject, Status, Warning
from cleanclaim.claims.roster import Roster
from cleanclaim.coverage import Coverage, Uncovered
from cleanclaim.findings.compose import gather
from cleanclaim.findings.counts import Counts
from cleanclaim.findings.finding import Finding, report_order
from cleanclaim.imported import Met, Release, stored, with_imported
from cleanclaim.policy.diagnostics import Diagnostic, PolicyError
from cleanclaim.policy.model import About, Policy
from cleanclaim.policy.tables import Table, TableError, read_table
from cleanclaim.policy.versions import AllTables, Edition, NotEvaluated
from cleanclaim.tables.store import TableStore
from cleanclaim.tally import Tally
from cleanclaim.unevaluated import Unevaluated

PAYER_TYPES = BY_NAME["payer_type"].values

Place = tuple[str, int]
"""A claim and the number of one of its lines."""


@dataclass(frozen=True, slots=True)
class LineLabel:
    """What a report says of a line besides its findings."""

    source: str
    procedure: str | None
    service_date: date


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What one run says of its claims, its findings in numbers.

    ``claims`` is what came in: ``judged`` and the claims of ``rejected`` together. ``history`` counts the
    lines that were looked at beside them, ``history_copies`` those left out as judged lines read again. ``uncovered``
    are payers that no payer's policy speaks of, ``payers`` those that some do. ``releases`` are those of imported
    tables that answered, ``later`` counts versions of policies that were published after ``as_of``.
    """

    version: str
    as_of: date
    engine: str
    policies: tuple[Policy, ...]
    claims: int
    judged: int
    lines: int
    history: int
    history_copies: int
    counts: Counts
    not_evaluated: tuple[NotEvaluated, ...]
    rejected: tuple[Reject, ...]
    warnings: tuple[Warning, ...]
    uncovered: tuple[Uncovered, ...]
    payers: tuple[str, ...]
    releases: tuple[Release, ...] = ()
    later: int = 0


@dataclass(frozen=True, kw_only=True)
class Report(Summary):
    """What one run says, every verdict of it: ``findings``, sorted, and ``labels`` of the lines they are about."""

    findings: tuple[Finding, ...]
    labels: Mapping[Place, LineLabel]
    counts: Counts = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", Counts.of(self.findings))

    @classmethod
    def of(cls, summary: Summary, findings: tuple[Finding, ...], labels: Mapping[Place, LineLabel]) -> Report:
        """What a summary says, and every finding."""
        told = {each.name: getattr(summary, each.name) for each in fields(summary) if each.name != "counts"}
        return cls(**told, findings=findings, labels=labels)


@dataclass(frozen=True)
class Input:
    """What is to be judged: claims, what was billed before, who performed, what else is known, and for whom.

    ``payer`` overrides the payer that the claims name, and their line of business: it is that payer's
    if the payer is called as one (``medicare``), else ``other``.
    """

    readings: Iterable[Reading]
    history: Iterable[Reading] = ()
    roster: Roster | None = None
    facts: Facts | None = None
    payer: str | None = None

    def collect(self, note: Callable[[Line], None] | None = None) -> Batch:
        """Reads everything, so that it can be grouped; rows of the roster and of facts that are no use are told too.

        ``note`` is called with every line.
        """
        of_roster = self.roster.problems if self.roster is not None else ()
        of_facts = self.facts.problems if self.facts is not None else ()
        joining = self.facts.joining() if self.facts is not None else None
        readings = chain(of_roster, of_facts, self.readings)
        batch = Batch.collect(readings, history=self.history, adapt=self._adapter(joining, note))
        batch.warnings.extend(joining.warnings() if joining is not None else ())
        return batch

    def _adapter(self, joining: Joining | None, note: Callable[[Line], None] | None) -> Callable[[Line], Line] | None:
        roster, payer = self.roster, self.payer
        if roster is None and joining is None and payer is None and note is None:
            return None
        payer_type = payer.lower() if payer is not None and payer.lower() in PAYER_TYPES else "other"

        def adapt(line: Line) -> Line:
            if payer is not None:
                line = line._replace(payer=payer, payer_name=None, payer_type=payer_type)
            if roster is not None:
                line = roster.apply(line)
            if joining is not None:
                line = joining.apply(line)
            if note is not None:
                note(line)
            return line

        return adapt


def tables_of(policies: Sequence[Policy]) -> AllTables:
    """The tables that the policies keep in files beside them, each file read once.

    Raises :class:`cleanclaim.policy.diagnostics.PolicyError` with every problem of every table.
    """
    read: dict[object, Table] = {}
    problems: dict[object, tuple[Diagnostic, ...]] = {}
    tables: dict[tuple[str, str], dict[str, Table]] = {}
    for policy in policies:
        for name, spec in policy.tables.items():
            if spec.file is None:
                continue
            key = (spec.file, *spec.columns.items(), spec.start, spec.through)
            try:
                if key not in read and key not in problems:
                    read[key] = read_table(spec, Path(spec.file))
            except TableError as error:
                problems[key] = error.diagnostics
            if key in read:
                tables.setdefault((policy.id, policy.version), {})[name] = read[key]
    if problems:
        raise PolicyError(tuple(diagnostic for found in problems.values() for diagnostic in found))
    return tables


def edition_of(policies: Sequence[Policy], as_of: date) -> Edition:
    """The policies known by a date, with the tables of their folders; raises as :func:`tables_of`."""
    return Edition.of(policies, as_of, tables_of([policy for policy in policies if policy.published <= as_of]))


def lint(
    what: Input,
    edition: Edition,
    store: TableStore,
    *,
    engine: str = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Judges every claim by every policy in the edition, with the tables of the store that it speaks of.

    ``progress`` is called with (lines judged, lines in all). Raises
    :class:`cleanclaim.backends.errors.EngineError`, and :class:`cleanclaim.tables.store.StoreError`
    where the store of tables is damaged.
    """
    findings: list[Finding] = []
    labels: dict[Place, LineLabel] = {}
    met = Met(edition)
    with what.collect(met.note) as batch:
        imported = with_imported(met.relevance.narrowed(edition), store, met)
        judged = imported.edition
        back_end = choose(engine, judged)
        coverage, passed_over = Coverage(edition), Unevaluated(edition, imported, stored(store))
        tally, counted = Tally(), coverage.speaks or passed_over.speaks
        partitions = judged.partitions or (("patient",),)
        done, total = 0, batch.lines * len(partitions)
        for partition in partitions:
            for lines in batch.partitions(partition):
                if counted and partition == partitions[0]:
                    tally.see(lines)
                found = list(back_end.judge(partition, lines))
                findings += found
                _label(found, lines, labels)
                done += len(lines)
                if progress is not None:
                    progress(done, total)
    return Report(
        version=__version__,
        as_of=edition.as_of,
        engine=back_end.name,
        policies=listed(edition),
        claims=batch.claims + batch.rejected_claims,
        judged=batch.claims,
        lines=batch.lines,
        history=batch.history,
        history_copies=batch.history_copies,
        findings=tuple(sorted(gather(findings, abouts(edition)), key=report_order)),
        not_evaluated=passed_over.rules(tally),
        rejected=tuple(batch.rejected),
        warnings=tuple(batch.warnings),
        uncovered=coverage.uncovered(tally),
        payers=tuple(coverage.payers()),
        labels=labels,
        releases=imported.releases,
        later=edition.later,
    )


def listed(edition: Edition) -> tuple[Policy, ...]:
    """The policies as a report lists them, of each the newest first."""
    return tuple(policy for known in edition.policies for policy in reversed(known.versions))


def abouts(edition: Edition) -> dict[tuple[str, str, str], About]:
    """What each rule, by (policy, version, rule), is about."""
    return {
        (policy.id, policy.version, rule.id): rule.about
        for known in edition.policies
        for policy in known.versions
        for rule in policy.rules
    }


def _label(findings: Collection[Finding], lines: Sequence[Line], labels: dict[Place, LineLabel]) -> None:
    if not findings:
        return
    places = {(finding.claim, number) for finding in findings for number in finding.lines}
    for line in lines:
        place = (line.claim, line.line)
        if place in places and line.status is Status.CLAIM:
            labels[place] = LineLabel(line.source, line.procedure, line.service_date)
