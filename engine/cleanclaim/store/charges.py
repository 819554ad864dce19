"""What an engine's findings lack and a report of charges needs: the payer, and the charge of each line."""

from __future__ import annotations


def with_charges(findings: str, lines: str) -> str:
    """A query for DuckDB: the relation ``findings`` with ``payer`` and ``charges`` from the relation ``lines``.

    ``lines`` has the layout of the relational engine. ``charges`` are in the order of a finding's lines;
    a line without a charge has NULL there.
    """
    return f"""
        SELECT f.*, s.payer, s.charges FROM {findings} f LEFT JOIN (
            SELECT fingerprint, min(payer) AS payer, list(charge ORDER BY place) AS charges FROM (
                SELECT u.fingerprint, u.place, min(l.payer) AS payer, max(l.charge) AS charge
                FROM (
                    SELECT fingerprint, claim, unnest(lines) AS line, unnest(range(len(lines))) AS place FROM {findings}
                ) u LEFT JOIN {lines} l ON l.claim = u.claim AND l.line = u.line AND l.status = 'claim'
                GROUP BY u.fingerprint, u.place
            ) priced GROUP BY fingerprint
        ) s ON s.fingerprint = f.fingerprint"""
