"""Judges lines on Spark: they are handed over as Parquet, and the findings come back as Parquet."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from cleanclaim.audit.judged import Judged, Told
from cleanclaim.audit.odd import Connection
from cleanclaim.audit.sql import text
from cleanclaim.backends.errors import EngineFault
from cleanclaim.backends.relational.found import FOUND
from cleanclaim.backends.relational.program import program
from cleanclaim.backends.relational.spark_connection import connected
from cleanclaim.backends.relational.spark_session import Session, own
from cleanclaim.backends.relational.spark_sources import lines_of
from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.versions import Edition


class OnSpark:
    """The relational engine on the Spark that the environment gives. ``work`` is a folder that its executors see."""

    name = "spark"

    def __init__(
        self, connection: Connection, facts: Mapping[str, ValueType], work: Path, master: str | None = None
    ) -> None:
        """Starts Spark where none runs. Raises :class:`~cleanclaim.backends.errors.EngineMissing`."""
        self._connection = connection
        self._facts = facts
        self._work = work / "spark"
        self._spark = connected(master)

    def found(self) -> int | None:
        """Unknown: to count them would run what they are made of."""
        return None

    def judge(self, edition: Edition, lines: str, told: Told) -> Judged:
        """The findings on the lines of a relation. Raises :class:`~cleanclaim.backends.errors.EngineFault`."""
        shutil.rmtree(self._work, ignore_errors=True)
        self._work.mkdir()
        given, found, said = (self._work / name for name in ("lines", "found", "said"))
        self._connection.execute(
            f"COPY (SELECT * FROM {lines}) TO {text(str(given))} (FORMAT parquet, PER_THREAD_OUTPUT true)"
        )
        spark = own(self._spark)
        try:
            columns, frame = lines_of(spark.read.parquet(str(given)), self._facts)
            made = program(edition, columns)
            session = Session(made, spark)
            session.lines_of(frame)
            session.run(told)
            session.write(str(found))
            spark.table(FOUND).select("row", "claim", "line").distinct().write.parquet(str(said))
        except (PySparkException, Py4JError) as error:
            # Its words may hold values of the lines.
            raise EngineFault(f"Spark cannot judge these lines ({type(error).__name__})") from None
        return Judged(_read(found), _read(said), made.by_definition)


def _read(folder: Path) -> str:
    return f"SELECT * FROM read_parquet({text(str(folder / '*.parquet'))})"
