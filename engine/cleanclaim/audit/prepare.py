"""Makes the table of lines that the relational engine reads, and accounts for everything that is not in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from cleanclaim.audit import history, rejects, settling
from cleanclaim.audit.beside import NOTHING, Beside, Joining
from cleanclaim.audit.lines import numbers_kept, statement
from cleanclaim.audit.numbers import renamed
from cleanclaim.audit.odd import Connection
from cleanclaim.audit.reach import Reach
from cleanclaim.audit.reading import Reading
from cleanclaim.audit.restrict import Seen, reached
from cleanclaim.audit.sources import Sources
from cleanclaim.audit.sql import layout, quoted
from cleanclaim.audit.survey import ALWAYS, survey
from cleanclaim.claims.fields import FIELDS, ValueType
from cleanclaim.claims.model import Reject, Warning
from cleanclaim.claims.tables.targets import STATUS

CLAIMS = settling.CLAIMS
LINES = "audit_lines"
REJECTED = "rejected"


@dataclass(frozen=True)
class Prepared:
    """The relations :data:`LINES`, :data:`REJECTED` and :data:`CLAIMS` of a connection, and counts that reconcile.

    ``claims`` came in, ``judged`` are judged and ``rejected`` are not; ``lines`` are billed lines to judge. ``history``
    and ``copies`` count lines as :class:`cleanclaim.claims.batch.Batch` does, of what rules can reach.
    """

    connection: Connection
    claims: int
    judged: int
    rejected: int
    lines: int
    history: int
    copies: int
    warnings: tuple[Warning, ...]

    def rejects(self) -> list[Reject]:
        """What was refused, in input order."""
        found = self.connection.execute(
            f"SELECT source, place, reason, claims, claim FROM {REJECTED} ORDER BY position"
        ).fetchall()
        return [Reject(*row) for row in found]


def prepare(
    connection: Connection,
    sources: Sources,
    fields: Collection[str] | None = None,
    facts: Mapping[str, ValueType] | None = None,
    reach: Reach | None = None,
    *,
    beside: Beside = NOTHING,
) -> Prepared:
    """Makes :data:`LINES` with ``fields`` (policy names; the rest is NULL; else all) and :data:`REJECTED`.

    ``reach`` narrows the history to what rules can meet. ``beside`` is what is known of the claims besides them.
    The lines are a view of the inputs, which costs no memory and reads them anew each time. Numbers of claims and of
    people stay numbers where the one table has them so: whoever compares them with text casts them.
    """
    joining = Joining(connection, beside, facts or {})
    wanted = frozenset(fields) if fields is not None else None
    return _Preparing(connection, sources, wanted, dict(facts or {}), joining).prepared(reach)


class _Preparing:
    def __init__(
        self,
        connection: Connection,
        sources: Sources,
        fields: frozenset[str] | None,
        facts: dict[str, ValueType],
        joining: Joining,
    ) -> None:
        self._connection = connection
        self._sources = sources
        self._facts = facts
        self._joining = joining
        self._every = frozenset({spec.name for spec in FIELDS} | {STATUS} | set(facts))
        wanted = fields if fields is not None else self._every
        self._fields = (joining.needed(wanted) | joining.fields_told | ALWAYS) & self._every
        self._warnings = [each for each in joining.problems() if isinstance(each, Warning)]
        self._warnings += sources.told.warnings
        self._bad: set[tuple[int, ...]] = set()
        self._wide_made = False

    def prepared(self, reach: Reach | None) -> Prepared:
        """Everything, step by step."""
        run = self._connection.execute
        rejects.begin(self._connection)
        settling.begin(self._connection)
        judged = [each for each in self._sources.opened if not each.history]
        past = any(each.history for each in self._sources.opened)
        self._tell()
        readings = [survey(self._connection, each, self._fields, f"audit_odd_{n}") for n, each in enumerate(judged)]
        self._refuse(readings)
        own_past = any(STATUS in reading.bound for reading in readings)
        several = sum(len(each.numbers) for each in judged) > 1
        renames = None
        counts = None if own_past else self._at_once(readings, several, past)
        if counts is None:
            self._view("audit_all", readings, self._fields)
            if several:
                renames = renamed(self._connection, "audit_all", self._warnings, self._names(), past=False)
        run(f"CREATE OR REPLACE VIEW audit_read AS {_named('audit_all', renames)} WHERE status <> 'history'")
        run(f"CREATE OR REPLACE VIEW audit_judged AS {self._joining.apply('audit_read', self._fields)}")
        wide = self._wide(renames)
        if past or own_past:
            self._joining.note_judged("audit_read")
        at_once = counts is not None
        if counts is None:
            counts, warnings = settling.settle(self._connection, "audit_judged", wide, self._facts)
            self._warnings += warnings
        found = self._past(own_past, wide, reach) if past or own_past else history.Past(0, 0)
        self._warnings += self._joining.warnings("audit_read", "audit_past_read" if past or own_past else None)
        self._lines(found)
        if not at_once:
            settling.note_claims(self._connection, "audit_judged", LINES)
        rejects.forget_claims_of_history(self._connection)
        rejected = self._rejected()
        return Prepared(
            self._connection,
            counts.claims + rejected,
            counts.claims,
            rejected,
            counts.lines,
            found.lines,
            found.copies,
            tuple(self._warnings),
        )

    def _tell(self) -> None:
        """Takes in what was refused before any row was read."""
        beside = (each for each in self._joining.problems() if isinstance(each, Reject))
        rejects.tell(self._connection, ((None, reject, False) for reject in beside))
        inputs = self._sources.inputs
        told = ((at, reject, at is not None and at >= inputs) for at, reject in self._sources.told.rejects)
        rejects.tell(self._connection, told)
        for opened in self._sources.opened:
            # One after the other, for their numbers follow one another.
            rejects.tell(self._connection, ((at, reject, opened.history) for at, reject in opened.rejects))

    def _at_once(self, readings: list[Reading], several: bool, past: bool) -> settling.Counts | None:
        """Makes the view of all lines and counts them, if each claim stands for itself; else ``None``."""
        lost = f"SELECT count(*) FROM {rejects.REJECTED} WHERE claim IS NOT NULL AND NOT past"
        if self._connection.execute(lost).fetchall()[0][0]:
            return None
        only = readings[0] if len(readings) == 1 else None
        kept: dict[str, str] = {}
        if only is not None and only.plain and not several and not past and not self._joining.by_claim:
            kept = numbers_kept(only)
        self._view("audit_all", readings, self._fields, kept=kept)
        voids = any("claim_frequency" in reading.bound for reading in readings)
        return settling.at_once(self._connection, "audit_all", several=several, voids=voids)

    def _names(self) -> dict[int, str]:
        return {
            number: name for each in self._sources.opened for number, name in zip(each.numbers, each.names, strict=True)
        }

    def _refuse(self, readings: list[Reading]) -> None:
        for reading in readings:
            if rejects.refuse(self._connection, reading):
                self._bad.add(reading.opened.numbers)
            self._warnings += rejects.warnings(self._connection, reading)

    def _view(
        self,
        name: str,
        readings: list[Reading],
        fields: Collection[str],
        placed: bool = False,
        kept: Mapping[str, str] | None = None,
    ) -> None:
        made = [
            statement(
                reading,
                fields,
                self._facts,
                rejects.BAD if reading.opened.numbers in self._bad else None,
                placed,
                kept,
            )
            for reading in readings
        ]
        columns = {"row": "BIGINT", "input": "BIGINT", "status": "VARCHAR"}
        columns |= ({"place": "VARCHAR"} if placed else {}) | layout(self._facts)
        none = "SELECT " + ", ".join(f"CAST(NULL AS {t}) AS {quoted(n)}" for n, t in columns.items()) + " WHERE FALSE"
        self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS {' UNION ALL '.join(made or [none])}")

    def _wide(self, renames: str | None) -> Callable[[], str]:
        def made() -> str:
            """The judged lines with every field; looked for only where some must be compared."""
            if not self._wide_made:
                self._wide_made = True
                found = [each for each in self._sources.opened if not each.history]
                readings = [
                    survey(self._connection, each, self._every, f"audit_wide_{n}") for n, each in enumerate(found)
                ]
                self._view("audit_wide_all", readings, self._every, placed=True)
                self._connection.execute(
                    f"CREATE OR REPLACE VIEW audit_wide_named AS {_named('audit_wide_all', renames)}"
                )
                known = self._joining.apply("audit_wide_named", self._every)
                self._connection.execute(
                    f"CREATE OR REPLACE VIEW audit_wide AS SELECT * FROM ({known}) WHERE status <> 'history'"
                )
            return "audit_wide"

        return made

    def _past(self, own: bool, wide: Callable[[], str], reach: Reach | None) -> history.Past:
        run = self._connection.execute
        seen = Seen.of(self._connection, "audit_judged")
        opened = [reached(each, reach, seen) for each in self._sources.opened if each.history]
        readings = [survey(self._connection, each, self._every, f"audit_past_{n}") for n, each in enumerate(opened)]
        self._refuse(readings)
        self._view("audit_past_all", readings, self._every, placed=True)
        renames = None
        if sum(len(each.numbers) for each in opened) > 1:
            renames = renamed(self._connection, "audit_past_all", self._warnings, self._names(), past=True)
        met = "TRUE"
        if reach is not None and seen.first is not None and seen.last is not None:
            met = reach.condition(seen.first, seen.last, "audit_judged")
        parts = [f"SELECT * FROM ({_named('audit_past_all', renames)}) AS h WHERE {met}"]
        if own:
            wide()
            parts.insert(0, f"SELECT * FROM audit_wide_named AS h WHERE status = 'history' AND {met}")
        # Views name the same columns in one order, whatever they are read from.
        run(f"CREATE OR REPLACE VIEW audit_past_read AS {' UNION ALL BY NAME '.join(parts)}")
        run(f"CREATE OR REPLACE TABLE {history.PAST} AS {self._joining.apply('audit_past_read', self._every)}")
        kept = f"SELECT * FROM audit_judged WHERE row NOT IN (SELECT row FROM {settling.OUT}) "
        void = "OR (claim_frequency = '8' AND claim NOT IN (SELECT claim FROM audit_withdrawn))"
        run(f"CREATE OR REPLACE VIEW audit_standing AS {kept} {void}")
        found, warnings = history.settle_past(self._connection, "audit_standing", wide, self._facts)
        self._warnings += warnings
        return found

    def _lines(self, past: history.Past) -> None:
        run = self._connection.execute
        columns = ", ".join(map(quoted, ["row", "status", *layout(self._facts)]))
        out = run(f"SELECT count(*) FROM {settling.OUT}").fetchall()[0][0]
        left = f" WHERE row NOT IN (SELECT row FROM {settling.OUT})" if out else ""
        made = f"SELECT {columns} FROM audit_judged{left}"
        if past.lines:
            made += f" UNION ALL SELECT {columns} FROM {history.PAST}"
        run(f"CREATE OR REPLACE VIEW {LINES} AS {made}")

    def _rejected(self) -> int:
        """Counts each claim once, at the first of what is said of it, and tells what went with it."""
        run = self._connection.execute
        with_it = (
            "CASE WHEN w.lines = 1 THEN '; so its claim is not judged, nor the row of it that can be read' "
            "WHEN w.lines > 1 THEN '; so its claim is not judged, nor the ' || w.lines || ' rows of it that can be "
            "read' ELSE '' END"
        )
        order = "row IS NOT NULL, input, row, number"
        run(
            f"CREATE OR REPLACE TABLE {REJECTED} AS SELECT row_number() OVER (ORDER BY {order}) AS position, "
            "r.row, source, place, reason || CASE WHEN first THEN "
            f"{with_it} ELSE '' END AS reason, CASE WHEN first THEN greatest(1, claims) ELSE claims END AS claims, "
            "r.claim FROM (SELECT *, claim IS NOT NULL AND row_number() OVER "
            f"(PARTITION BY claim ORDER BY {order}) = 1 AS first FROM {rejects.REJECTED}) AS r "
            f"LEFT JOIN (SELECT claim, sum(lines) AS lines FROM {settling.WITHDRAWN} GROUP BY claim) AS w "
            "ON w.claim = r.claim"
        )
        return int(run(f"SELECT coalesce(sum(claims), 0) FROM {REJECTED}").fetchall()[0][0])


def _named(relation: str, renames: str | None) -> str:
    """Lines with the claim numbers that tell claims of several inputs apart."""
    if renames is None:
        return f"SELECT * FROM {relation}"
    return (
        f"SELECT * FROM (SELECT t.* REPLACE (coalesce(n.fresh, t.claim) AS claim) FROM {relation} AS t "
        f"LEFT JOIN {renames} AS n ON n.input = t.input AND n.claim = t.claim)"
    )
