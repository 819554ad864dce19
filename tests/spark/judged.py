"""Findings of a whole edition on some lines: by Spark in one program, and by the definition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.backends.relational.layout import columns, declared, table_of
from cleanclaim.backends.relational.program import program
from cleanclaim.claims.model import Line
from cleanclaim.findings.finding import Finding, report_order
from cleanclaim.policy.versions import Edition
from tests.strategies.compare import judge
from tests.strategies.relational import findings_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Left = set[tuple[str, str, str]]
"""Rules (policy, version, id) that no expression says, and that Spark does not judge."""


def by_spark(
    spark: SparkSession, edition: Edition, lines: Sequence[Line], *, apart: bool = False
) -> tuple[list[Finding], Left]:
    """All findings, sorted, and the rules that were left out."""
    from cleanclaim.backends.relational.spark_session import Session, own

    facts = declared(edition)
    made = program(edition, columns(facts), apart=apart)
    session = Session(made, own(spark))
    session.lines(table_of(lines, facts))
    session.run()
    left = {(one.policy.id, one.policy.version, one.rule.id) for one in made.by_definition}
    return in_order(findings_of(session.findings(joined=False))), left


def by_definition(edition: Edition, lines: Sequence[Line], left: Left) -> list[Finding]:
    """All findings, sorted, but for those of the rules that were left out."""
    engine = ReferenceEngine(edition)
    each = (finding for partition in edition.partitions for finding in judge(engine, edition, lines, partition))
    return in_order(f for f in each if (f.policy, f.version, f.rule) not in left)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in an order that is the same for equal ones."""
    return sorted(findings, key=lambda finding: (report_order(finding), repr(finding)))


def difference(wanted: Sequence[Finding], got: Sequence[Finding]) -> str:
    """The first findings that only one of two has, empty if there are none."""
    lacking = [f"lacking: {finding}" for finding in wanted if finding not in got]
    extra = [f"extra:   {finding}" for finding in got if finding not in wanted]
    if not lacking and not extra and len(wanted) != len(got):
        extra = [f"{len(got)} findings for {len(wanted)}: some come twice"]
    return "\n".join([*lacking[:3], *extra[:3]])
