"""A store in a DuckDB file: opened only while it is read or written, so that reports can be read during an audit."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from cleanclaim.store import lock, schema
from cleanclaim.store.database import BATCH, Database, Parameter, Row, Value
from cleanclaim.store.errors import StoreError, StoreInUse


@dataclass(frozen=True)
class DuckDBFile:
    """A store at a path. ``wait`` is how many seconds to wait while another process has it.

    ``memory`` is DuckDB's limit (``6GB``), where it is not to choose one.
    """

    path: Path
    wait: float
    staging: Path | None
    memory: str | None = None

    @property
    def where(self) -> str:
        """Its path."""
        return str(self.path)

    def ready(self) -> None:
        """Whether there is a place for the file, and it is a store where it is there already."""
        if not self.path.parent.is_dir():
            raise StoreError(f"the store {self.where} cannot be made: there is no folder {self.path.parent}; make it")
        if not os.access(self.path.parent, os.W_OK):
            raise StoreError(f"the store {self.where} cannot be written: its folder may not be written to")
        if self.path.exists():
            with suppress(StoreInUse), replace(self, wait=0.0)._connected(read_only=True) as database:
                schema.check(database, self.where)

    @contextmanager
    def hold(self, now: datetime, *, create: bool) -> Iterator[DuckDBHold]:
        """Holds the lock file; the database itself is opened by each transaction."""
        if not create:
            self._must_be_there()
        else:
            self.ready()
        with lock.held(self._beside(".lock"), self.where, now, self.wait):
            if create and not self.path.exists():
                self._create()
            with self._connected(read_only=False) as database:
                schema.migrate(database, self.where)
            yield DuckDBHold(self)

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """Opens the file read-only."""
        self._must_be_there()
        with self._connected(read_only=True) as database:
            schema.check_current(database, self.where)
            yield database

    @contextmanager
    def _connected(self, *, read_only: bool) -> Iterator[Connection]:
        connection = self._connect(read_only)
        try:
            connection.execute("BEGIN")
            with _in_words(self.where):
                self._must_be_ours(connection)
                yield Connection(connection)
                connection.execute("COMMIT")
        finally:
            connection.close()

    def _connect(self, read_only: bool) -> duckdb.DuckDBPyConnection:
        deadline = time.monotonic() + self.wait
        limits: dict[str, str | bool | int | float | list[str]] = {}
        if self.memory is not None:
            limits["memory_limit"] = self.memory
        while True:
            try:
                return duckdb.connect(str(self.path), read_only=read_only, config=limits)
            except duckdb.Error as error:
                busy = "Could not set lock" in str(error) or "different configuration" in str(error)
                if busy and time.monotonic() < deadline:
                    time.sleep(lock.PAUSE)
                    continue
                if busy:
                    found = re.search(r"PID (\d+)", str(error))
                    process = f"process {found[1]}" if found else "another process"
                    who = lock.holder(self._beside(".lock")) or process
                    raise StoreInUse(
                        f"the store {self.where} is in use by {who}; waited {self.wait:g} s; "
                        "wait for it to finish, or wait longer with --wait"
                    ) from None
                raise StoreError(
                    f"{self.where} cannot be opened as a store ({_first_line(error)}); name a store that "
                    "`cleanclaim audit` made, or a new file"
                ) from None

    def _create(self) -> None:
        # Made aside and renamed: a process that is killed meanwhile leaves no half-made file under the store's name.
        fresh = self._beside(".new")
        fresh.unlink(missing_ok=True)
        self._beside(".new.wal").unlink(missing_ok=True)
        try:
            with duckdb.connect(str(fresh)) as connection:
                connection.execute("BEGIN")
                schema.create(Connection(connection), postgres=False)
                connection.execute("COMMIT")
            fresh.chmod(0o600)
            fresh.replace(self.path)
        except (duckdb.Error, OSError) as error:
            raise StoreError(f"the store {self.where} cannot be made: {_first_line(error)}") from None

    def _must_be_there(self) -> None:
        if not self.path.exists():
            raise StoreError(f"there is no store {self.where}; `cleanclaim audit PATH --store {self.where}` makes one")

    def _must_be_ours(self, connection: duckdb.DuckDBPyConnection) -> None:
        try:
            ours = connection.execute("SELECT 1 FROM meta WHERE key = 'version'").fetchall()
        except duckdb.Error:
            ours = []
        if not ours:
            raise StoreError(f"{self.where} is a DuckDB file but no store of audit runs; name a new file")

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)


@dataclass(frozen=True)
class DuckDBHold:
    """The store, while this process has the lock file."""

    file: DuckDBFile

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """Opens the file for writing."""
        with self.file._connected(read_only=False) as database:
            yield database


@dataclass(frozen=True)
class Connection:
    """:class:`~cleanclaim.store.database.Database` on a DuckDB connection."""

    connection: duckdb.DuckDBPyConnection

    def execute(self, sql: str, parameters: Sequence[Parameter] = ()) -> None:
        """Runs a statement."""
        self.connection.execute(sql, list(parameters))

    def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Runs a statement once for each row."""
        if rows:
            self.connection.executemany(sql, [list(row) for row in rows])

    def rows(self, sql: str, parameters: Sequence[Parameter] = ()) -> list[Row]:
        """The rows of a query."""
        return self.connection.execute(sql, list(parameters)).fetchall()

    def stream(self, sql: str, schema: pa.Schema, parameters: Sequence[Parameter] = ()) -> Iterator[pa.RecordBatch]:
        """The rows of a query, by batch."""
        for batch in self.connection.sql(sql, params=list(parameters)).to_arrow_reader(BATCH):
            yield from pa.Table.from_batches([batch]).cast(schema).to_batches()

    def temporary(self, name: str, query: str, parameters: Sequence[Parameter] = ()) -> None:
        """A temporary table; it goes with the connection."""
        self.connection.execute(f"CREATE TEMP TABLE {name} AS {query}", list(parameters))

    def load(self, name: str, columns: Sequence[tuple[str, str]], files: Sequence[Path]) -> None:
        """A view of the files: DuckDB reads of Parquet only the columns that a statement asks for."""
        names = ", ".join(column for column, _ in columns)
        listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
        if files:
            self.connection.execute(f"CREATE TEMP VIEW {name} AS SELECT {names} FROM read_parquet([{listed}])")
        else:
            empty = ", ".join(f"{column} {type_}" for column, type_ in columns)
            self.connection.execute(f"CREATE TEMP TABLE {name} ({empty})")


@contextmanager
def _in_words(where: str) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise StoreError(f"the store {where} failed, and was left as it was: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
