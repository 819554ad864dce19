"""One audit: the lines of a warehouse judged by a whole library, and what was found recorded in a store of runs."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cleanclaim import __version__
from cleanclaim.audit.beside import NOTHING, Beside
from cleanclaim.audit.judged import Database
from cleanclaim.audit.judging import FOUND, Judging, Share
from cleanclaim.audit.kinds import LineKinds
from cleanclaim.audit.on_duckdb import OnDuckDB
from cleanclaim.audit.prepare import CLAIMS, LINES, prepare
from cleanclaim.audit.reach import reach
from cleanclaim.audit.sources import Sources
from cleanclaim.backends.choose import NO_SPARK
from cleanclaim.backends.errors import EngineFault, EngineMissing
from cleanclaim.backends.relational.kept import Kept
from cleanclaim.backends.relational.nodes import fields_in, measured
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Reject, Warning
from cleanclaim.claims.tables.mapping import NO_MAP, TableMap
from cleanclaim.coverage import Coverage, Uncovered
from cleanclaim.imported import Met, stored, with_imported
from cleanclaim.policy.digest import digest, digest_of
from cleanclaim.policy.versions import Edition, NotEvaluated
from cleanclaim.store.runs import PartCounts, RuleName, RunInfo, RunRow
from cleanclaim.store.schema import FINDING
from cleanclaim.store.staging import Query
from cleanclaim.store.store import Clock, Run, Store
from cleanclaim.store.work_folder import work_folder
from cleanclaim.tables.store import TableStore
from cleanclaim.unevaluated import Unevaluated

SLICE = 10_000_000
"""Lines that are judged at once; of more, an interrupted run keeps what it judged, slice by slice."""
SCOPE = 1_000_000
"""Claims of which the store notes as one that they were judged; of more, those of each quarter apart, because those of
past quarters are the same night after night, and are kept once."""
_NO_FINDINGS = "SELECT " + ", ".join(f"CAST(NULL AS {type_}) AS {name}" for name, type_ in FINDING) + " WHERE FALSE"
_NO_CLAIMS = "SELECT CAST(NULL AS TEXT) AS claim WHERE FALSE"
_SIZE = re.compile(r"[0-9]+([.][0-9]+)? *[KMGT]i?B", re.IGNORECASE)
_UNSAID = "no query says this rule, for its numbers or its facts are too many; `cleanclaim lint` judges by it"


@dataclass(frozen=True)
class Request:
    """What is to be audited: files, folders, patterns and tables of databases.

    ``facts`` are those that the library declares, ``beside`` what is known of the claims besides them.
    ``engine`` judges: DuckDB, which reads in any case, or Spark, as its environment or ``spark_master`` says.
    ``memory`` is DuckDB's limit (``6GB``), beyond which it writes to ``temporary``, and ``threads`` how many it uses;
    where they are ``None`` DuckDB chooses. ``cache`` is a folder of this user's own for statements, which are else made
    anew in every run.
    """

    paths: Sequence[str]
    history: Sequence[str] = ()
    mapping: TableMap = NO_MAP
    facts: Mapping[str, ValueType] | None = None
    beside: Beside = NOTHING
    engine: str = "duckdb"
    spark_master: str | None = None
    memory: str | None = None
    threads: int | None = None
    temporary: Path | None = None
    cache: Path | None = None


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


class Watcher:
    """Is told how far an audit is. This one keeps it to itself."""

    def stage(self, name: str) -> None:
        """Another stage begins."""

    def step(self, done: int, steps: int) -> None:
        """So many of the stage's steps are done."""

    def say(self, text: str) -> None:
        """Something worth knowing meanwhile."""


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
    if request.memory is not None and not _SIZE.fullmatch(request.memory):
        # DuckDB itself takes -3GB for no limit.
        raise EngineFault(f"DuckDB does not take these limits: {request.memory!r} is no size as 6GB is one")
    store.ready()
    with _database(request) as (connection, work):
        made = _Auditing(request, edition, tables, connection, work, watcher or Watcher())
        return made.recorded(store, now, resume)


