"""Where PySpark is not installed the spark engine says so, and nothing else needs it."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

CODE = (
    "import sys; sys.modules['pyspark'] = None; "
    "import cleanclaim.backends.relational.spark_session, cleanclaim.backends.relational.spark_sources; "
    "from cleanclaim_cli.main import main; main()"
)


def test_the_engine_is_absent() -> None:
    command = [sys.executable, "-c", CODE, "lint", str(ROOT / "examples" / "claims.csv"), "--engine", "spark"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "the spark engine needs PySpark, and Java 17 or newer: pip install" in done.stderr
