"""What became of findings since a run or a day: new, reopened, still open, waived, resolved, with lines and charges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

import pyarrow as pa

from cleanclaim.claims.model import Reject
from cleanclaim.store.commit import read_runs
from cleanclaim.store.database import Database, Row
from cleanclaim.store.errors import StoreError
from cleanclaim.store.life import RULE_GONE
from cleanclaim.store.runs import RuleName, RunRow
from cleanclaim.store.store import Store


class Standing(Enum):
    """Where a finding stands; each that is reported has one. Open are the first three."""

    NEW = "new"
    REOPENED = "reopened"
    STILL_OPEN = "open"
    WAIVED = "waived"
    RESOLVED = "resolved"


OPEN = (Standing.NEW, Standing.REOPENED, Standing.STILL_OPEN)


@dataclass(frozen=True, slots=True)
class Sum:
    """Findings, the different lines that they are about, and the charges of those lines, each once."""

    findings: int = 0
    lines: int = 0
    charges: Decimal = Decimal(0)


NONE = Sum()


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one payer, policy or rule. ``open`` counts a line once, whatever is said of it."""

    name: tuple[str, ...]
    standings: Mapping[Standing, Sum]
    open: Sum

    def of(self, standing: Standing) -> Sum:
        """The findings that stand so."""
        return self.standings.get(standing, NONE)


