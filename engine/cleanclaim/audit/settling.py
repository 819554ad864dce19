"""Settles the judged lines in SQL: each line once, no claim of which a row is in doubt, and voids, which bill nothing.

What :mod:`cleanclaim.claims.settling` does line by line is done here for the few claims that need it: one aggregate
over all lines finds those that may repeat a line number, bill nothing, or lost a row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from cleanclaim.audit.odd import Connection
from cleanclaim.audit.rejects import REJECTED
from cleanclaim.audit.sql import text
from cleanclaim.claims.frequency import VOID
from cleanclaim.claims.model import Line, Status, Warning

OUT = "audit_out"
"""The rows of readable lines that are neither judged nor other lines."""
CLAIMS = "audit_claims"
"""The claims that are judged, with the first day of service of each."""
WITHDRAWN = "audit_withdrawn"
"""Claims that are not judged, with how many readable lines went with each."""
_TOLD_APART = "count(*) = bit_count(bit_or(CAST(1 AS UBIGINT) << CAST(line % 60 AS UBIGINT)))"
"""That the lines of a claim differ in their numbers: sixty bits tell up to sixty apart, others are looked at."""
_COMPARED = tuple(name for name in Line._fields if name not in ("source", "facts"))


@dataclass(frozen=True, slots=True)
class Counts:
    """Claims and billed lines to be judged."""

    claims: int
    lines: int


def begin(connection: Connection) -> None:
    """Makes the empty tables of what is left out."""
    connection.execute(f"CREATE OR REPLACE TABLE {OUT} (row BIGINT)")
    connection.execute(f"CREATE OR REPLACE TABLE {WITHDRAWN} (claim VARCHAR, lines BIGINT)")


def at_once(connection: Connection, lines: str, *, several: bool, voids: bool) -> Counts | None:
    """Makes :data:`CLAIMS` of lines of which none was refused, and counts; ``None`` where some claim must be looked at.

    ``several``: the lines are of several inputs; ``voids``: their tables say which claims are voids.
    """
    plain = [_TOLD_APART]
    if several:
        plain.append("min(input) = max(input)")
    if voids:
        plain.append(f"NOT coalesce(bool_or(claim_frequency = {text(VOID)}), FALSE)")
    connection.execute(
        f"CREATE OR REPLACE TABLE {CLAIMS} AS SELECT claim, min(service_date) AS first, count(*) AS billed, "
        f"{' AND '.join(plain)} AS plain FROM {lines} GROUP BY claim"
    )
    found = connection.execute(
        f"SELECT count(*), coalesce(sum(billed), 0), count(*) FILTER (NOT plain) FROM {CLAIMS}"
    ).fetchall()[0]
    return Counts(found[0], int(found[1])) if not found[2] else None


def note_claims(connection: Connection, judged: str, lines: str) -> None:
    """Makes :data:`CLAIMS` of the settled ``lines`` and the voids among the ``judged``.

    A void is judged in no line, and what was found in it before is gone.
    """
    connection.execute(
        f"CREATE OR REPLACE TABLE {CLAIMS} AS SELECT claim, min(service_date) AS first FROM ("
        f"SELECT claim, service_date FROM {lines} WHERE status = '{Status.CLAIM.value}' UNION ALL "
        f"SELECT claim, service_date FROM {judged} WHERE row IN (SELECT row FROM {OUT}) "
        f"AND claim_frequency = {text(VOID)} AND claim NOT IN (SELECT claim FROM {WITHDRAWN})) GROUP BY claim"
    )


def settle(
    connection: Connection, judged: str, wide: Callable[[], str], facts: Collection[str]
) -> tuple[Counts, list[Warning]]:
    """Settles the relation ``judged``; ``wide`` gives the same lines with every field and their places."""
    connection.execute(
        f"CREATE OR REPLACE TABLE audit_refused AS SELECT DISTINCT claim FROM {REJECTED} "
        "WHERE claim IS NOT NULL AND NOT past"
    )
    refused = connection.execute("SELECT count(*) FROM audit_refused").fetchall()[0][0]
    lost = "claim IN (SELECT claim FROM audit_refused)" if refused else "FALSE"
    claims = (
        "SELECT claim, count(*) FILTER (status = 'claim') AS billed, "
        f"{_TOLD_APART} AND NOT coalesce(bool_or(claim_frequency = {text(VOID)}), FALSE) AND NOT {lost} AS plain "
        f"FROM {judged} GROUP BY claim"
    )
    whole, lines, doubtful = connection.execute(
        "SELECT count(*) FILTER (plain AND billed > 0), coalesce(sum(billed) FILTER (plain), 0), "
        f"count(*) FILTER (NOT plain) FROM ({claims})"
    ).fetchall()[0]
    if not doubtful:
        return Counts(whole, int(lines)), []
    connection.execute(f"CREATE OR REPLACE TABLE audit_doubtful AS SELECT claim FROM ({claims}) WHERE NOT plain")
    more, warnings = _closely(connection, wide(), facts)
    return Counts(whole + more.claims, int(lines) + more.lines), warnings


def _closely(connection: Connection, wide: str, facts: Collection[str]) -> tuple[Counts, list[Warning]]:
    run = connection.execute
    run(f"CREATE OR REPLACE TABLE audit_close AS SELECT * FROM {wide} SEMI JOIN audit_doubtful USING (claim)")
    _withdraw(connection, "audit_refused")
    compare(connection, "audit_close", "audit_again", facts)
    conflicts(connection, "audit_again", past=False)
    warnings = list(repeats(connection, "audit_again"))
    run(f"INSERT INTO {OUT} SELECT row FROM audit_again")
    run("DELETE FROM audit_close WHERE row IN (SELECT row FROM audit_again)")
    run("CREATE OR REPLACE TABLE audit_refused AS SELECT DISTINCT claim FROM audit_again WHERE len(differ) > 0")
    _withdraw(connection, "audit_refused")
    void = f"claim_frequency = {text(VOID)}"
    run(f"INSERT INTO {OUT} SELECT row FROM audit_close WHERE {void}")
    voids = run(f"SELECT count(DISTINCT claim) FROM audit_close WHERE {void}").fetchall()[0][0]
    if voids:
        first = run(f"SELECT place, claim FROM audit_close WHERE {void} ORDER BY row LIMIT 1").fetchall()[0]
        others = f" and {voids - 1} more" if voids > 1 else ""
        reason = "claims that are voids (frequency 8): they bill nothing, and no rule is run on them"
        warnings.append(Warning(first[0], f"claim {first[1]}{others}", reason))
    claims, lines = run(
        "SELECT count(DISTINCT claim), count(*) FROM audit_close "
        f"WHERE status = 'claim' AND NOT coalesce({void}, FALSE)"
    ).fetchall()[0]
    run("DROP TABLE audit_close")
    run("DROP TABLE audit_again")
    return Counts(claims + voids, lines), warnings


def _withdraw(connection: Connection, claims: str) -> None:
    lost = f"claim IN (SELECT claim FROM {claims})"
    connection.execute(f"INSERT INTO {OUT} SELECT row FROM audit_close WHERE {lost}")
    connection.execute(f"INSERT INTO {WITHDRAWN} SELECT claim, count(*) FROM audit_close WHERE {lost} GROUP BY claim")
    connection.execute(f"DELETE FROM audit_close WHERE {lost}")


def compare(connection: Connection, lines: str, into: str, facts: Collection[str]) -> None:
    """Makes the table of lines that came again under the number of an earlier one, and in what they ``differ``."""
    facts_differ = " OR ".join(f'later."fact_{name}" IS DISTINCT FROM first."fact_{name}"' for name in sorted(facts))
    told = [f'CASE WHEN later."{name}" IS DISTINCT FROM first."{name}" THEN {text(name)} END' for name in _COMPARED]
    at = Line._fields.index("facts")
    told.insert(at, f"CASE WHEN {facts_differ or 'FALSE'} THEN 'facts' END")
    connection.execute(
        f"CREATE OR REPLACE TABLE {into} AS "
        "SELECT later.row, later.input, later.claim, later.place, first.place AS earlier, "
        f"list_filter([{', '.join(told)}], lambda x: x IS NOT NULL) AS differ "
        f"FROM (SELECT *, min(row) OVER (PARTITION BY claim, line) AS first_row FROM {lines}) AS later "
        f"JOIN {lines} AS first ON first.row = later.first_row WHERE later.row <> later.first_row"
    )


_SOURCE = "regexp_replace({0}, ', [^,]*$', '')"
_WHERE = "regexp_extract({0}, '(?:^|, )([^,]*)$', 1)"


def conflicts(connection: Connection, again: str, *, past: bool) -> None:
    """Refuses the lines that contradict an earlier one."""
    what = "the second is left out" if past else "which of them was billed cannot be told"
    connection.execute(
        f"INSERT INTO {REJECTED} SELECT input, row, NULL, {_SOURCE.format('place')}, "
        f"{_WHERE.format('place')} || ', against ' || {_WHERE.format('earlier')}, "
        "'have one claim and line number and differ in ' || array_to_string(differ, ', ') || "
        f"{text(f'; {what}: give each line its own number')}, 0, {'NULL' if past else 'claim'}, {past} "
        f"FROM {again} WHERE len(differ) > 0"
    )


def repeats(connection: Connection, again: str) -> Iterator[Warning]:
    """Tells of the lines that say what an earlier one said, once for each input."""
    found = connection.execute(
        f"SELECT arg_min(place, row), count(*) FROM {again} WHERE len(differ) = 0 GROUP BY input ORDER BY input"
    ).fetchall()
    for place, count in found:
        source, _, where = place.rpartition(", ")
        others = f" and {count - 1} more" if count > 1 else ""
        reason = "is the same as an earlier row of its claim; it is read once"
        yield Warning(source, where + others, reason)
