"""Findings as rows of a table: a column for each of their parts, ``related`` and ``because`` as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pyarrow as pa

from cleanclaim.findings.finding import Finding, Verdict

_TEXT = pa.string()
LISTED = pa.schema(
    [
        ("policy", _TEXT),
        ("version", _TEXT),
        ("rule", _TEXT),
        ("verdict", _TEXT),
        ("severity", _TEXT),
        ("claim", _TEXT),
        ("lines", pa.list_(pa.int64())),
        ("related", _TEXT),
        ("message", _TEXT),
        ("fix", _TEXT),
        ("cite", _TEXT),
        ("missing", pa.list_(_TEXT)),
        ("because", _TEXT),
        ("fingerprint", _TEXT),
    ]
)


def rows_of(findings: Iterable[Finding]) -> pa.Table:
    """A row for each finding."""
    return pa.Table.from_pylist([_row(finding) for finding in findings], LISTED)


def findings_of(rows: pa.Table) -> Iterator[Finding]:
    """The findings of rows."""
    for batch in rows.to_batches():
        for row in batch.to_pylist():
            related = tuple((other["claim"], other["line"]) for other in json.loads(row["related"]))
            whole = {"verdict": Verdict(row["verdict"]), "related": related, "because": json.loads(row["because"])}
            yield Finding(**row | whole | {name: tuple(row[name]) for name in ("lines", "missing")})


def _row(finding: Finding) -> dict[str, object]:
    related = [{"claim": claim, "line": line} for claim, line in finding.related]
    row: dict[str, object] = {name: getattr(finding, name) for name in LISTED.names}
    row["verdict"] = finding.verdict.value
    row["related"] = json.dumps(related, ensure_ascii=False, separators=(",", ":"))
    row["because"] = json.dumps(dict(finding.because), ensure_ascii=False)
    return row
