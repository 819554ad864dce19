"""The relational engine on Spark: the session that the operator's environment gives, or a local one."""

from __future__ import annotations

import logging

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException, PySparkRuntimeError
from pyspark.sql import SparkSession

from cleanclaim.backends.errors import EngineMissing
from cleanclaim.backends.relational.engine import Judge, RelationalEngine
from cleanclaim.backends.relational.program import Program
from cleanclaim.backends.relational.spark_session import Session, own
from cleanclaim.policy.versions import Edition

_TOLD_BY_PYSPARK = "SQLQueryContextLogger"
"""PySpark writes what Spark says of a failed query to standard error: values of lines may stand in it."""


def connected(master: str | None = None) -> SparkSession:
    """The session of the running application, or a new one as ``spark-submit`` or Spark's own files set it up.

    ``master`` overrides those, as ``local[2]``. Raises :class:`~cleanclaim.backends.errors.EngineMissing`.
    """
    logging.getLogger(_TOLD_BY_PYSPARK).setLevel(logging.CRITICAL)
    running: SparkSession | None = SparkSession.getActiveSession()
    if running is not None:
        return running
    builder = SparkSession.builder.appName("cleanclaim")
    if master is not None:
        builder = builder.master(master)
    try:
        made: SparkSession = builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise EngineMissing(
            f"Spark does not start ({error.getCondition()}): it needs Java 17 or newer on the PATH or under JAVA_HOME"
        ) from None
    except (PySparkException, Py4JError, OSError) as error:
        raise EngineMissing(f"Spark does not start ({type(error).__name__}): its own lines above say why") from None
    return made


class SparkEngine(RelationalEngine):
    """Judges lines on Spark, many groups at once."""

    name = "spark"
    called = "Spark"
    errors = (PySparkException, Py4JError)

    def __init__(self, edition: Edition, *, apart: bool = False, master: str | None = None) -> None:
        """Starts Spark where none runs. Raises :class:`~cleanclaim.backends.errors.EngineMissing`."""
        super().__init__(edition, apart=apart)
        self._spark = connected(master)

    def _opened(self, made: Program) -> Judge:
        return Session(made, own(self._spark))