@dataclass(frozen=True, slots=True)
class Since:
    """From when on changes are told: after a run, or from a day on."""

    run: int | None
    day: date | None
    events_through: int


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The state of a store after its latest run, ``last``.

    ``undecided`` of the open findings wait for information; ``bypassed`` are not reported; ``gone`` of the resolved
    were found by rules that the library holds no more; ``run_out`` waivers are over, and the next run reopens their
    findings.
    """

    store: str
    last: RunRow
    since: Since
    totals: Group
    by_payer: tuple[Group, ...]
    by_policy: tuple[Group, ...]
    by_rule: tuple[Group, ...]
    by_severity: tuple[Group, ...]
    undecided: int
    bypassed: int
    run_out: int
    gone: int
    not_evaluated: tuple[RuleName, ...]
    rejected: tuple[Reject, ...]


DETAILS = pa.schema(
    [
        ("standing", pa.string()),
        ("payer", pa.string()),
        ("policy", pa.string()),
        ("version", pa.string()),
        ("rule", pa.string()),
        ("verdict", pa.string()),
        ("severity", pa.string()),
        ("claim", pa.string()),
        ("lines", pa.list_(pa.int64())),
        ("charges", pa.list_(pa.decimal128(18, 2))),
        ("related", pa.string()),
        ("message", pa.string()),
        ("fix", pa.string()),
        ("cite", pa.string()),
        ("missing", pa.list_(pa.string())),
        ("because", pa.string()),
        ("first_seen", pa.int64()),
        ("last_seen", pa.int64()),
        ("since", pa.int64()),
        ("reopened", pa.int64()),
        ("waived_by", pa.string()),
        ("waiver", pa.string()),
        ("waived_until", pa.date32()),
        ("fingerprint", pa.string()),
    ]
)
"""The columns of the list of findings. ``first_seen``, ``last_seen`` and ``since`` (that it stands so) are runs;
``related`` and ``because`` are JSON."""

_STANDING = """CASE WHEN f.state = 'waived' THEN 'waived' WHEN f.state = 'resolved' THEN 'resolved'
    WHEN f.first_seen >= b.run THEN 'new' WHEN e.back = 1 THEN 'reopened' ELSE 'open' END"""
# Of new findings their first run tells as much as their events, which are as many as the findings.
_SINCE = """CROSS JOIN (SELECT min(run) AS run FROM events WHERE seq > ? AND what = 'new') b
LEFT JOIN (
    SELECT fingerprint, max(CASE WHEN what IN ('reopened', 'unwaived') THEN 1 ELSE 0 END) AS back,
        max(CASE WHEN what = 'resolved' THEN 1 ELSE 0 END) AS gone
    FROM events WHERE seq > ? AND what <> 'new' GROUP BY fingerprint
) e ON e.fingerprint = f.fingerprint
WHERE f.verdict <> 'bypassed' AND (f.state <> 'resolved' OR e.gone = 1)"""
_KEYS = ("payer", "policy", "rule", "severity")
_GROUPED: tuple[tuple[str, ...], ...] = ((), ("payer",), ("policy",), ("policy", "rule"), ("severity",))
_Name = tuple[str | None, ...]
"""What a group has of :data:`_KEYS`; ``None``: anything."""
_ORDER = {standing.value: place for place, standing in enumerate(Standing)}


@dataclass(frozen=True)
class Reading:
    """A report, and the findings that it sums up, from the same moment."""

    report: AuditReport
    database: Database

    def findings(self, limit: int | None = None) -> Iterator[pa.RecordBatch]:
        """The findings with the columns of :data:`DETAILS`, by standing, claim, lines, policy and rule."""
        columns = {
            "standing": _STANDING,
            "waived_by": "w.waived_by",
            "waiver": "w.reason",
            "waived_until": "w.until",
        }
        cells = ", ".join(f"{columns.get(name, f'f.{name}')} AS {name}" for name in DETAILS.names)
        rank = " ".join(f"WHEN '{name}' THEN {place}" for name, place in _ORDER.items())
        yield from self.database.stream(
            f"""SELECT * FROM (
                SELECT {cells} FROM finding_life f
                LEFT JOIN waivers w ON w.fingerprint = f.fingerprint AND f.state = 'waived' {_SINCE}
            ) listed
            ORDER BY CASE standing {rank} END, claim, lines, policy, rule, fingerprint
            {f"LIMIT {limit:d}" if limit is not None else ""}""",
            DETAILS,
            (self.report.since.events_through,) * 2,
        )


@contextmanager
def report(store: Store, *, since: int | date | None = None, today: date | None = None) -> Iterator[Reading]:
    """Reads a report: what happened after the run ``since``, or from that day (UTC) on; else what the latest run did.

    ``today`` tells which waivers have run out. Raises :class:`StoreError` where there is no run, or not that one.
    """
    with store.reading() as database:
        runs = read_runs(database, "WHERE id = (SELECT max(id) FROM runs)")
        if not runs:
            raise StoreError(f"the store {store.where} holds no run yet; `cleanclaim audit` records one")
        yield Reading(_summed(database, store.where, runs[0], _since(database, since, runs[0]), today), database)


def _since(database: Database, since: int | date | None, last: RunRow) -> Since:
    if isinstance(since, date):
        began = datetime(since.year, since.month, since.day)
        through = database.rows("SELECT coalesce(max(seq), 0) FROM events WHERE happened < ?", (began,))[0][0]
        return Since(None, since, int(str(through)))
    if since is None:
        since = last.id - 1
    if since == 0:
        return Since(0, None, 0)
    runs = read_runs(database, "WHERE id = ?", (since,))
    if not runs:
        raise StoreError(f"there is no run {since}; the store has the runs 1 to {last.id}")
    return Since(since, None, runs[0].events_through)


def _summed(database: Database, where: str, last: RunRow, since: Since, today: date | None) -> AuditReport:
    undecided, bypassed = database.rows(
        """SELECT count(CASE WHEN verdict = 'needs_info' THEN 1 END), count(CASE WHEN verdict = 'bypassed' THEN 1 END)
        FROM findings WHERE state = 'open'"""
    )[0]
    over = "SELECT count(*) FROM waivers w JOIN findings f ON f.fingerprint = w.fingerprint "
    run_out = database.rows(over + "WHERE f.state = 'waived' AND w.until < ?", (today,))[0][0] if today else 0
    gone = database.rows(
        "SELECT count(DISTINCT e.fingerprint) FROM events e JOIN findings f ON f.fingerprint = e.fingerprint "
        "WHERE e.seq > ? AND e.note = ? AND f.state = 'resolved'",
        (since.events_through, RULE_GONE),
    )[0][0]
    groups = _grouped(database, since)
    return AuditReport(
        store=where,
        last=last,
        since=since,
        totals=groups[()][0] if groups[()] else Group((), {}, NONE),
        by_payer=groups[("payer",)],
        by_policy=groups[("policy",)],
        by_rule=groups[("policy", "rule")],
        by_severity=groups[("severity",)],
        undecided=int(str(undecided)),
        bypassed=int(str(bypassed)),
        run_out=int(str(run_out)),
        gone=int(str(gone)),
        not_evaluated=tuple(
            (str(policy), str(rule))
            for policy, rule in database.rows(
                "SELECT policy, rule FROM not_evaluated WHERE run = ? ORDER BY policy, rule", (last.id,)
            )
        ),
        rejected=tuple(
            Reject(str(source), str(place), str(reason), int(str(claims)))
            for source, place, reason, claims in database.rows(
                "SELECT source, place, reason, claims FROM rejected WHERE run = ? ORDER BY source, place, reason",
                (last.id,),
            )
        ),
    )


def _grouped(database: Database, since: Since) -> Mapping[tuple[str, ...], tuple[Group, ...]]:
    """The findings by each of :data:`_GROUPED`; most charges at stake first."""
    findings: Counter[tuple[_Name, Standing]] = Counter()
    for *cells, kind, count in _standing(database, since, f"{', '.join(_KEYS)}, standing", "count(*)", "listed"):
        for keys in _GROUPED:
            name = tuple(str(cell) if key in keys else None for key, cell in zip(_KEYS, cells, strict=True))
            findings[name, Standing(kind)] += int(str(count))
    lines = _lines(database, since, "standing", tuple(Standing))
    standings: dict[_Name, dict[Standing, Sum]] = {}
    for (name, standing), count in findings.items():
        standings.setdefault(name, {})[standing] = Sum(count, *lines.get((name, standing.value), (0, Decimal(0))))
    several = len({standing for _, standing in findings if standing in OPEN}) > 1
    at_once = _lines(database, since, "'all open'", OPEN) if several else {}
    groups: dict[tuple[str, ...], list[Group]] = {keys: [] for keys in _GROUPED}
    for name, sums in standings.items():
        opened = [sums[standing] for standing in OPEN if standing in sums]
        one = opened[0] if opened else NONE
        if several and opened:
            one = Sum(sum(each.findings for each in opened), *at_once.get((name, "all open"), (0, Decimal(0))))
        keys = tuple(key for key, cell in zip(_KEYS, name, strict=True) if cell is not None)
        groups[keys].append(Group(tuple(cell for cell in name if cell is not None), sums, one))
    return {
        keys: tuple(sorted(of, key=lambda group: (-group.open.charges, -group.open.findings, group.name)))
        for keys, of in groups.items()
    }


def _lines(
    database: Database, since: Since, kind: str, standings: Sequence[Standing]
) -> dict[tuple[_Name, str], tuple[int, Decimal]]:
    """The different lines of each group, and their charges: one that several findings are about counts once."""
    sets = ", ".join(f"({', '.join([*keys, 'kind', 'claim', 'line'])})" for keys in _GROUPED)
    among = ", ".join(f"'{standing.value}'" for standing in standings)
    rows = _standing(
        database,
        since,
        f"{', '.join(_KEYS)}, kind",
        "count(*), coalesce(sum(charge), 0)",
        f"""(SELECT {", ".join(_KEYS)}, kind, claim, line, max(charge) AS charge FROM (
            SELECT {", ".join(_KEYS)}, {kind} AS kind, claim, unnest(lines) AS line, unnest(charges) AS charge
            FROM listed WHERE standing IN ({among})
        ) exploded GROUP BY GROUPING SETS ({sets})) counted""",
    )
    return {
        (tuple(None if cell is None else str(cell) for cell in cells), str(of)): (
            int(str(count)),
            Decimal(str(charges)).quantize(Decimal("0.01")),
        )
        for *cells, of, count, charges in rows
    }


def _standing(database: Database, since: Since, by: str, counted: str, relation: str) -> list[Row]:
    """Counts in groups what is made of ``listed``, the findings with where they stand."""
    names = ", ".join(f"coalesce(f.{key}, '') AS {key}" for key in _KEYS)
    return database.rows(
        f"WITH listed AS (SELECT {names}, {_STANDING} AS standing, f.claim, f.lines, f.charges FROM findings f "
        f"{_SINCE}) SELECT {by}, {counted} FROM {relation} GROUP BY {by}",
        (since.events_through,) * 2,
    )
