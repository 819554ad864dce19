"""One audit: the lines of a warehouse judged by a whole library, and what was found recorded in a store of runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import duckdb

from cleanclaim import __version__
from cleanclaim.audit.judging import Share
from cleanclaim.audit.prepare import CLAIMS
from cleanclaim.audit.priced import priced
from cleanclaim.audit.reach import reach
from cleanclaim.audit.ready import Ready
from cleanclaim.audit.request import Request
from cleanclaim.audit.watcher import Watcher
from cleanclaim.audit.working import check_limits, working_database
from cleanclaim.backends.relational.nodes import fields_in, measured
from cleanclaim.claims.model import Reject, Warning
from cleanclaim.coverage import Uncovered
from cleanclaim.policy.digest import digest, digest_of
from cleanclaim.policy.versions import Edition, NotEvaluated
from cleanclaim.store.runs import PartCounts, RuleName, RunInfo, RunRow
from cleanclaim.store.schema import FINDING
from cleanclaim.store.staging import Query
from cleanclaim.store.store import Clock, Run, Store
from cleanclaim.tables.store import TableStore

SCOPE = 1_000_000
"""Claims of which the store notes as one that they were judged; of more, those of each quarter apart, because those of
past quarters are the same night after night, and are kept once."""
_NO_FINDINGS = "SELECT " + ", ".join(f"CAST(NULL AS {type_}) AS {name}" for name, type_ in FINDING) + " WHERE FALSE"
_NO_CLAIMS = "SELECT CAST(NULL AS TEXT) AS claim WHERE FALSE"
_UNSAID = "no query says this rule, for its numbers or its facts are too many; `cleanclaim lint` judges by it"


class NothingToJudge(Exception):
    """No claim could be read, so that no run was recorded; ``rejected`` says why."""

    def __init__(self, rejected: tuple[Reject, ...]) -> None:
        super().__init__("no claim could be read")
        self.rejected = rejected


@dataclass(frozen=True)
class Audited:
    """What one audit did. ``run`` is what the store keeps of it; ``payers`` are those that policies speak of."""

    run: RunRow
    rejected: tuple[Reject, ...]
    warnings: tuple[Warning, ...]
    uncovered: tuple[Uncovered, ...]
    payers: tuple[str, ...]
    not_evaluated: tuple[NotEvaluated, ...]


def audit(
    request: Request,
    edition: Edition,
    tables: TableStore,
    store: Store,
    now: Clock,
    *,
    resume: bool = False,
    watcher: Watcher | None = None,
) -> Audited:
    """Judges everything once and records it as a run of the store, all or nothing.

    Raises :class:`NothingToJudge` where no claim can be read,
    :class:`~cleanclaim.backends.errors.EngineFault` where DuckDB cannot go on,
    :class:`cleanclaim.store.errors.StoreError` where the store cannot be had, and
    :class:`cleanclaim.tables.store.StoreError` where the store of tables is damaged, and
    :class:`KeyboardInterrupt` where a signal ends it (:class:`cleanclaim.store.errors.Recorded` if that came too late).
    """
    check_limits(request)
    store.ready()
    with working_database(request) as (connection, work):
        watcher = watcher or Watcher()
        ready = Ready.of(
            request, edition, tables, connection, work, watcher, fields=_fields(edition), reach=reach(edition)
        )
        return _Auditing(request, edition, connection, ready, watcher).recorded(store, now, resume)


class _Auditing:
    def __init__(
        self, request: Request, edition: Edition, connection: duckdb.DuckDBPyConnection, ready: Ready, watcher: Watcher
    ) -> None:
        self._connection, self._watcher, self._edition, self._ready = connection, watcher, edition, ready
        known = {"roster": request.beside.roster, "facts": request.beside.facts, "payer": request.beside.payer}
        self._inputs = {
            **ready.sources.digests(connection),
            **{n: digest_of(each) for n, each in known.items() if each is not None},
        }
        self._input = digest_of((self._inputs, ready.judging.slices))

    def recorded(self, store: Store, now: Clock, resume: bool) -> Audited:
        """Judges what is prepared, and records it."""
        ready, prepared = self._ready, self._ready.prepared
        rejected = tuple(prepared.rejects())
        if not prepared.judged and rejected:
            raise NothingToJudge(rejected)
        rules = tuple((each.policy, each.rule) for each in ready.passed_over)
        counts = PartCounts(prepared.lines, prepared.history, rejected, rules)
        with store.run(self._info(), now, resume=resume) as run:
            for note in run.notes:
                self._watcher.say(note)
            quarter = ", year(first) * 10 + quarter(first) AS quarter" if prepared.judged > SCOPE else ""
            self._keep(run, "lines", _NO_FINDINGS, f"SELECT claim{quarter} FROM {CLAIMS}", counts)
            for share in ready.judging.shares():
                self._judge(run, share)
            unsaid = {rule for part in run.parts.values() for rule in part.counts.not_evaluated} - set(rules)
            # The store needs the memory now.
            self._connection.close()
            self._watcher.stage("recording")
            done = run.commit()
        return Audited(
            done,
            rejected,
            prepared.warnings,
            ready.uncovered,
            ready.payers,
            (*ready.passed_over, *_unsaid(self._edition, unsaid)),
        )

    def _info(self) -> RunInfo:
        return RunInfo(
            self._edition.as_of,
            self._ready.judging.database.name,
            __version__,
            digest(self._edition),
            self._inputs,
            dict(self._ready.imported.releases),
            tuple((p.id, rule.id) for known in self._edition.policies for p in known.versions for rule in p.rules),
        )

    def _judge(self, run: Run, share: Share) -> None:
        key = self._key(share.name)
        if run.staged(key):
            self._watcher.say(f"judged already: {share.name}")
            return
        judging = self._ready.judging
        self._watcher.stage(f"judging {share.name} by {share.rules:,} rules", judging.database.found)
        judged = judging.judge(share, self._watcher.step)
        unsaid = tuple((one.policy.id, one.rule.id) for one in judged.left)
        found = priced(self._connection, judged, judging.lines_of(share))
        self._keep(run, share.name, found, _NO_CLAIMS, PartCounts(not_evaluated=unsaid))

    def _keep(self, run: Run, name: str, findings: str, claims: str, counts: PartCounts) -> None:
        run.stage(self._key(name), Query(self._connection, findings), Query(self._connection, claims), counts)

    def _key(self, name: str) -> str:
        return f"{self._input} {name}"


def _fields(edition: Edition) -> Collection[str]:
    """The fields that the rules of an edition read, add up or tell, and those that clocks and reports need."""
    names = {"payer", "charge", "procedure", "received"}
    for known in edition.policies:
        for policy in known.versions:
            names.update(field.name for field in fields_in(policy.scope, policy.rules, policy.strata))
            lets = [let for rule in policy.rules for _, let in rule.lets]
            lets += [let for stratum in policy.strata for each in stratum for _, let in each.lets]
            names.update(column for let in lets for column in measured(let))
    return names


def _unsaid(edition: Edition, rules: Collection[RuleName]) -> Iterator[NotEvaluated]:
    for known in edition.policies:
        for policy in known.versions:
            for rule in policy.rules:
                if (policy.id, rule.id) in rules:
                    yield NotEvaluated(policy.id, policy.version, rule.id, _UNSAID)
