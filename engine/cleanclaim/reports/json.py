"""The report as one JSON object, the same bytes for the same input."""

from __future__ import annotations

import json
from collections.abc import Collection

from cleanclaim.findings.finding import Finding, Verdict
from cleanclaim.lint import Report


def render(report: Report, *, shown: Collection[Verdict]) -> str:
    """The object that ``schemas/report.schema.json`` describes. ``shown`` are the verdicts listed."""
    whole = {
        "tool": "cleanclaim",
        "version": report.version,
        "as_of": report.as_of.isoformat(),
        "engine": report.engine,
        "policies_later": report.later,
        "policies": [
            {
                "policy": policy.id,
                "version": policy.version,
                "title": policy.title,
                "source": policy.source.title,
                "url": policy.source.url,
            }
            for policy in report.policies
        ],
        "tables": [{"table": table, "release": release} for table, release in report.releases],
        "claims": report.claims,
        "claims_judged": report.judged,
        "lines": report.lines,
        "history_lines": report.history,
        "history_copies": report.history_copies,
        "counts": {verdict.value: report.counts.of_verdict(verdict) for verdict in Verdict},
        "findings": [_finding(report, finding) for finding in report.findings if finding.verdict in shown],
        "not_evaluated": [
            {"policy": n.policy, "version": n.version, "rule": n.rule, "reason": n.reason, "lines": n.lines}
            for n in report.not_evaluated
        ],
        "uncovered": [
            {"payer": u.payer, "payer_type": u.payer_type, "lines": u.lines, "near": u.near, "known": u.known}
            for u in report.uncovered
        ],
        "rejected": [
            {"source": r.source, "where": r.where, "reason": r.reason, "claims": r.claims} for r in report.rejected
        ],
        "warnings": [{"source": w.source, "where": w.where, "reason": w.reason} for w in report.warnings],
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _finding(report: Report, finding: Finding) -> dict[str, object]:
    label = report.labels.get((finding.claim, finding.lines[0]))
    return {
        "source": label.source if label is not None else None,
        "policy": finding.policy,
        "version": finding.version,
        "rule": finding.rule,
        "verdict": finding.verdict.value,
        "severity": finding.severity,
        "claim": finding.claim,
        "lines": list(finding.lines),
        "related": [{"claim": claim, "line": line} for claim, line in finding.related],
        "message": finding.message,
        "fix": finding.fix,
        "cite": finding.cite,
        "missing": list(finding.missing),
        "because": dict(finding.because),
        "fingerprint": finding.fingerprint,
    }
