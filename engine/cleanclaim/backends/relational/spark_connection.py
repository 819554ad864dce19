"""The Spark that the operator's environment gives, or a local one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cleanclaim.backends.errors import EngineMissing

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_TOLD_BY_PYSPARK = "SQLQueryContextLogger"
"""PySpark writes what Spark says of a failed query to standard error: values of lines may stand in it."""


def connected(master: str | None = None) -> SparkSession:
    """The session of the running application, or a new one as ``spark-submit`` or Spark's own files set it up.

    ``master`` overrides those, as ``local[2]``. Raises :class:`~cleanclaim.backends.errors.EngineMissing` where
    Spark does not start, and :class:`ImportError` where it is not installed.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException, PySparkRuntimeError
    from pyspark.sql import SparkSession

    logging.getLogger(_TOLD_BY_PYSPARK).setLevel(logging.CRITICAL)
    running: SparkSession | None = SparkSession.getActiveSession()
    if running is not None:
        return _classic(running)
    builder = SparkSession.builder.appName("cleanclaim").config("spark.ui.showConsoleProgress", "false")
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
    return _classic(made)


def _classic(spark: SparkSession) -> SparkSession:
    """The session, if programs can have sessions of their own beside it."""
    if not hasattr(spark, "newSession"):
        raise EngineMissing(
            "the spark engine does not run through Spark Connect: unset SPARK_REMOTE, and use spark-submit or a master"
        )
    return spark
