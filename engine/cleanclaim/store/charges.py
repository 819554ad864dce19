"""What an engine's findings lack and a report of charges needs: the payer, and the charge of each line."""

from __future__ import annotations


def with_charges(findings: str, lines: str) -> str:
    """A query for DuckDB: the relation ``findings`` with ``payer`` and ``charges`` from the relation ``lines``.

    ``lines`` has the layout of the relational engine, and no claim's line twice. ``charges`` are in the order of a
    finding's lines; a line without a charge has NULL there.
    """
    # Nearly all findings are about one line, which is met as it stands; only of the others lines are gathered.
    return f"""
        SELECT f.*, coalesce(l.payer, s.payer) AS payer,
            CASE WHEN len(f.lines) = 1 THEN [l.charge] ELSE s.charges END AS charges
        FROM {findings} f
        LEFT JOIN {lines} l
            ON len(f.lines) = 1 AND l.claim = f.claim AND l.line = f.lines[1] AND l.status = 'claim'
        LEFT JOIN (
            SELECT u.fingerprint, min(l.payer) AS payer, list(l.charge ORDER BY u.place) AS charges FROM (
                SELECT fingerprint, claim, unnest(lines) AS line, unnest(range(len(lines))) AS place
                FROM {findings} WHERE len(lines) > 1
            ) u LEFT JOIN {lines} l ON l.claim = u.claim AND l.line = u.line AND l.status = 'claim'
            GROUP BY u.fingerprint
        ) s ON s.fingerprint = f.fingerprint"""
