"""The store: opens it, records runs, waives findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from cleanclaim.store import waivers
from cleanclaim.store.commit import commit, read_runs
from cleanclaim.store.database import Backend, Database, Hold
from cleanclaim.store.duckdb_file import DuckDBFile
from cleanclaim.store.errors import Recorded, StoreError
from cleanclaim.store.runs import PartCounts, RunInfo, RunRow
from cleanclaim.store.staging import Part, Rows, Staging
from cleanclaim.store.waivers import Waiver
from cleanclaim.store.work_folder import work_folder

Clock = Callable[[], datetime]
"""Tells the time, with its zone. Times are kept in UTC; a waiver's last day is a day of this zone."""

WAIT = 10.0
"""Seconds that a store which is in use is waited for, where nobody says."""

NOTHING = PartCounts()
_URLS = ("postgresql://", "postgres://")


def open_store(
    where: str | Path, *, wait: float = WAIT, staging: Path | None = None, memory: str | None = None
) -> Store:
    """The store at a path or a ``postgresql://`` URL. Nothing is opened or made before it is used.

    ``staging`` is the folder for work of unfinished runs: for a file beside it where nobody says; for a
    URL a run then keeps none, and cannot be resumed. ``memory`` (``6GB``) limits DuckDB where the store is a
    file. Raises :class:`StoreError` where Postgres is
    asked for and its driver is not installed.
    """
    text = str(where)
    if text.startswith(_URLS):
        try:
            from cleanclaim.store.postgres import PostgresStore
        except ImportError:
            raise StoreError("a store in Postgres needs its driver: pip install 'cleanclaim[postgres]'") from None
        return Store(PostgresStore(text, wait, staging))
    if "://" in text:
        raise StoreError("a store is a file, or a URL that begins with postgresql://")
    path = Path(where)
    return Store(DuckDBFile(path, wait, staging or path.with_name(path.name + ".staging"), memory))


@dataclass(frozen=True)
class Store:
    """The audit runs of a team."""

    backend: Backend

    @property
    def where(self) -> str:
        """Its path, or its server and database."""
        return self.backend.where

    def ready(self) -> None:
        """Raises :class:`StoreError` where it is plain before any work that no run can be recorded."""
        self.backend.ready()

    @contextmanager
    def run(self, info: RunInfo, now: Clock, *, resume: bool = False) -> Iterator[Run]:
        """Takes the store for a run, which is recorded when the block ends well, in one transaction.

        Where it ends in an error, or the process is killed, the store is as it was before; parts that
        were staged are kept, and ``resume`` takes them up. Makes a store that is not there. Raises
        :class:`StoreError` where the store cannot be had.
        """
        started, today = utc(now), now().date()
        with self.backend.hold(started.replace(tzinfo=UTC), create=True) as hold, self._staging(resume) as staging:
            run = Run(info, hold, staging, now, started, today, staging.begin(info, resume=resume))
            yield run
            if run.done is None:
                run.commit()

    def waive(self, fingerprints: Sequence[str], waiver: Waiver, now: Clock) -> tuple[str, ...]:
        """Waives findings by fingerprint or the beginning of one, all or none; see :func:`waivers.waive`."""
        with self._changing(now) as (database, at):
            return waivers.waive(database, fingerprints, waiver, at, now().date())

    def unwaive(self, fingerprints: Sequence[str], by: str, now: Clock) -> tuple[str, ...]:
        """Takes waivers back, all or none; see :func:`waivers.unwaive`."""
        with self._changing(now) as (database, at):
            return waivers.unwaive(database, fingerprints, by, at)

    def runs(self) -> list[RunRow]:
        """The runs, oldest first."""
        with self.reading() as database:
            return read_runs(database)

    def reading(self) -> AbstractContextManager[Database]:
        """The store as it stands at one moment, to be read."""
        return self.backend.reading()

    @contextmanager
    def _changing(self, now: Clock) -> Iterator[tuple[Database, datetime]]:
        at = utc(now)
        with self.backend.hold(at.replace(tzinfo=UTC), create=False) as hold, hold.transaction() as database:
            yield database, at

    @contextmanager
    def _staging(self, resume: bool) -> Iterator[Staging]:
        if self.backend.staging is not None:
            yield Staging(self.backend.staging)
        elif resume:
            raise StoreError(f"work on {self.where} was not kept, so nothing can be resumed; name a folder for it")
        else:
            with work_folder(None) as folder:
                yield Staging(folder / "run")


@dataclass
class Run:
    """A run under way. ``notes`` say what became of work that an interrupted run left; ``done`` is its row, once
    it is recorded."""

    info: RunInfo
    hold: Hold
    staging: Staging
    now: Clock
    started: datetime
    today: date
    notes: tuple[str, ...]
    parts: dict[str, Part] = field(default_factory=dict)
    done: RunRow | None = None

    def record(self, findings: Rows, claims_judged: Rows, counts: PartCounts = NOTHING) -> None:
        """Hands in a run that is judged as a whole; see :meth:`stage`."""
        self.stage("whole", findings, claims_judged, counts)

    def staged(self, part: str) -> bool:
        """Whether an interrupted run judged this part of the input already; then it is taken up."""
        found = self.staging.part(part)
        if found is not None:
            self.parts[part] = found
        return found is not None

    def stage(self, part: str, findings: Rows, claims_judged: Rows, counts: PartCounts = NOTHING) -> None:
        """Keeps what was found in a part of the input, by the part's digest.

        ``findings`` have the columns of :data:`cleanclaim.store.schema.FINDING` (``related`` and ``because`` as
        text or structures; ``payer`` and ``charges`` may be left out), ``claims_judged`` a column of claim numbers.
        A second one may name sets of claims, which are kept once where they are the same from run to run.
        """
        self.parts[part] = self.staging.write(part, findings, claims_judged, counts)

    def commit(self) -> RunRow:
        """Records the parts that were staged or taken up. Raises :class:`StoreError`; the store is then as it was.

        Raises :class:`Recorded` where a signal came too late to keep it from being recorded.
        """
        if self.done is not None:
            raise StoreError(f"run {self.done.id} is recorded already")
        parts = [part for _, part in sorted(self.parts.items())]
        done = None
        try:
            with self.hold.transaction() as database:
                done = commit(database, self.info, parts, self.started, utc(self.now), self.today)
        except (KeyboardInterrupt, RuntimeError):
            # A signal that comes while the database commits does not say whether it did.
            if done is None or not self._holds(done):
                raise
            self._end(done)
            raise Recorded(done.id) from None
        self._end(done)
        return done

    def _holds(self, done: RunRow) -> bool:
        with self.hold.transaction() as database:
            return bool(read_runs(database, "WHERE id = ?", (done.id,)))

    def _end(self, done: RunRow) -> None:
        self.done = done
        self.staging.clear()


def utc(now: Clock) -> datetime:
    """The time, as the store keeps it: UTC, without a zone."""
    time = now()
    if time.tzinfo is None:
        raise StoreError("the store is told a time without a zone")
    return time.astimezone(UTC).replace(tzinfo=None)
