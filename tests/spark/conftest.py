"""One Spark for all tests here, where it is asked for and can run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HERE = Path(__file__).parent
SMALL = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.memory": "3g",
    "spark.sql.shuffle.partitions": "1",
    # Few lines and many queries: what is compiled for long runs costs more here than it saves.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.getoption("--spark")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.spark)
            if not wanted:
                item.add_marker(pytest.mark.skip(reason="Spark is tested by make test-spark"))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Spark on two threads of this machine."""
    pytest.importorskip("pyspark", reason="PySpark is not installed: pip install 'cleanclaim[spark]'")
    if shutil.which("java") is None:
        pytest.skip("no Java on the PATH: Spark needs 17 or newer")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").appName("cleanclaim tests")
    for name, value in SMALL.items():
        builder = builder.config(name, value)
    made = builder.config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse"))).getOrCreate()
    yield made
    made.stop()
