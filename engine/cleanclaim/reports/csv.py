"""The findings as CSV, one row each, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection

from cleanclaim.findings.finding import Verdict
from cleanclaim.lint import Report

COLUMNS = (
    "source",
    "claim",
    "lines",
    "service_date",
    "procedure",
    "verdict",
    "severity",
    "policy",
    "version",
    "rule",
    "message",
    "fix",
    "cite",
    "missing",
    "related",
    "fingerprint",
)


def render(report: Report, *, shown: Collection[Verdict]) -> str:
    """A header and a row for each finding with one of the ``shown`` verdicts."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for finding in report.findings:
        if finding.verdict in shown:
            label = report.labels.get((finding.claim, finding.lines[0]))
            row = (
                label.source if label is not None else "",
                finding.claim,
                " ".join(map(str, finding.lines)),
                label.service_date.isoformat() if label is not None else "",
                (label.procedure or "") if label is not None else "",
                finding.verdict.value,
                finding.severity,
                finding.policy,
                finding.version,
                finding.rule,
                finding.message,
                finding.fix,
                finding.cite,
                " ".join(finding.missing),
                " ".join(f"{claim}/{line}" for claim, line in finding.related),
                finding.fingerprint,
            )
            writer.writerow([inert(cell) for cell in row])
    return out.getvalue()


def inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that could be gets an apostrophe.

    >>> inert("=1+1"), inert("97124")
    ("'=1+1", '97124')
    """
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell
