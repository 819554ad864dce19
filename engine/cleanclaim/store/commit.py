"""Records a run: its parts become findings, events, scope and one row, within the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

from cleanclaim.findings.finding import Verdict
from cleanclaim.store.database import Database, Row, Value
from cleanclaim.store.life import Moment, advance, check
from cleanclaim.store.runs import RunInfo, RunRow
from cleanclaim.store.schema import FINDING
from cleanclaim.store.staging import Part

_CLAIM = (("claim", "TEXT"), ("scope", "TEXT"))


def commit(
    database: Database, info: RunInfo, parts: Sequence[Part], started: datetime, finished: datetime, today: date
) -> RunRow:
    """Records the parts as one run. Times are UTC without a zone; ``today`` tells which waivers are in force."""
    run = int(str(database.rows("SELECT coalesce(max(id), 0) + 1 FROM runs")[0][0]))
    database.load("given", FINDING, [part.findings for part in parts])
    database.load("judged_parts", _CLAIM, [part.claims for part in parts])
    # Parts may hold the same claims.
    each = "DISTINCT" if sum(bool(part.scopes) for part in parts) > 1 else ""
    database.temporary("judged", f"SELECT {each} claim FROM judged_parts")
    rules = sorted({rule for part in parts for rule in part.counts.not_evaluated})
    database.many("INSERT INTO not_evaluated VALUES (?, ?, ?)", [(run, *rule) for rule in rules])
    database.temporary("unevaluated", "SELECT policy, rule FROM not_evaluated WHERE run = ?", (run,))
    _keep_rules(database, info)
    found = check(database)
    advance(database, Moment(run, finished, today), found)
    _keep_scopes(database, run, parts, each)
    database.many(
        "INSERT INTO rejected VALUES (?, ?, ?, ?, ?)",
        [(run, r.source, r.where, r.reason, r.claims) for part in parts for r in part.counts.rejected],
    )
    row = _row(database, run, info, parts, started, finished, found)
    _keep(database, row)
    return row


def _keep_rules(database: Database, info: RunInfo) -> None:
    """The rules of the library: all that ever found anything, where it is not told."""
    if info.rules is None:
        database.temporary("ruled", "SELECT DISTINCT policy, rule FROM findings")
        return
    names = sorted(set(info.rules))
    database.temporary(
        "ruled",
        "SELECT unnest(CAST(? AS TEXT[])) AS policy, unnest(CAST(? AS TEXT[])) AS rule",
        ([policy for policy, _ in names], [rule for _, rule in names]),
    )


def _keep_scopes(database: Database, run: int, parts: Sequence[Part], each: str) -> None:
    """Which claims were judged: a set that an earlier run had too is kept once."""
    known = {str(row[0]) for row in database.rows("SELECT scope FROM scopes")}
    of_run = {scope: claims for part in parts for scope, claims in part.scopes.items()}
    fresh = sorted(of_run.keys() - known)
    if fresh:
        database.execute(
            f"INSERT INTO scope_claims SELECT {each} scope, claim FROM judged_parts "
            "WHERE scope IN (SELECT unnest(CAST(? AS TEXT[])))",
            (fresh,),
        )
    database.many("INSERT INTO scopes VALUES (?, ?)", [(scope, of_run[scope]) for scope in fresh])
    database.many("INSERT INTO run_scopes VALUES (?, ?)", [(run, scope) for scope in sorted(of_run)])


def _row(
    database: Database,
    run: int,
    info: RunInfo,
    parts: Sequence[Part],
    started: datetime,
    finished: datetime,
    found: str,
) -> RunRow:
    verdicts = _counts(database.rows(f"SELECT verdict, count(*) FROM {found} GROUP BY verdict"))
    events = _counts(database.rows("SELECT what, count(*) FROM events WHERE run = ? GROUP BY what", (run,)))
    judged = _number(database.rows("SELECT count(*) FROM judged")[0][0])
    rejects = [reject for part in parts for reject in part.counts.rejected]
    rejected = sum(reject.claims for reject in rejects)
    return RunRow(
        id=run,
        started=started,
        finished=finished,
        as_of=info.as_of,
        engine=info.engine,
        tool_version=info.tool_version,
        library_digest=info.library_digest,
        inputs=dict(sorted(info.inputs.items())),
        tables=dict(sorted(info.tables.items())),
        claims=judged + rejected,
        judged=judged,
        rejected=rejected,
        lines=sum(part.counts.lines for part in parts),
        history=sum(part.counts.history for part in parts),
        findings={verdict: verdicts.get(verdict.value, 0) for verdict in Verdict},
        new=events.get("new", 0),
        resolved=events.get("resolved", 0),
        reopened=events.get("reopened", 0),
        status="complete, with rejects" if rejects else "complete",
        events_through=_number(database.rows("SELECT coalesce(max(seq), 0) FROM events")[0][0]),
    )


COLUMNS = (
    "id, started, finished, as_of, engine, tool_version, library_digest, inputs, tables, claims, judged, rejected, "
    "lines, history, violation, needs_info, bypassed, new, resolved, reopened, status, events_through"
)


def _keep(database: Database, row: RunRow) -> None:
    values: list[Value] = [
        row.id,
        row.started,
        row.finished,
        row.as_of,
        row.engine,
        row.tool_version,
        row.library_digest,
        json.dumps(row.inputs, sort_keys=True),
        json.dumps(row.tables, sort_keys=True),
        row.claims,
        row.judged,
        row.rejected,
        row.lines,
        row.history,
        *(row.findings[verdict] for verdict in (Verdict.VIOLATION, Verdict.NEEDS_INFO, Verdict.BYPASSED)),
        row.new,
        row.resolved,
        row.reopened,
        row.status,
        row.events_through,
    ]
    database.execute(f"INSERT INTO runs ({COLUMNS}) VALUES ({', '.join('?' * len(values))})", values)


def read_runs(database: Database, condition: str = "", parameters: Sequence[Value] = ()) -> list[RunRow]:
    """The runs, oldest first."""
    rows = database.rows(f"SELECT {COLUMNS} FROM runs {condition} ORDER BY id", parameters)
    return [_read(tuple(row)) for row in rows]


def _read(row: tuple[Value, ...]) -> RunRow:
    (id_, started, finished, as_of, engine, tool, digest, inputs, tables, *numbers, status, events) = row
    claims, judged, rejected, lines, history, violation, needs_info, bypassed, new, resolved, reopened = map(
        _number, numbers
    )
    assert isinstance(started, datetime) and isinstance(finished, datetime)
    return RunRow(
        _number(id_),
        started,
        finished,
        as_of,  # type: ignore[arg-type]
        str(engine),
        str(tool),
        str(digest),
        json.loads(str(inputs)),
        json.loads(str(tables)),
        claims,
        judged,
        rejected,
        lines,
        history,
        {Verdict.VIOLATION: violation, Verdict.NEEDS_INFO: needs_info, Verdict.BYPASSED: bypassed},
        new,
        resolved,
        reopened,
        str(status),
        _number(events),
    )


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    return {str(name): _number(number) for name, number in rows}


def _number(value: Value) -> int:
    return int(str(value)) if value is not None else 0
