"""What is known of claims beside them, onto their lines in SQL: the roster, a file of facts, a payer given by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from cleanclaim.audit.odd import Connection
from cleanclaim.audit.roster import JOIN as ROSTER_JOIN
from cleanclaim.audit.roster import TABLE as ROSTER
from cleanclaim.audit.roster import load_roster
from cleanclaim.audit.said import CLAIMS, LINES, Told, load_facts, warnings
from cleanclaim.audit.sql import quoted, text
from cleanclaim.claims.facts import Facts
from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import Reject, Warning
from cleanclaim.claims.roster import Roster
from cleanclaim.lint import PAYER_TYPES

_LICENCES = frozenset({"performer.licences", "performer.supervisor_npi"})


@dataclass(frozen=True)
class Beside:
    """Who performed, what else is known, and for whom, as :class:`cleanclaim.lint.Input` takes them."""

    roster: Roster | None = None
    facts: Facts | None = None
    payer: str | None = None


NOTHING = Beside()


class Joining:
    """Puts what is known beside claims onto relations of their lines, before anything of them is settled."""

    def __init__(self, connection: Connection, beside: Beside, declared: Mapping[str, ValueType]) -> None:
        self._connection = connection
        self._beside = beside
        self._declared = declared
        self._told: Told | None = None
        if beside.roster is not None:
            load_roster(connection, beside.roster)
        if beside.facts is not None:
            self._told = load_facts(connection, beside.facts, declared)

    def problems(self) -> Iterator[Reject | Warning]:
        """Rows of the roster and of facts that are of no use."""
        for each in (self._beside.roster, self._beside.facts):
            yield from each.problems if each is not None else ()
        yield from self._told.problems if self._told is not None else ()

    @property
    def by_claim(self) -> bool:
        """Whether lines are met by the numbers of their claims."""
        return self._told is not None

    def needed(self, fields: Collection[str]) -> frozenset[str]:
        """What must be read of a table so that the ``fields`` of its lines are known."""
        if self._beside.roster is not None and not _LICENCES.isdisjoint(fields):
            return frozenset(fields) | {"rendering_npi", "state"}
        return frozenset(fields)

    def apply(self, relation: str, fields: Collection[str]) -> str:
        """The query of the lines of ``relation`` with all that is known of them."""
        replaced: dict[str, str] = {}
        joins = ""
        if self._beside.payer is not None:
            replaced |= self._payer(self._beside.payer, fields)
        if self._beside.roster is not None and not _LICENCES.isdisjoint(fields):
            joins += ROSTER_JOIN
            replaced["performer_licences"] = f"CASE WHEN {ROSTER}.npi IS NULL THEN t.performer_licences ELSE held END"
            replaced["performer_supervisor_npi"] = f"coalesce({ROSTER}.supervisor, t.performer_supervisor_npi)"
        wanted = {name: each for name, each in self._said().items() if name in fields}
        if wanted:
            joins += self._facts_join()
            replaced |= {_attribute(n): f"coalesce(t.{quoted(_attribute(n))}, {each})" for n, each in wanted.items()}
        if not replaced:
            return f"SELECT * FROM {relation}"
        columns = ", ".join(f"{value} AS {quoted(name)}" for name, value in replaced.items())
        return f"SELECT t.* REPLACE ({columns}) FROM {relation} AS t{joins}"

    def warnings(self, judged: str, past: str | None) -> Iterator[Warning]:
        """What claims give otherwise than the file of facts, and its rows that are of no line; both as read."""
        if self._told is not None and self._beside.facts is not None:
            yield from warnings(self._connection, self._told, self._beside.facts, judged, past, self._facts_join())

    @property
    def fields_told(self) -> frozenset[str]:
        """The fields and facts of which the file of facts says something."""
        return frozenset(self._said())

    def note_judged(self, judged: str) -> None:
        """Remembers the rows that are of judged lines, and from which line on: they are of no history after it."""
        run = self._connection.execute
        if self._told is None:
            return
        for table, keys in ((CLAIMS, "claim"), (LINES, "claim, line")):
            run(f"UPDATE {table} SET judged = NULL")
            run(
                f"UPDATE {table} SET judged = f.first FROM (SELECT {keys}, min(row) AS first FROM {judged} "
                f"SEMI JOIN {table} USING ({keys}) GROUP BY ALL) AS f "
                f"WHERE {' AND '.join(f'{table}.{key} = f.{key}' for key in keys.split(', '))}"
            )

    def _payer(self, payer: str, fields: Collection[str]) -> dict[str, str]:
        type_ = payer.lower() if payer.lower() in PAYER_TYPES else "other"
        values = {"payer": text(payer), "payer_name": "CAST(NULL AS VARCHAR)", "payer_type": text(type_)}
        return {name: value for name, value in values.items() if name in fields}

    def _said(self) -> Mapping[str, str]:
        return self._told.values if self._told is not None else {}

    def _facts_join(self) -> str:
        # A line of the history is told only what was not of a judged line before it.
        met = "(t.status <> 'history' OR coalesce({0}.judged > t.row, TRUE))"
        return (
            f" LEFT JOIN {CLAIMS} ON {CLAIMS}.claim = t.claim AND {met.format(CLAIMS)}"
            f" LEFT JOIN {LINES} ON {LINES}.claim = t.claim AND {LINES}.line = t.line AND {met.format(LINES)}"
        )


def _attribute(name: str) -> str:
    return BY_NAME[name].attribute if name in BY_NAME else f"fact_{name}"
