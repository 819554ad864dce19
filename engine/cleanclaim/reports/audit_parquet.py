"""The findings of an audit report as Parquet, for a warehouse or a notebook."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from cleanclaim.store.report import DETAILS, Reading


def write(reading: Reading, path: Path) -> None:
    """Writes the file whole or not at all."""
    aside = path.with_name(path.name + ".part")
    try:
        with pq.ParquetWriter(aside, DETAILS, compression="zstd") as writer:
            for batch in reading.findings():
                writer.write_batch(batch)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
