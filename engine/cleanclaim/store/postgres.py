"""A store in a Postgres database, for a team: tables in a schema of their own, one session that writes at a time."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
from psycopg.conninfo import conninfo_to_dict

from cleanclaim.store import schema
from cleanclaim.store.database import BATCH, Database, Parameter, Row, Value
from cleanclaim.store.errors import StoreError
from cleanclaim.store.lock import PAUSE

SCHEMA = "cleanclaim_audit"
_LOCK = (0x636C6169, 0x6D730001)
_CHUNK = 1 << 20


@dataclass(frozen=True)
class PostgresStore:
    """A store at a URL. ``wait`` is how many seconds to wait while another session writes."""

    url: str = field(repr=False)
    wait: float
    staging: Path | None

    @property
    def where(self) -> str:
        """Server and database."""
        try:
            parts = conninfo_to_dict(self.url)
        except psycopg.Error:
            return "postgresql"
        host = ":".join(str(parts[key]) for key in ("host", "port") if parts.get(key))
        return f"postgresql://{host}/{parts.get('dbname') or ''}"

    def ready(self) -> None:
        """Whether the server answers."""
        with self._connected():
            pass

    @contextmanager
    def hold(self, now: datetime, *, create: bool) -> Iterator[PostgresHold]:
        """Holds an advisory lock for as long as the session lives."""
        with self._connected() as connection, _in_words(self.where):
            self._lock(connection)
            hold = PostgresHold(self.where, connection)
            with hold.transaction() as database:
                if not _exists(connection):
                    if not create:
                        raise self._absent()
                    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                    schema.create(database, postgres=True)
                schema.migrate(database, self.where)
            yield hold

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """One snapshot for all that is read."""
        with self._connected() as connection, _in_words(self.where), connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            if not _exists(connection):
                raise self._absent()
            database = Session(connection)
            schema.check_current(database, self.where)
            yield database

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        name = f"cleanclaim {os.getpid()}@{socket.gethostname()}"[:63]
        try:
            connection = psycopg.connect(self.url, autocommit=True, application_name=name, connect_timeout=10)
        except psycopg.ProgrammingError:
            # The message may quote the URL, and so the password.
            raise StoreError("the store's URL is not valid; write postgresql://USER@HOST:PORT/DATABASE") from None
        except psycopg.Error as error:
            reason = (str(error).strip().splitlines() or ["no answer"])[-1]
            raise StoreError(f"no connection to {self.where}: {reason}; check the URL and the server") from None
        with connection:
            connection.execute(f"SET search_path TO {SCHEMA}")
            yield connection

    def _lock(self, connection: psycopg.Connection) -> None:
        deadline = time.monotonic() + self.wait
        while True:
            taken = connection.execute("SELECT pg_try_advisory_lock(%s::int, %s::int)", _LOCK).fetchone()
            if taken is not None and taken[0]:
                return
            if time.monotonic() >= deadline:
                raise StoreError(
                    f"the store {self.where} is in use by {_holder(connection)}; "
                    f"waited {self.wait:g} s; wait for it to finish, or wait longer with --wait"
                )
            time.sleep(PAUSE)

    def _absent(self) -> StoreError:
        return StoreError(
            f"there is no store in {self.where} (schema {SCHEMA}); `cleanclaim audit PATH --store URL` makes one"
        )


@dataclass(frozen=True)
class PostgresHold:
    """The session that has the lock."""

    where: str
    connection: psycopg.Connection

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """A transaction of that session: where the session is lost, so are the lock and the transaction."""
        with _in_words(self.where), self.connection.transaction():
            yield Session(self.connection)


@dataclass(frozen=True)
class Session:
    """:class:`~cleanclaim.store.database.Database` on a Postgres connection."""

    connection: psycopg.Connection

    def execute(self, sql: str, parameters: Sequence[Parameter] = ()) -> None:
        """Runs a statement."""
        self.connection.execute(_sql(sql), parameters)

    def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Runs a statement once for each row."""
        with self.connection.cursor() as cursor:
            cursor.executemany(_sql(sql), rows)

    def rows(self, sql: str, parameters: Sequence[Parameter] = ()) -> list[Row]:
        """The rows of a query."""
        return self.connection.execute(_sql(sql), parameters).fetchall()

    def stream(self, sql: str, schema: pa.Schema, parameters: Sequence[Parameter] = ()) -> Iterator[pa.RecordBatch]:
        """The rows of a query, through a cursor on the server."""
        with self.connection.cursor(name="stream") as cursor:
            cursor.execute(_sql(sql), parameters)
            while rows := cursor.fetchmany(BATCH):
                columns = zip(*rows, strict=True)
                arrays = [pa.array(column, each.type) for column, each in zip(columns, schema, strict=True)]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def temporary(self, name: str, query: str, parameters: Sequence[Parameter] = ()) -> None:
        """A temporary table, with what the planner wants to know of it."""
        self.connection.execute(_sql(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}"), parameters)
        self.connection.execute(_sql(f"ANALYZE {name}"))

    def load(self, name: str, columns: Sequence[tuple[str, str]], files: Sequence[Path]) -> None:
        """COPY, from text that DuckDB makes of the files: Python never touches a row."""
        layout = schema.collated(", ".join(f"{column} {type_}" for column, type_ in columns))
        self.connection.execute(_sql(f"CREATE TEMP TABLE {name} ({layout}) ON COMMIT DROP"))
        cells = ", ".join(_cell(column, type_) for column, type_ in columns)
        copied = f"COPY {name} FROM STDIN (FORMAT csv)"
        for file in files:
            # Beside the file: what a kill leaves there goes with the rest of the run's work.
            text = file.with_suffix(".csv")
            with duckdb.connect() as converter:
                source, target = (str(path).replace("'", "''") for path in (file, text))
                converter.execute(
                    f"COPY (SELECT {cells} FROM read_parquet('{source}')) TO '{target}' "
                    "(FORMAT csv, HEADER false, FORCE_QUOTE *)"
                )
            with text.open("rb") as csv, self.connection.cursor() as cursor, cursor.copy(_sql(copied)) as copy:
                while chunk := csv.read(_CHUNK):
                    copy.write(chunk)
            text.unlink()
        self.connection.execute(_sql(f"ANALYZE {name}"))


def _cell(column: str, type_: str) -> str:
    """A column as text that Postgres reads: what is missing stays unquoted, and an array is in braces."""
    if not type_.endswith("[]"):
        return column
    text = "each" if type_ != "TEXT[]" else r"""'"' || replace(replace(each, '\', '\\'), '"', '\"') || '"'"""
    listed = f"list_transform({column}, lambda each: coalesce(({text})::VARCHAR, 'NULL'))"
    return f"'{{' || array_to_string({listed}, ',') || '}}' AS {column}"


def _exists(connection: psycopg.Connection) -> bool:
    found = connection.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.meta",)).fetchone()
    return found is not None and found[0] is not None


def _holder(connection: psycopg.Connection) -> str:
    found = connection.execute(
        """SELECT a.application_name, a.usename, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
        FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s::bigint::oid AND l.objid = %s::bigint::oid
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())""",
        _LOCK,
    ).fetchone()
    if found is None:
        return "another session"
    return f"{found[0]} (database user {found[1]}), connected since {found[2]} UTC"


def _sql(statement: str) -> bytes:
    # Every statement is text of this package; values travel as parameters.
    return statement.replace("?", "%s").encode()


@contextmanager
def _in_words(where: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        # Not the server's detail or context, which quote rows.
        reason = error.diag.message_primary or (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise StoreError(f"the store {where} failed, and was left as it was: {reason}") from error
