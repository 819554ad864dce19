"""The findings of an audit report as CSV, one row each, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import json
from typing import TextIO

from cleanclaim.reports.csv import inert
from cleanclaim.store.report import DETAILS, Reading


def write(reading: Reading, out: TextIO) -> None:
    """Writes a header, and a row for each finding. Several lines, charges or missing facts stand in one cell."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(DETAILS.names)
    for batch in reading.findings():
        for row in batch.to_pylist():
            related = json.loads(row["related"])
            row["related"] = [f"{other['claim']}/{other['line']}" for other in related]
            writer.writerow([inert(_text(cell)) for cell in row.values()])


def _text(cell: object) -> str:
    if isinstance(cell, list):
        return " ".join(_text(each) for each in cell)
    return "" if cell is None else str(cell)
