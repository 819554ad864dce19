"""The twelve rules in Drools (Twelve.java) on the jars that drools-jpy carries, a session a patient, on one core.

The jars have the engine and the executable model, but not what compiles DRL to that model. So the rules are written in
the model, whose joins are hashed as those of DRL are. A jar reads no Parquet: the lines are handed over as text.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import duckdb
from peer import Stopwatch, run

SOURCE = Path(__file__).with_name("Twelve.java")
LINES = """COPY (SELECT line_id, patient_id, payer, service_date - DATE '1970-01-01', year(service_date), procedure,
    array_to_string(modifiers, ','), units, coalesce(minutes, -1), rendering_npi, coalesce(license_type, '')
    FROM read_parquet('{source}') ORDER BY patient_id, line_id) TO '{target}'
    (HEADER false, DELIMITER '\t', QUOTE '')"""
PAIRS = """COPY (SELECT column1, column2, effective - DATE '1970-01-01',
    coalesce(deletion, DATE '9999-12-31') - DATE '1970-01-01', modifier_indicator
    FROM read_parquet('{source}') WHERE modifier_indicator <> 9) TO '{target}'
    (HEADER false, DELIMITER '\t', QUOTE '')"""


def jar() -> Path:
    """The jar inside the package, which is not imported: that would start a Java machine of its own."""
    package = find_spec("drools")
    if package is None or package.origin is None:
        raise SystemExit("drools-jpy is not installed: pip install -r benchmarks/requirements.txt")
    return next(Path(package.origin).parent.glob("jars/*.jar"))


def compiled() -> Path:
    """The folder of the compiled classes, made once a version of the source."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"cleanclaim-growth-{digest}"
    if not (folder / "Twelve.class").exists():
        subprocess.run(["javac", "-nowarn", "-cp", str(jar()), "-d", str(folder), str(SOURCE)], check=True)
    return folder


def judge(lines: Path, pairs: Path, watch: Stopwatch) -> dict[str, int]:
    classes = f"{compiled()}:{jar()}"
    watch.lap("setup")
    with tempfile.TemporaryDirectory() as folder:
        texts = [Path(folder) / name for name in ("lines.tsv", "pairs.tsv")]
        connection = duckdb.connect(config={"threads": 2, "memory_limit": "1GB", "temp_directory": folder})
        for query, source, target in zip((LINES, PAIRS), (lines, pairs), texts, strict=True):
            connection.execute(query.format(source=source, target=target))
        connection.close()
        watch.lap("load")
        java = ["java", "-Xmx2g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", classes, "Twelve"]
        told = json.loads(subprocess.run([*java, *map(str, texts)], check=True, stdout=subprocess.PIPE).stdout)
    watch.lap("java")
    seconds = told["seconds"]
    watch.seconds["setup"] += watch.seconds.pop("java") - seconds["load"] - seconds["evaluate"]
    watch.seconds.update(load=seconds["load"], evaluate=seconds["evaluate"])
    return dict(told["counts"])


if __name__ == "__main__":
    run(judge)
