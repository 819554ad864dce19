"""The engines, asked for the verdicts of one rule on some lines."""

from __future__ import annotations

from datetime import date

import pytest

from cleanclaim.backends.choose import Engine, choose
from cleanclaim.backends.errors import EngineMissing
from cleanclaim.claims.batch import Batch
from cleanclaim.claims.model import Claim, Line
from cleanclaim.policy.load import load_text
from cleanclaim.policy.tables import Table
from cleanclaim.policy.versions import Edition
from tests.backends.saying import HEAD, Says


@pytest.fixture(params=["reference", "durable"])
def says(request: pytest.FixtureRequest) -> Says:
    """Verdicts with their lines, of one rule (``flag_if`` and more) on some lines."""

    def judge(rule: str, *lines: Line, head: str = "", tables: dict[str, Table] | None = None) -> dict[str, list[int]]:
        text = f"{HEAD}{head}rules:\n  - {{id: r, message: m, fix: f, cite: c, {rule}}}\n"
        policy = load_text(text)
        edition = Edition.of([policy], date(2021, 1, 1), {("p/q", "2019-01-01"): tables or {}})
        try:
            engine: Engine = choose(request.param, edition)
        except EngineMissing as error:
            pytest.skip(str(error))
        verdicts: dict[str, list[int]] = {}
        with Batch.collect([Claim(lines)]) as batch:
            for partition in edition.partitions:
                for group in batch.partitions(partition):
                    for finding in engine.judge(partition, group):
                        verdicts.setdefault(finding.verdict.value, []).extend(finding.lines)
        return {verdict: sorted(numbers) for verdict, numbers in verdicts.items()}

    return judge