@contextmanager
def _database(request: Request) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A database in memory, and the folder to which it writes what memory cannot hold; both are gone afterwards."""
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(work_folder(request.temporary))
        except OSError as error:
            where = error.filename or request.temporary
            raise EngineFault(f"there is no room for work in {where}: {error.strerror}; name another --temp") from None
        config: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": str(folder / "spilled"),
            "preserve_insertion_order": False,
        }
        if request.memory is not None:
            config["memory_limit"] = request.memory
        if request.threads is not None:
            config["threads"] = request.threads
        try:
            connection = duckdb.connect(config=config)
        except duckdb.Error as error:
            raise EngineFault(f"DuckDB does not take these limits: {_first_line(error)}") from None
        try:
            yield connection, folder
        except duckdb.OutOfMemoryException:
            raise EngineFault(
                f"DuckDB ran out of memory ({_limits(connection)}); allow more with --memory, and see that there is "
                "room on the disk it spills to (--temp)"
            ) from None
        except duckdb.IOException:
            raise EngineFault(
                f"DuckDB cannot read or write a file ({_limits(connection)}); see that the inputs stay as they are "
                "meanwhile, and that there is room on the disk it spills to (--temp)"
            ) from None
        except duckdb.Error as error:
            # Its words may hold values of the lines.
            raise EngineFault(f"DuckDB cannot judge these lines ({type(error).__name__})") from None
        except RuntimeError as error:
            # What DuckDB makes of a signal whose handler raises while a statement runs.
            if str(error) != "Query interrupted":
                raise
            raise KeyboardInterrupt from None
        finally:
            connection.close()


class _Auditing:
    def __init__(
        self,
        request: Request,
        edition: Edition,
        tables: TableStore,
        connection: duckdb.DuckDBPyConnection,
        work: Path,
        watcher: Watcher,
    ) -> None:
        self._connection, self._watcher, self._edition = connection, watcher, edition
        facts = dict(request.facts or {})
        watcher.say(_limits(connection))
        watcher.stage("reading")
        sources = Sources.open(
            request.paths, connection, work, mapping=request.mapping, facts=facts, history=request.history
        )
        self._prepared = prepare(connection, sources, _fields(edition), facts, reach(edition), beside=request.beside)
        met = Met(edition)
        self._kinds = LineKinds(connection, LINES, edition, tables.releases(), met)
        self._imported = with_imported(met.relevance.narrowed(edition), tables, met, in_place=True)
        self._stored = stored(tables)
        lines = self._prepared.lines + self._prepared.history
        slices = max(1, math.ceil(lines / SLICE))
        self._database = _judging_database(request, connection, facts, work)
        self._judging = Judging(connection, self._database, LINES, lines, self._imported.edition, slices, work)
        known = {"roster": request.beside.roster, "facts": request.beside.facts, "payer": request.beside.payer}
        self._inputs = {
            **self._prepared.digests,
            **{n: digest_of(each) for n, each in known.items() if each is not None},
        }
        self._input = digest_of((self._inputs, slices))

    def recorded(self, store: Store, now: Clock, resume: bool) -> Audited:
        """Judges what is prepared, and records it."""
        prepared, coverage = self._prepared, Coverage(self._edition)
        uncovered = coverage.uncovered(self._kinds)
        passed_over = Unevaluated(self._edition, self._imported, self._stored).rules(self._kinds)
        rejected = tuple(prepared.rejects())
        if not prepared.judged and rejected:
            raise NothingToJudge(rejected)
        rules = tuple((each.policy, each.rule) for each in passed_over)
        counts = PartCounts(prepared.lines, prepared.history, rejected, rules)
        with store.run(self._info(), now, resume=resume) as run:
            for note in run.notes:
                self._watcher.say(note)
            quarter = ", year(first) * 10 + quarter(first) AS quarter" if prepared.judged > SCOPE else ""
            self._keep(run, "lines", _NO_FINDINGS, f"SELECT claim{quarter} FROM {CLAIMS}", counts)
            for share in self._judging.shares():
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
            uncovered,
            tuple(coverage.payers()),
            (*passed_over, *_unsaid(self._edition, unsaid)),
        )

    def _info(self) -> RunInfo:
        return RunInfo(
            self._edition.as_of,
            self._database.name,
            __version__,
            digest(self._edition),
            self._inputs,
            dict(self._imported.releases),
            tuple((p.id, rule.id) for known in self._edition.policies for p in known.versions for rule in p.rules),
        )

    def _judge(self, run: Run, share: Share) -> None:
        key = self._key(share.name)
        if run.staged(key):
            self._watcher.say(f"judged already: {share.name}")
            return
        rules = sum(
            len(share.edition.rules_of(policy)) for known in share.edition.policies for policy in known.versions
        )
        self._watcher.stage(f"judging {share.name} by {rules:,} rules")
        left = self._judging.judge(share, self._watcher.step)
        unsaid = tuple((one.policy.id, one.rule.id) for one in left)
        self._keep(run, share.name, f"SELECT * FROM {FOUND}", _NO_CLAIMS, PartCounts(not_evaluated=unsaid))

    def _keep(self, run: Run, name: str, findings: str, claims: str, counts: PartCounts) -> None:
        run.stage(self._key(name), Query(self._connection, findings), Query(self._connection, claims), counts)

    def _key(self, name: str) -> str:
        return f"{self._input} {name}"


def _judging_database(
    request: Request, connection: duckdb.DuckDBPyConnection, facts: Mapping[str, ValueType], work: Path
) -> Database:
    if request.engine == OnDuckDB.name:
        return OnDuckDB(connection, facts, Kept(request.cache) if request.cache is not None else None)
    try:
        from cleanclaim.audit.on_spark import OnSpark
    except ImportError:
        raise EngineMissing(NO_SPARK) from None
    return OnSpark(connection, facts, work, request.spark_master)


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


def _limits(connection: duckdb.DuckDBPyConnection) -> str:
    names = ("threads", "memory_limit", "temp_directory")
    threads, memory, folder = (
        connection.execute(f"SELECT current_setting('{name}')").fetchall()[0][0] for name in names
    )
    return f"DuckDB uses {threads} threads and up to {memory} of memory, beyond which it writes to {folder}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
