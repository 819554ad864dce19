"""The life of findings: what a run's findings and the claims that it judged make of those that the store knows.

A finding is *open* while the latest judgement of its claim found it, *resolved* once its claim was
judged by its rule and it was not found, and *waived* while it would be open but for a waiver in force.
A finding whose claim, or whose rule, was not judged in a run stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cleanclaim.store.database import Database
from cleanclaim.store.errors import StoreError
from cleanclaim.store.schema import PAYLOAD

_COLUMNS = ", ".join(name for name, _ in PAYLOAD)
_DIFFERS = " OR ".join(f"f.{name} IS DISTINCT FROM i.{name}" for name, _ in PAYLOAD)
_SET = ", ".join(f"{name} = i.{name}" for name, _ in PAYLOAD)

RULE_GONE = "the library holds its rule no more"
"""The note of an event that resolves a finding for want of its rule."""
NOT_EVALUATED = (("policy", "TEXT"), ("rule", "TEXT"))


@dataclass(frozen=True, slots=True)
class Moment:
    """The run that speaks: its number, when it ends, and the day by which waivers are in force."""

    run: int
    at: datetime
    today: date


def check(database: Database) -> str:
    """Refuses findings that are not one for each fingerprint, or that are about claims not judged.

    Reads ``given`` and ``judged``, and says what has each finding once.
    """
    found = "given"
    total, distinct = database.rows("SELECT count(*), count(DISTINCT fingerprint) FROM given")[0]
    if total != distinct:
        # Two parts may hold the same claim; then they say the same of it.
        columns = f"fingerprint, {_COLUMNS}"
        database.temporary("incoming", f"SELECT DISTINCT {columns} FROM given")
        twice = database.rows(
            "SELECT fingerprint FROM incoming GROUP BY fingerprint HAVING count(*) > 1 ORDER BY fingerprint LIMIT 1"
        )
        if twice:
            raise StoreError(
                f"two different findings have the fingerprint {twice[0][0]}, so nothing was recorded; "
                "a claim may be in one part of the input only"
            )
        found = "incoming"
    astray = database.rows(
        f"SELECT count(*), min(i.fingerprint) FROM {found} i LEFT JOIN judged j ON j.claim = i.claim "
        "WHERE j.claim IS NULL"
    )[0]
    if astray[0]:
        raise StoreError(
            f"{astray[0]:,} findings (the first is {astray[1]}) are about claims that are not among those judged, "
            "so nothing was recorded"
        )
    return found


def advance(database: Database, moment: Moment, found: str) -> None:
    """Brings findings up to date and adds the events.

    Reads what was ``found``, ``judged``, ``ruled`` and ``unevaluated`` (policy, rule), and the scopes of earlier runs.
    """
    database.temporary(
        "changes",
        f"""
        SELECT * FROM (
            SELECT f.fingerprint, f.claim, f.state AS was, r.policy IS NULL AS rule_gone,
                CASE WHEN i.fingerprint IS NULL AND (f.state = 'resolved' OR (j.claim IS NOT NULL AND u.policy IS NULL))
                    THEN 'resolved'
                    WHEN w.fingerprint IS NOT NULL THEN 'waived' ELSE 'open' END AS becomes,
                i.fingerprint IS NOT NULL AND (f.last_found IS NOT NULL OR {_DIFFERS}) AS altered,
                i.fingerprint IS NULL AND j.claim IS NOT NULL AND f.last_found IS NULL AS unseen
            FROM findings f
            LEFT JOIN {found} i ON i.fingerprint = f.fingerprint
            LEFT JOIN judged j ON j.claim = f.claim
            LEFT JOIN ruled r ON r.policy = f.policy AND r.rule = f.rule
            LEFT JOIN unevaluated u ON u.policy = f.policy AND u.rule = f.rule
            LEFT JOIN waivers w ON w.fingerprint = f.fingerprint AND (w.until IS NULL OR w.until >= ?)
        ) compared
        WHERE was <> becomes OR altered OR unseen""",
        (moment.today,),
    )
    _found_again(database, found)
    _not_found(database)
    database.execute(
        """UPDATE findings SET state = c.becomes, since = ?,
        reopened = reopened + CASE WHEN c.becomes = 'open' THEN 1 ELSE 0 END
        FROM changes c WHERE c.fingerprint = findings.fingerprint AND c.was <> c.becomes""",
        (moment.run,),
    )
    database.execute(
        f"""INSERT INTO findings (fingerprint, {_COLUMNS}, first_seen, last_found, state, since, reopened)
        SELECT i.fingerprint, {", ".join(f"i.{name}" for name, _ in PAYLOAD)},
            CAST(? AS BIGINT), NULL, 'open', CAST(? AS BIGINT), 0
        FROM {found} i LEFT JOIN findings f ON f.fingerprint = i.fingerprint WHERE f.fingerprint IS NULL""",
        (moment.run, moment.run),
    )
    _tell(database, moment)


def _found_again(database: Database, found: str) -> None:
    database.execute(
        f"""UPDATE findings SET last_found = NULL, {_SET} FROM {found} i
        WHERE i.fingerprint = findings.fingerprint
        AND findings.fingerprint IN (SELECT fingerprint FROM changes WHERE altered)"""
    )


def _not_found(database: Database) -> None:
    """Notes the last run that found what is gone: the last one that judged its claim before this one."""
    database.execute(
        """UPDATE findings SET last_found = s.run FROM (
            SELECT c.claim, max(r.run) AS run
            FROM (SELECT scope, max(run) AS run FROM run_scopes GROUP BY scope) r
            JOIN scope_claims c ON c.scope = r.scope
            WHERE c.claim IN (SELECT claim FROM changes WHERE unseen) GROUP BY c.claim
        ) s
        WHERE s.claim = findings.claim AND findings.fingerprint IN (SELECT fingerprint FROM changes WHERE unseen)"""
    )


def _tell(database: Database, moment: Moment) -> None:
    database.execute(
        f"""INSERT INTO events (seq, run, happened, fingerprint, what, note)
        SELECT (SELECT coalesce(max(seq), 0) FROM events) + row_number() OVER (ORDER BY fingerprint),
            CAST(? AS BIGINT), CAST(? AS TIMESTAMP), fingerprint, what, note
        FROM (
            SELECT fingerprint, 'new' AS what, NULL AS note FROM findings WHERE first_seen = ?
            UNION ALL
            SELECT fingerprint,
                CASE becomes WHEN 'open' THEN 'reopened' ELSE becomes END,
                CASE WHEN becomes = 'waived' THEN 'found again under its waiver'
                    WHEN becomes = 'open' AND was = 'waived' THEN 'its waiver ran out'
                    WHEN becomes = 'resolved' AND rule_gone THEN '{RULE_GONE}' END
            FROM changes WHERE was <> becomes
        ) told""",
        (moment.run, moment.at, moment.run),
    )
