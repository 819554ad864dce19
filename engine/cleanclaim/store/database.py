"""What the store asks of a database: statements in the SQL that DuckDB and Postgres share, and bulk transfer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import pyarrow as pa

Value = str | int | bool | Decimal | date | datetime | None
Row = tuple[Value, ...]
Parameter = Value | list[str]
BATCH = 10_000
"""Rows that are read or handed on at a time."""


class Database(Protocol):
    """A transaction on a store. Statements write parameters as ``?``."""

    def execute(self, sql: str, parameters: Sequence[Parameter] = ()) -> None:
        """Runs a statement."""

    def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Runs a statement once for each of a few rows."""

    def rows(self, sql: str, parameters: Sequence[Parameter] = ()) -> list[Row]:
        """The rows of a query, all at once."""

    def stream(self, sql: str, schema: pa.Schema, parameters: Sequence[Parameter] = ()) -> Iterator[pa.RecordBatch]:
        """The rows of a query, a batch at a time, with the columns and types of the schema."""

    def temporary(self, name: str, query: str, parameters: Sequence[Parameter] = ()) -> None:
        """Keeps the rows of a query under a name until the transaction ends."""

    def load(self, name: str, columns: Sequence[tuple[str, str]], files: Sequence[Path]) -> None:
        """Makes the rows of Parquet files readable under a name until the transaction ends."""


class Hold(Protocol):
    """A store that nobody else writes to meanwhile."""

    def transaction(self) -> AbstractContextManager[Database]:
        """All that is done inside is done, or, at an error or a kill, nothing."""


class Backend(Protocol):
    """Where a store is."""

    @property
    def where(self) -> str:
        """Its path, or its server and database; no password."""

    @property
    def staging(self) -> Path | None:
        """Where work of unfinished runs is kept; ``None``: nowhere."""

    def ready(self) -> None:
        """Raises :class:`StoreError` where it is plain before any work that no run can be recorded there."""

    def hold(self, now: datetime, *, create: bool) -> AbstractContextManager[Hold]:
        """Takes the store for writing, brings its layout up to date, and waits while another process has it."""

    def reading(self) -> AbstractContextManager[Database]:
        """Reads the store as it stands at one moment."""
