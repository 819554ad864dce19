"""Findings, runs and times for the store's tests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from cleanclaim.store.database import Database
from cleanclaim.store.runs import PartCounts, RunInfo, RunRow
from cleanclaim.store.store import NOTHING, Store

INFO = RunInfo(
    as_of=date(2026, 1, 1),
    engine="duckdb",
    tool_version="0.1.0",
    library_digest="library-1",
    inputs={"lines.parquet": "in-1"},
    tables={"mue-practitioner": "2026q1"},
)

FINDINGS = pa.schema(
    [
        ("fingerprint", pa.string()),
        ("policy", pa.string()),
        ("version", pa.string()),
        ("rule", pa.string()),
        ("verdict", pa.string()),
        ("severity", pa.string()),
        ("claim", pa.string()),
        ("lines", pa.list_(pa.int64())),
        ("charges", pa.list_(pa.decimal128(18, 2))),
        ("related", pa.list_(pa.struct([("claim", pa.string()), ("line", pa.int64())]))),
        ("message", pa.string()),
        ("fix", pa.string()),
        ("cite", pa.string()),
        ("missing", pa.list_(pa.string())),
        ("because", pa.string()),
        ("payer", pa.string()),
    ]
)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 3, 1, 6, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def days(self, number: int) -> None:
        self.now += timedelta(days=number)


def fingerprint(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def finding(claim: str, rule: str = "rule-1", **other: object) -> dict[str, object]:
    """A finding; its fingerprint follows from claim and rule."""
    made: dict[str, object] = {
        "fingerprint": fingerprint(claim, rule),
        "policy": "example/policy",
        "version": "2026-01-01",
        "rule": rule,
        "verdict": "violation",
        "severity": "error",
        "claim": claim,
        "lines": [1],
        "charges": [Decimal("100.00")],
        "related": [{"claim": claim, "line": 2}],
        "message": "97124 on the same day as 98940 (line 2)",
        "fix": "The record must show another region.",
        "cite": "§7.2",
        "missing": [],
        "because": '{"procedure": "97124"}',
        "payer": "PAYER-1",
    }
    return made | other


def table(findings: Iterable[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(list(findings), schema=FINDINGS)


def claims(numbers: Iterable[str]) -> pa.Table:
    return pa.table({"claim": pa.array(list(numbers), pa.string())})


def record(
    store: Store,
    clock: Clock,
    findings: Iterable[dict[str, object]],
    judged: Iterable[str],
    counts: PartCounts = NOTHING,
    info: RunInfo = INFO,
) -> RunRow:
    with store.run(info, clock) as run:
        run.record(table(findings), claims(judged), counts)
    assert run.done is not None
    return run.done


def states(store: Store) -> dict[str, str]:
    """The state of each finding, by ``claim/rule``."""
    with store.reading() as database:
        return {
            f"{claim}/{rule}": str(state)
            for claim, rule, state in database.rows("SELECT claim, rule, state FROM findings ORDER BY 1, 2")
        }


def everything(database: Database, *, but_runs: bool = False) -> dict[str, list[tuple[object, ...]]]:
    """The rows of all tables; ``but_runs`` leaves out what a run says of itself."""
    tables = {
        "findings": "fingerprint",
        "events": "seq",
        "waivers": "fingerprint",
        "scopes": "1",
        "scope_claims": "1, 2",
    }
    if not but_runs:
        tables |= {"runs": "id", "rejected": "1, 2, 3, 4", "run_scopes": "1, 2", "not_evaluated": "1, 2, 3"}
    return {name: list(database.rows(f"SELECT * FROM {name} ORDER BY {by}")) for name, by in tables.items()}


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    """The rows of a query."""
    with store.reading() as database:
        return list(database.rows(query))
