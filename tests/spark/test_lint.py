"""``lint --engine spark`` reports what the durable engine does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from cleanclaim_cli.main import app
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ARGUMENTS = ["lint", str(ROOT / "examples" / "batch.837"), "--roster", str(ROOT / "examples" / "roster.csv")]
ARGUMENTS += ["--policies", str(ROOT / "policies" / "examples")]
WITHOUT_JAVA = "from cleanclaim.backends.relational.spark_connection import connected; connected()"


def told(engine: str) -> dict[str, object]:
    made = CliRunner().invoke(app, [*ARGUMENTS, "--format", "json", "--quiet", "--engine", engine])
    assert made.exit_code == 1, made.output
    found: dict[str, object] = json.loads(made.stdout)
    assert found.pop("engine", engine) == engine
    return found


def test_lint_says_the_same_on_spark(spark: SparkSession) -> None:
    assert spark.version >= "4"
    assert told("spark") == told("reference")


def test_without_java_the_engine_says_so(spark: SparkSession, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_JAVA],
        env={"PATH": "/usr/bin:/bin", "JAVA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "EngineMissing: Spark does not start (JAVA_GATEWAY_EXITED): it needs Java 17" in done.stderr
