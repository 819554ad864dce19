"""The tables of a store, their version, and how a store of an earlier version is brought up to date."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cleanclaim.store.database import Database
from cleanclaim.store.errors import StoreError

VERSION = 1
"""The layout that this code writes."""

PAYLOAD: tuple[tuple[str, str], ...] = (
    ("policy", "TEXT"),
    ("version", "TEXT"),
    ("rule", "TEXT"),
    ("verdict", "TEXT"),
    ("severity", "TEXT"),
    ("claim", "TEXT"),
    ("lines", "BIGINT[]"),
    ("charges", "NUMERIC(18,2)[]"),
    ("related", "TEXT"),
    ("message", "TEXT"),
    ("fix", "TEXT"),
    ("cite", "TEXT"),
    ("missing", "TEXT[]"),
    ("because", "TEXT"),
    ("payer", "TEXT"),
)
"""What an engine says of a finding besides its fingerprint. ``charges`` are those of ``lines``, in their order."""

FINDING: tuple[tuple[str, str], ...] = (("fingerprint", "TEXT"), *PAYLOAD)

_TABLES: Mapping[str, str] = {
    "meta": "key TEXT NOT NULL, value TEXT NOT NULL",
    "runs": """
        id BIGINT NOT NULL, started TIMESTAMP NOT NULL, finished TIMESTAMP NOT NULL, as_of DATE NOT NULL,
        engine TEXT NOT NULL, tool_version TEXT NOT NULL, library_digest TEXT NOT NULL,
        inputs TEXT NOT NULL, tables TEXT NOT NULL,
        claims BIGINT NOT NULL, judged BIGINT NOT NULL, rejected BIGINT NOT NULL,
        lines BIGINT NOT NULL, history BIGINT NOT NULL,
        violation BIGINT NOT NULL, needs_info BIGINT NOT NULL, bypassed BIGINT NOT NULL,
        new BIGINT NOT NULL, resolved BIGINT NOT NULL, reopened BIGINT NOT NULL,
        status TEXT NOT NULL, events_through BIGINT NOT NULL""",
    "findings": ", ".join(f"{name} {type_}" for name, type_ in FINDING)
    + ", first_seen BIGINT NOT NULL, last_found BIGINT, state TEXT NOT NULL, since BIGINT NOT NULL, "
    "reopened BIGINT NOT NULL",
    "events": "seq BIGINT NOT NULL, run BIGINT NOT NULL, happened TIMESTAMP NOT NULL, fingerprint TEXT NOT NULL, "
    "what TEXT NOT NULL, note TEXT",
    "waivers": "fingerprint TEXT NOT NULL, reason TEXT NOT NULL, waived_by TEXT NOT NULL, until DATE, "
    "waived_at TIMESTAMP NOT NULL",
    "rejected": "run BIGINT NOT NULL, source TEXT NOT NULL, place TEXT NOT NULL, reason TEXT NOT NULL, "
    "claims BIGINT NOT NULL",
    "not_evaluated": "run BIGINT NOT NULL, policy TEXT NOT NULL, rule TEXT NOT NULL",
    "scopes": "scope TEXT NOT NULL, claims BIGINT NOT NULL",
    "scope_claims": "scope TEXT NOT NULL, claim TEXT NOT NULL",
    "run_scopes": "run BIGINT NOT NULL, scope TEXT NOT NULL",
}

_VIEWS: Mapping[str, str] = {
    # A finding's row is written only when something about it changes; that it was found again is what the scope says.
    "finding_life": """
        SELECT f.*, coalesce(f.last_found, j.run, f.first_seen) AS last_seen
        FROM findings f LEFT JOIN (
            SELECT c.claim, max(r.run) AS run
            FROM scope_claims c JOIN (SELECT scope, max(run) AS run FROM run_scopes GROUP BY scope) r
            ON r.scope = c.scope GROUP BY c.claim
        ) j ON j.claim = f.claim""",
}

KEYS: Mapping[str, str] = {
    "meta": "key",
    "runs": "id",
    "findings": "fingerprint",
    "events": "seq",
    "waivers": "fingerprint",
    "scopes": "scope",
    "scope_claims": "scope, claim",
    "run_scopes": "run, scope",
}
"""What tells the rows of a table apart. DuckDB is given no such index: its rows are told apart by the joins of
:mod:`cleanclaim.store.life`, and an index there slows bulk inserts and refuses some updates within a transaction."""

MIGRATIONS: Mapping[int, tuple[str, ...]] = {}
"""From a version, the statements that lead to the next."""


def collated(columns: str) -> str:
    """Columns for Postgres, whose texts would else sort and compare by the language of the server.

    >>> collated("claim TEXT, missing TEXT[]")
    'claim TEXT COLLATE "C", missing TEXT[] COLLATE "C"'
    """
    return re.sub(r"\bTEXT\b(\[\])?", r'TEXT\1 COLLATE "C"', columns)


def create(database: Database, *, postgres: bool) -> None:
    """Makes the tables in an empty store, in Postgres with primary keys."""
    for name, columns in _TABLES.items():
        key = f", PRIMARY KEY ({KEYS[name]})" if postgres and name in KEYS else ""
        database.execute(f"CREATE TABLE {name} ({collated(columns) if postgres else columns}{key})")
    for name, query in _VIEWS.items():
        database.execute(f"CREATE VIEW {name} AS {query}")
    database.execute("INSERT INTO meta VALUES ('version', ?)", (str(VERSION),))


def check(database: Database, where: str) -> int:
    """The layout's version; raises :class:`StoreError` where it is a later one than this code knows."""
    found = int(str(database.rows("SELECT value FROM meta WHERE key = 'version'")[0][0]))
    if found > VERSION:
        raise StoreError(
            f"the store {where} was written by a later cleanclaim (its layout is {found}, this one knows {VERSION}); "
            "upgrade cleanclaim, or name another store"
        )
    return found


def check_current(database: Database, where: str) -> None:
    """For readers, who cannot migrate: raises :class:`StoreError` unless the layout is this code's."""
    found = check(database, where)
    if found < VERSION:
        raise StoreError(
            f"the store {where} was written by an earlier cleanclaim (its layout is {found}, this one reads "
            f"{VERSION}); the next `cleanclaim audit` brings it up to date"
        )


def migrate(database: Database, where: str) -> None:
    """Brings the layout up to date, step by step; raises as :func:`check`."""
    found = check(database, where)
    for version in range(found, VERSION):
        for statement in MIGRATIONS[version]:
            database.execute(statement)
    if found < VERSION:
        database.execute("UPDATE meta SET value = ? WHERE key = 'version'", (str(VERSION),))
