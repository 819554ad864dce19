"""What a program finds: the table of findings, and the tables that reports join to it."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from cleanclaim.backends.relational.layout import ROW, RULE
from cleanclaim.backends.relational.rows import Rows
from cleanclaim.backends.relational.wanted import One
from cleanclaim.findings.finding import Verdict
from cleanclaim.policy.model import About

FOUND = "findings"
"""The table of what the rules say."""
RULES = "rules"
"""The table of what is the same for all findings of one verdict of one rule."""
QUESTIONS = "questions"
"""The table of what findings that cannot be decided say."""

VERDICTS = (Verdict.VIOLATION, Verdict.NEEDS_INFO, Verdict.BYPASSED)
"""Verdicts by the number that stands for them."""
VIOLATION, NEEDS_INFO, BYPASSED = range(3)

FINDINGS = {
    RULE: "BIGINT",
    ROW: "BIGINT",
    "verdict": "TINYINT",
    "claim": "VARCHAR",
    "line": "BIGINT",
    "related": "STRUCT(claim VARCHAR, line BIGINT)[]",
    "missing": "VARCHAR[]",
    "message": "VARCHAR",
    "because": "VARCHAR",
    "facts": "VARCHAR",
}
"""What a rule says, before findings about claims are joined, as DuckDB names the types; ``facts`` is what the
fingerprint is made of."""

_TEXT = pa.string()
ABOUT_RULES = pa.schema(
    [
        (RULE, pa.int64()),
        ("verdict", pa.int8()),
        ("policy", _TEXT),
        ("version", _TEXT),
        ("rule_id", _TEXT),
        ("verdict_name", _TEXT),
        ("severity", _TEXT),
        ("fix", _TEXT),
        ("cite", _TEXT),
        ("about_claim", pa.bool_()),
        ("named", _TEXT),
    ]
)
"""The columns of :data:`RULES`."""


def rules_table(asked: Iterable[One]) -> Rows:
    """The rows of :data:`RULES`; ``named`` begins the text of a fingerprint."""
    rows = []
    for one in asked:
        policy, rule = one.policy, one.rule
        for number, verdict in enumerate(VERDICTS):
            named = "".join(f"{len(part)}:{part}" for part in (policy.id, rule.id, verdict.value))
            whose = (policy.id, policy.version, rule.id, verdict.value, rule.severity.value, rule.fix, rule.cite)
            rows.append((one.number, number, *whose, rule.about is About.CLAIM, named))
    columns = zip(*rows, strict=True) if rows else [()] * len(ABOUT_RULES)
    names = zip(ABOUT_RULES.names, columns, strict=True)
    return {name: (ABOUT_RULES.field(name).type, column) for name, column in names}
