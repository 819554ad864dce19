"""Settles what was billed before, in SQL: without what is void or replaced, and without the judged lines over again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from cleanclaim.audit.odd import Connection
from cleanclaim.audit.settling import compare, conflicts, repeats
from cleanclaim.audit.sql import text
from cleanclaim.claims.frequency import REPLACEMENT, VOID
from cleanclaim.claims.model import Line, Warning
from cleanclaim.claims.same_line import APART, BILLED
from cleanclaim.claims.settling import PAST as APART_FROM_JUDGED

PAST = "audit_past"
"""The history that rules can meet, settled."""


@dataclass(frozen=True, slots=True)
class Past:
    """History lines that count as other lines, and those left out as void, replaced or judged over again."""

    lines: int
    copies: int


def as_given(claim: str) -> str:
    """The SQL expression of a claim number without the ``#2`` that we add."""
    return f"CASE WHEN contains({claim}, '#') THEN regexp_replace({claim}, '(#[0-9]+)+$', '') ELSE {claim} END"


def settle_past(
    connection: Connection, judged: str, wide: Callable[[], str], facts: Collection[str]
) -> tuple[Past, list[Warning]]:
    """Settles the table :data:`PAST` in place; ``judged`` are the judged lines, voids among them."""
    run = connection.execute
    warnings: list[Warning] = []
    run(
        f"CREATE OR REPLACE TABLE audit_past_close AS SELECT * FROM {PAST} SEMI JOIN "
        f"(SELECT claim, line FROM {PAST} GROUP BY ALL HAVING count(*) > 1) USING (claim, line)"
    )
    if run("SELECT count(*) FROM audit_past_close").fetchall()[0][0]:
        compare(connection, "audit_past_close", "audit_past_again", facts)
        conflicts(connection, "audit_past_again", past=True)
        warnings += repeats(connection, "audit_past_again")
        run(f"DELETE FROM {PAST} WHERE row IN (SELECT row FROM audit_past_again)")
        run("DROP TABLE audit_past_again")
    run("DROP TABLE audit_past_close")
    before = run(f"SELECT count(*) FROM {PAST}").fetchall()[0][0]
    _without_replaced(connection, judged)
    _without_copies(connection, judged, wide)
    after = run(f"SELECT count(*) FROM {PAST}").fetchall()[0][0]
    run(
        f"UPDATE {PAST} SET claim = claim || {text(APART_FROM_JUDGED)} "
        f"WHERE claim IN (SELECT claim FROM {judged} SEMI JOIN {PAST} USING (claim))"
    )
    return Past(after, before - after), warnings


def _without_replaced(connection: Connection, judged: str) -> None:
    identity = f"{as_given('claim')} AS given, patient, service_date"
    both, void = f"({text(REPLACEMENT)}, {text(VOID)})", text(VOID)
    run = connection.execute
    run(
        "CREATE OR REPLACE TABLE audit_gone AS "
        f"SELECT DISTINCT {identity} FROM {judged} WHERE claim_frequency IN {both} UNION "
        f"SELECT DISTINCT {identity} FROM {PAST} WHERE claim_frequency = {void}"
    )
    run(
        "CREATE OR REPLACE TABLE audit_replaced AS "
        f"SELECT DISTINCT {identity} FROM {PAST} WHERE claim_frequency = {text(REPLACEMENT)}"
    )
    same = f"{as_given('p.claim')} = g.given AND p.patient = g.patient AND p.service_date = g.service_date"
    run(f"DELETE FROM {PAST} AS p USING audit_gone AS g WHERE {same}")
    other = f"p.claim_frequency IS DISTINCT FROM {text(REPLACEMENT)}"
    run(f"DELETE FROM {PAST} AS p USING audit_replaced AS g WHERE {same} AND {other}")


def _without_copies(connection: Connection, judged: str, wide: Callable[[], str]) -> None:
    run = connection.execute
    run(
        f"CREATE OR REPLACE TABLE audit_alike AS SELECT j.row AS judged_row, p.row AS past_row "
        f"FROM {judged} AS j JOIN {PAST} AS p ON {as_given('j.claim')} = {as_given('p.claim')} "
        "AND j.line = p.line AND j.patient = p.patient AND j.service_date = p.service_date WHERE j.status = 'claim'"
    )
    if not run("SELECT count(*) FROM audit_alike").fetchall()[0][0]:
        return
    # Only the lines that may be copies are compared in every field.
    run(
        f"CREATE OR REPLACE TABLE audit_alike_judged AS SELECT * FROM {wide()} "
        "WHERE row IN (SELECT judged_row FROM audit_alike)"
    )
    billed = [f'j."{name}" IS NOT DISTINCT FROM p."{name}"' for name in BILLED]
    others = [
        f'(j."{name}" IS NOT DISTINCT FROM p."{name}" OR {_silent("j", name)} OR {_silent("p", name)})'
        for name in Line._fields
        if name not in (*BILLED, *APART)
    ]
    run(
        "CREATE OR REPLACE TABLE audit_pairs AS "
        f"SELECT judged_row, past_row, {as_given('p.claim')} AS given, p.line AS line FROM audit_alike "
        f"JOIN audit_alike_judged AS j ON j.row = judged_row JOIN {PAST} AS p ON p.row = past_row "
        f"WHERE {' AND '.join([*billed, *others])}"
    )
    _each_takes_one(connection)
    run(f"DELETE FROM {PAST} WHERE row IN (SELECT past_row FROM audit_taken)")


def _each_takes_one(connection: Connection) -> None:
    """In the order of the history, each line takes the first judged line like it that none has taken."""
    run = connection.execute
    run("CREATE OR REPLACE TABLE audit_taken (judged_row BIGINT, past_row BIGINT)")
    while run("SELECT count(*) FROM audit_pairs").fetchall()[0][0]:
        first = "past_row = min(past_row) OVER (PARTITION BY given, line)"
        run(
            f"INSERT INTO audit_taken SELECT min(judged_row), past_row FROM audit_pairs GROUP BY given, line, past_row "
            f"QUALIFY {first}"
        )
        run(
            "DELETE FROM audit_pairs WHERE judged_row IN (SELECT judged_row FROM audit_taken) "
            "OR past_row IN (SELECT past_row FROM audit_taken)"
        )


def _silent(side: str, name: str) -> str:
    value = f'{side}."{name}"'
    lists = (
        "modifiers",
        "diagnoses",
        "pointed_diagnoses",
        "diagnosis_pointers",
        "related_causes",
        "performer_licences",
    )
    return f"coalesce(len({value}), 0) = 0" if name in lists else f"{value} IS NULL"
