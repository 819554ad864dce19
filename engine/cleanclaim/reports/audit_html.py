"""The audit report as one HTML page that needs nothing beside it."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cleanclaim.reports.audit_words import NO_PAYER, STANDINGS, judged, money, ran, remarks, since
from cleanclaim.reports.words import count
from cleanclaim.store.report import OPEN, Group, Reading, Standing

LISTED = 1_000
"""Findings that the page lists; it says how many there are."""


def render(reading: Reading) -> str:
    """The page."""
    report = reading.report
    findings = [row for batch in reading.findings(LISTED) for row in batch.to_pylist()]
    for row in findings:
        row["related"] = json.loads(row["related"])
        row["standing"] = Standing(row["standing"])
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(count=count, money=money)
    return environment.get_template("audit_report.html").render(
        report=report,
        since=since(report),
        ran=ran(report),
        judged=judged(report),
        remarks=remarks(report),
        standings=STANDINGS,
        open_standings=OPEN,
        tables=(
            ("By payer", "Payer", [(group.name[0] or NO_PAYER, group) for group in report.by_payer]),
            ("By policy", "Policy", [(group.name[0], group) for group in report.by_policy]),
            ("By rule", "Policy and rule", [(" ".join(group.name), group) for group in report.by_rule]),
        ),
        findings=findings,
        all=_all(report.totals),
    )


def _all(totals: Group) -> int:
    return sum(totals.of(standing).findings for standing in Standing)
