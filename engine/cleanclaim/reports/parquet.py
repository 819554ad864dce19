"""The findings as Parquet, for a warehouse or a notebook."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pyarrow.parquet as pq

from cleanclaim.findings.finding import Verdict
from cleanclaim.findings.listed import rows_of
from cleanclaim.lint import Report


def write(report: Report, path: Path, *, shown: Collection[Verdict]) -> None:
    """Writes a row for each finding with one of the ``shown`` verdicts, in the columns of :data:`LISTED`."""
    found = [finding for finding in report.findings if finding.verdict in shown]
    pq.write_table(rows_of(found), path)
