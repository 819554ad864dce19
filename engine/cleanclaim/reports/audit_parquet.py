"""The findings of an audit report as Parquet, for a warehouse or a notebook."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from cleanclaim.store.report import DETAILS, Reading


def write(reading: Reading, path: Path) -> None:
    """Writes the file."""
    with pq.ParquetWriter(path, DETAILS, compression="zstd") as writer:
        for batch in reading.findings():
            writer.write_batch(batch)
