"""Puts rows of ours into tables of the audit's connection."""

from __future__ import annotations

import pyarrow as pa

from cleanclaim.audit.odd import Connection


def load(connection: Connection, table: str, rows: pa.Table) -> None:
    """Makes a table of rows, in the place of one that was there."""
    connection.register("audit_known", rows)
    connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM audit_known")
    connection.unregister("audit_known")
