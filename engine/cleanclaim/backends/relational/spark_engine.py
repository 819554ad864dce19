"""The relational engine on Spark: the session that the operator's environment gives, or a local one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cleanclaim.backends.errors import EngineMissing
from cleanclaim.backends.relational.engine import Judge, RelationalEngine
from cleanclaim.backends.relational.program import Program
from cleanclaim.backends.relational.spark_session import Session, own
from cleanclaim.backends.relational.wanted import Wanted
from cleanclaim.policy.versions import Edition

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_TOLD_BY_PYSPARK = "SQLQueryContextLogger"
"""PySpark writes what Spark says of a failed query to standard error: values of lines may stand in it."""


def connected(master: str | None = None) -> SparkSession:
    """The session of the running application, or a new one as ``spark-submit`` or Spark's own files set it up.

    ``master`` overrides those, as ``local[2]``. Raises :class:`~cleanclaim.backends.errors.EngineMissing` where
    Spark does not start, and :class:`ImportError` where it is not installed.
    """
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    logging.getLogger(_TOLD_BY_PYSPARK).setLevel(logging.CRITICAL)
    running: SparkSession | None = SparkSession.getActiveSession()
    if running is not None:
        return _classic(running)
    builder = SparkSession.builder.appName("cleanclaim").config("spark.ui.showConsoleProgress", "false")
    if master is not None:
        builder = builder.master(master)
    failed: tuple[type[Exception], ...] = (*_errors(), OSError)
    try:
        made: SparkSession = builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise EngineMissing(
            f"Spark does not start ({error.getCondition()}): it needs Java 17 or newer on the PATH or under JAVA_HOME"
        ) from None
    except failed as error:
        raise EngineMissing(f"Spark does not start ({type(error).__name__}): its own lines above say why") from None
    return _classic(made)


def _classic(spark: SparkSession) -> SparkSession:
    """The session, if programs can have sessions of their own beside it."""
    if not hasattr(spark, "newSession"):
        raise EngineMissing(
            "the spark engine does not run through Spark Connect: unset SPARK_REMOTE, and use spark-submit or a master"
        )
    return spark


def _errors() -> tuple[type[Exception], ...]:
    """What PySpark raises."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return PySparkException, Py4JError


class SparkEngine(RelationalEngine):
    """Judges lines on Spark, many groups at once."""

    name = "spark"
    called = "Spark"

    def __init__(self, edition: Edition, *, apart: bool = False, master: str | None = None) -> None:
        """Starts Spark where none runs. Raises as :func:`connected` does."""
        super().__init__(edition, apart=apart)
        self._spark = connected(master)
        self.errors = _errors()

    def _opened(self, wanted: Wanted) -> Judge:
        return Session(Program(wanted), own(self._spark))
