"""Where PySpark is not installed the spark engine says so, and nothing else needs it."""

from __future__ import annotations

import subprocess
import sys

CODE = (
    "import sys; sys.modules['pyspark'] = None; from datetime import date; "
    "from cleanclaim.backends.choose import choose; from cleanclaim.policy.versions import Edition; "
    "import cleanclaim.backends.relational.spark_session, cleanclaim.backends.relational.spark_sources; "
    "choose('spark', Edition.of([], date(2020, 1, 1)))"
)


def test_the_engine_is_absent() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "EngineMissing: the spark engine needs PySpark, and Java 17 or newer: pip install" in done.stderr
