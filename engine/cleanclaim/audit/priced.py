"""What was found with what a store keeps beside it: the payer, and the charge of each line."""

from __future__ import annotations

from cleanclaim.audit.judged import Judged
from cleanclaim.audit.odd import Connection
from cleanclaim.store.charges import with_charges

_FOUND, _BARE, _PRICED = "audit_found", "audit_bare", "audit_priced"


def priced(connection: Connection, judged: Judged, lines: str) -> str:
    """The query of the findings on the lines of a relation, with their payers and charges."""
    run = connection.execute
    run(f"CREATE OR REPLACE TABLE {_BARE} AS {judged.findings}")
    # Found by row, for that is a number and quicker met than claims.
    run(
        f"CREATE OR REPLACE TABLE {_PRICED} AS SELECT s.claim, s.line, l.status, l.payer, l.charge "
        f'FROM (SELECT DISTINCT * FROM ({judged.said})) AS s JOIN {lines} AS l ON l."row" = s."row"'
    )
    run(f"CREATE OR REPLACE VIEW {_FOUND} AS {with_charges(_BARE, _PRICED)}")
    return f"SELECT * FROM {_FOUND}"
