"""Opens tables of databases: a DuckDB file's where it lies, Postgres's copied once in batches."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from cleanclaim.audit.files import described
from cleanclaim.audit.odd import Connection
from cleanclaim.audit.opened import NUMBERED, Opened, Told
from cleanclaim.audit.sql import quoted, text
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Reject
from cleanclaim.claims.tables.binding import bind
from cleanclaim.claims.tables.mapping import TableMap

_POSTGRES = re.compile("postgres(?:ql)?://")
_PASSWORD = re.compile("(://[^:/@]*):[^@]*@")
_BATCH = 50_000


def is_database(given: str) -> bool:
    """Whether an input names a table of a database: ``file.duckdb::schema.table``, ``postgresql://…::schema.table``."""
    return "::" in given or _POSTGRES.match(given) is not None


def open_database(
    connection: Connection,
    given: str,
    number: int,
    mapping: TableMap,
    facts: Mapping[str, ValueType],
    history: bool,
    told: Told,
) -> Opened | None:
    """Opens one table; ``None`` where it is told why it cannot be."""
    where, _, table = given.rpartition("::") if "::" in given else (given, "", "")
    name = _PASSWORD.sub(r"\1:…@", given)

    def refuse(reason: str) -> None:
        told.rejects.append((number, Reject(name, "table", reason)))

    if not table.strip():
        refuse("names no table; write FILE::schema.table or postgresql://…/database::schema.table")
        return None
    parts = [part.strip().strip('"') for part in table.split(".")]
    own = f"audit_{'past' if history else 'judged'}_{number}"
    try:
        if _POSTGRES.match(where):
            relation, row = _postgres(connection, where, parts, own), NUMBERED
        else:
            relation, row = _duckdb(connection, Path(where), parts, own)
    except _Refused as error:
        refuse(str(error))
        return None
    types = described(connection, relation)
    types.pop(NUMBERED, None)
    header = tuple(types)
    binding = bind(header, name, mapping, facts)
    if binding.rejects:
        told.rejects.extend((number, each) for each in binding.rejects)
        return None
    if not connection.execute(f"SELECT count(*) FROM (SELECT 1 FROM {relation} LIMIT 1)").fetchall()[0][0]:
        refuse("no claims in it: the table has no rows")
        return None
    told.warnings.extend(binding.warnings)
    return Opened((name,), (number,), relation, types, header, binding, at="0", row=row, history=history)


class _Refused(Exception):
    """A table that cannot be opened; the text says why, without a password."""


def _duckdb(connection: Connection, path: Path, parts: list[str], own: str) -> tuple[str, str]:
    if not path.is_file():
        raise _Refused(f"there is no file {path.name} there")
    catalogs = connection.execute("SELECT database_name, path FROM duckdb_databases()").fetchall()
    attached = next((name for name, at in catalogs if at and Path(at).resolve() == path.resolve()), None)
    try:
        if attached is None:
            connection.execute(f"ATTACH {text(str(path))} AS {quoted(own)} (READ_ONLY)")
        relation = ".".join(map(quoted, [attached or own, *(["main"] if len(parts) == 1 else []), *parts]))
        described(connection, relation)
    except duckdb.Error as error:
        raise _Refused(f"cannot be opened: {str(error).splitlines()[0]}") from None
    # A view has no row ids; rows of a table keep theirs.
    try:
        connection.execute(f"SELECT rowid FROM {relation} LIMIT 0")
    except duckdb.Error:
        copied = quoted(f"{own}_rows")
        connection.execute(
            f"CREATE OR REPLACE TABLE {copied} AS SELECT row_number() OVER () AS {NUMBERED}, * FROM {relation}"
        )
        return copied, NUMBERED
    # By a name of its own, for the tables that are joined to it have row ids too.
    return f"(SELECT rowid AS {NUMBERED}, * FROM {relation})", f"({NUMBERED} + 1)"


def _postgres(connection: Connection, where: str, parts: list[str], own: str) -> str:
    """Reads by DuckDB's own extension where it is installed, else by psycopg; either way once, into a table."""
    copied = quoted(f"{own}_rows")
    schema, table = (parts[-2] if len(parts) > 1 else "public"), parts[-1]
    try:
        # Only what is installed: an audit fetches nothing from anywhere.
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute("LOAD postgres")
    except duckdb.Error:
        _by_psycopg(connection, where, schema, table, copied)
        return copied
    try:
        connection.execute(f"ATTACH {text(where)} AS {quoted(own)} (TYPE postgres, READ_ONLY)")
        connection.execute(
            f"CREATE OR REPLACE TABLE {copied} AS SELECT row_number() OVER () AS {NUMBERED}, * "
            f"FROM {quoted(own)}.{quoted(schema)}.{quoted(table)}"
        )
    except duckdb.Error:
        raise _Refused("cannot be opened; is the server there, and may you read the table?") from None
    return copied


def _by_psycopg(connection: Connection, where: str, schema: str, table: str, copied: str) -> None:
    try:
        psycopg = importlib.import_module("psycopg")
    except ImportError:
        raise _Refused(
            "Postgres is read with DuckDB's postgres extension (INSTALL postgres) or with psycopg; neither is "
            "installed: pip install 'psycopg[binary]'"
        ) from None
    try:
        with psycopg.connect(where) as server, server.cursor() as about:
            about.execute(
                "SELECT column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position",
                (schema, table),
            )
            columns = [(str(name), _arrow(str(kind))) for name, kind in about.fetchall()]
            if not columns:
                raise _Refused("there is no such table, or you may not read it")
            wanted = ", ".join(quoted(n) if t is not None else f"{quoted(n)}::text" for n, t in columns)
            schema_of = pa.schema([(name, type_ or pa.string()) for name, type_ in columns])
            with server.cursor(name="cleanclaim") as rows:
                rows.itersize = _BATCH
                rows.execute(f"SELECT {wanted} FROM {quoted(schema)}.{quoted(table)}")
                done = 0
                batch = rows.fetchmany(_BATCH)
                while batch or not done:
                    made = pa.table(
                        [pa.array([row[n] for row in batch], f.type) for n, f in enumerate(schema_of)], schema=schema_of
                    )
                    connection.register("audit_batch", made)
                    numbered = f"SELECT {done} + row_number() OVER () AS {NUMBERED}, * FROM audit_batch"
                    begin = f"CREATE OR REPLACE TABLE {copied} AS" if not done else f"INSERT INTO {copied}"
                    connection.execute(f"{begin} {numbered}")
                    connection.unregister("audit_batch")
                    done += len(batch)
                    if not batch:
                        break
                    batch = rows.fetchmany(_BATCH)
    except psycopg.Error as error:
        raise _Refused(f"cannot be read: {type(error).__name__}; is the server there, and may you read it?") from None


_ARROW = {
    "smallint": pa.int64(),
    "integer": pa.int64(),
    "bigint": pa.int64(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
    "double precision": pa.float64(),
}


def _arrow(kind: str) -> pa.DataType | None:
    """The Arrow type of a Postgres column, ``None`` where it is read as text: exact for amounts."""
    return _ARROW.get(kind)
