"""The audit report as one JSON object, written finding by finding."""

from __future__ import annotations

import json
from typing import TextIO

from cleanclaim import __version__
from cleanclaim.store.report import AuditReport, Group, Reading, Standing, Sum


def write(reading: Reading, out: TextIO) -> None:
    """Writes the object; the same bytes for the same store, whatever its kind but for its name."""
    head = json.dumps(_summary(reading.report), indent=1, ensure_ascii=False)
    out.write(head.removesuffix("\n}") + ',\n "findings": [')
    between = "\n  "
    for batch in reading.findings():
        for row in batch.to_pylist():
            out.write(between + json.dumps(_finding(row), ensure_ascii=False))
            between = ",\n  "
    out.write("\n ]\n}\n")


def _summary(report: AuditReport) -> dict[str, object]:
    last = report.last
    return {
        "tool": "cleanclaim",
        "version": __version__,
        "store": report.store,
        "since": {
            "run": report.since.run,
            "date": report.since.day.isoformat() if report.since.day is not None else None,
        },
        "run": {
            "id": last.id,
            "started": last.started.isoformat() + "Z",
            "finished": last.finished.isoformat() + "Z",
            "as_of": last.as_of.isoformat(),
            "engine": last.engine,
            "version": last.tool_version,
            "library": last.library_digest,
            "inputs": dict(last.inputs),
            "tables": dict(last.tables),
            "claims": last.claims,
            "claims_judged": last.judged,
            "claims_rejected": last.rejected,
            "lines": last.lines,
            "history_lines": last.history,
            "counts": {verdict.value: number for verdict, number in last.findings.items()},
            "new": last.new,
            "resolved": last.resolved,
            "reopened": last.reopened,
            "status": last.status,
        },
        "totals": _standings(report.totals),
        "by_payer": [{"payer": group.name[0], **_standings(group)} for group in report.by_payer],
        "by_policy": [{"policy": group.name[0], **_standings(group)} for group in report.by_policy],
        "by_rule": [{"policy": group.name[0], "rule": group.name[1], **_standings(group)} for group in report.by_rule],
        "by_severity": [{"severity": group.name[0], **_standings(group)} for group in report.by_severity],
        "undecided": report.undecided,
        "bypassed": report.bypassed,
        "resolved_without_rule": report.gone,
        "waivers_run_out": report.run_out,
        "not_evaluated": [{"policy": policy, "rule": rule} for policy, rule in report.not_evaluated],
        "rejected": [
            {"source": r.source, "where": r.where, "reason": r.reason, "claims": r.claims} for r in report.rejected
        ],
    }


def _standings(group: Group) -> dict[str, object]:
    sums = {standing.value: group.of(standing) for standing in Standing}
    sums["still_open"] = sums.pop(Standing.STILL_OPEN.value)
    return {"open": _sum(group.open), **{name: _sum(each) for name, each in sums.items()}}


def _sum(each: Sum) -> dict[str, object]:
    return {"findings": each.findings, "lines": each.lines, "charges": str(each.charges)}


def _finding(row: dict[str, object]) -> dict[str, object]:
    charges, until = row["charges"], row["waived_until"]
    assert isinstance(charges, list)
    return {
        **row,
        "charges": [str(charge) if charge is not None else None for charge in charges],
        "related": json.loads(str(row["related"])),
        "because": json.loads(str(row["because"])),
        "waived_until": str(until) if until is not None else None,
    }
