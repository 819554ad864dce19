"""What is asked of a run over tables: what to read, by which engine to judge, and within which limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cleanclaim.audit.beside import NOTHING, Beside
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.tables.mapping import NO_MAP, TableMap


@dataclass(frozen=True)
class Request:
    """What is to be judged: files, folders, patterns and tables of databases.

    ``facts`` are those that the library declares, ``beside`` what is known of the claims besides them. ``stdin`` is
    what ``-`` stands for, where it may. ``engine`` judges: DuckDB, which reads in any case, or Spark, as its
    environment or ``spark_master`` says. ``memory`` is DuckDB's limit (``6GB``), beyond which it writes to
    ``temporary``, and ``threads`` how many it uses; where they are ``None`` DuckDB chooses. ``cache`` is a folder of
    this user's own for statements, which are else made anew in every run.
    """

    paths: Sequence[str]
    history: Sequence[str] = ()
    mapping: TableMap = NO_MAP
    facts: Mapping[str, ValueType] | None = None
    beside: Beside = NOTHING
    stdin: BinaryIO | None = None
    engine: str = "duckdb"
    spark_master: str | None = None
    memory: str | None = None
    threads: int | None = None
    temporary: Path | None = None
    cache: Path | None = None
