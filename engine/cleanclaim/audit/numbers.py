"""Keeps claims of several inputs apart where their numbers are the same, as reading them one by one does."""

from __future__ import annotations

from collections.abc import Mapping

from cleanclaim.audit.history import as_given
from cleanclaim.audit.odd import Connection
from cleanclaim.audit.rejects import REJECTED
from cleanclaim.claims.claim_numbers import ClaimNumbers
from cleanclaim.claims.model import Reject, Warning

_NAMED = 3


def renamed(
    connection: Connection, relation: str, warnings: list[Warning], names: Mapping[int, str], *, past: bool
) -> str | None:
    """The table of claims that are renamed (``input``, ``claim``, ``fresh``), or ``None`` where none is.

    Claims of refused rows are renamed in place. With one input there is nothing to do.
    """
    run = connection.execute
    table = f"audit_renamed_{'past' if past else 'judged'}"
    every = (
        f"SELECT DISTINCT input, claim FROM {relation} UNION SELECT DISTINCT input, claim FROM {REJECTED} "
        f"WHERE claim IS NOT NULL AND input IS NOT NULL AND past = {past}"
    )
    run(
        f"CREATE OR REPLACE TABLE {table} AS SELECT input, claim, claim || '#' || place AS fresh FROM "
        f"(SELECT input, claim, row_number() OVER (PARTITION BY claim ORDER BY input) AS place FROM ({every}) "
        # Sorted are only the claims that several inputs have, which are few.
        f"SEMI JOIN (SELECT claim FROM ({every}) GROUP BY claim HAVING count(*) > 1) USING (claim)) WHERE place > 1"
    )
    if not run(f"SELECT count(*) FROM {table}").fetchall()[0][0]:
        return None
    run(
        f"CREATE OR REPLACE TABLE audit_taken_names AS SELECT DISTINCT {as_given('t.claim')} AS given "
        f"FROM {table} AS t JOIN ({every}) AS e ON e.claim = t.fresh OR "
        f"(contains(t.claim, '#') AND {as_given('t.claim')} = e.claim)"
    )
    if run("SELECT count(*) FROM audit_taken_names").fetchall()[0][0]:
        _one_by_one(connection, table, every)
    run(
        f"UPDATE {REJECTED} SET claim = n.fresh FROM {table} AS n "
        f"WHERE n.input = {REJECTED}.input AND n.claim = {REJECTED}.claim AND past = {past}"
    )
    found = run(
        f"SELECT input, count(*), list(claim ORDER BY claim)[1:{_NAMED}], list(fresh ORDER BY claim)[1:{_NAMED}] "
        f"FROM {table} GROUP BY input ORDER BY input"
    ).fetchall()
    for number, count, claims, fresh in found:
        told = ", ".join(f"{a} is called {b}" for a, b in zip(claims, fresh, strict=True))
        told += f" and {count - _NAMED} more likewise" if count > _NAMED else ""
        reason = f"claim numbers that an earlier input has too: {told}; is a file given twice?"
        warnings.append(Warning(names[number], "claims", reason))
    return table


def _one_by_one(connection: Connection, table: str, every: str) -> None:
    """Where a number that we would give is somebody's already, the reader's own way gives the next."""
    run = connection.execute
    near = f"{as_given('claim')} IN (SELECT given FROM audit_taken_names)"
    found = run(f"SELECT input, claim FROM ({every}) WHERE {near} ORDER BY input, claim").fetchall()
    run(f"DELETE FROM {table} WHERE {near}")
    numbers = ClaimNumbers()
    for number in sorted({number for number, _ in found}):
        claims = [claim for at, claim in found if at == number]
        readings = numbers.distinct((Reject("", "", "", claim=claim) for claim in claims), "")
        for claim, reading in zip(claims, readings, strict=False):
            if isinstance(reading, Reject) and reading.claim != claim:
                run(f"INSERT INTO {table} VALUES (?, ?, ?)", [number, claim, reading.claim])
