"""Waivers: a person answers for leaving a finding as it is, with a reason, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cleanclaim.store.database import Database, Value
from cleanclaim.store.errors import StoreError

SHORTEST = 8
"""Characters of a fingerprint that name a finding, if no other begins so."""
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Waiver:
    """Why findings are left as they are, who says so, and the last day that it holds (``None``: for good)."""

    reason: str
    by: str
    until: date | None = None


def waive(
    database: Database, fingerprints: Sequence[str], waiver: Waiver, at: datetime, today: date
) -> tuple[str, ...]:
    """Waives findings, all or none; the full fingerprints. A waiver takes the place of an earlier one.

    Raises :class:`StoreError` where a fingerprint names no finding, several, or a resolved one.
    """
    if not waiver.reason.strip() or not waiver.by.strip():
        raise StoreError("a waiver needs a reason and the name of who answers for it")
    if waiver.until is not None and waiver.until < today:
        raise StoreError(f"the waiver's last day, {waiver.until}, is over; name a later one, or none")
    found = _named(database, fingerprints)
    resolved = [fingerprint for fingerprint, state in found if state == "resolved"]
    if resolved:
        raise StoreError(f"{_listed(resolved)} is resolved: there is nothing to waive; nothing was changed")
    note = f"{waiver.reason} ({waiver.by}{f', until {waiver.until}' if waiver.until else ''})"
    named = tuple(fingerprint for fingerprint, _ in found)
    for fingerprint, state in found:
        database.execute("DELETE FROM waivers WHERE fingerprint = ?", (fingerprint,))
        database.execute(
            "INSERT INTO waivers VALUES (?, ?, ?, ?, ?)",
            (fingerprint, waiver.reason, waiver.by, waiver.until, at),
        )
        if state != "waived":
            _become(database, fingerprint, "waived")
    _tell(database, named, "waived", note, at)
    return named


def unwaive(database: Database, fingerprints: Sequence[str], by: str, at: datetime) -> tuple[str, ...]:
    """Takes waivers back, all or none; raises :class:`StoreError` where there is none."""
    found = _named(database, fingerprints)
    standing = {str(row[0]) for row in database.rows("SELECT fingerprint FROM waivers")}
    bare = [fingerprint for fingerprint, _ in found if fingerprint not in standing]
    if bare:
        raise StoreError(f"{_listed(bare)} is not waived; nothing was changed")
    named = tuple(fingerprint for fingerprint, _ in found)
    for fingerprint, state in found:
        database.execute("DELETE FROM waivers WHERE fingerprint = ?", (fingerprint,))
        if state == "waived":
            _become(database, fingerprint, "open")
    _tell(database, named, "unwaived", by, at)
    return named


def _named(database: Database, given: Sequence[str]) -> list[tuple[str, str]]:
    """The findings, each once, with their states."""
    found: dict[str, str] = {}
    unknown: list[str] = []
    for text in given:
        if len(text) < SHORTEST or not set(text) <= set("0123456789abcdef"):
            raise StoreError(
                f"a fingerprint has 32 digits from 0 to f, at least {SHORTEST} of them are needed; "
                "`cleanclaim audit report` lists them; nothing was changed"
            )
        rows = database.rows(
            f"SELECT fingerprint, state FROM findings WHERE fingerprint LIKE ? ORDER BY fingerprint LIMIT {_SHOWN}",
            (text + "%",),
        )
        if len(rows) > 1:
            raise StoreError(
                f"several findings begin with {text}: {_listed([str(row[0]) for row in rows])}; give more digits"
            )
        if not rows:
            unknown.append(text)
        found.update((str(fingerprint), str(state)) for fingerprint, state in rows)
    if unknown:
        raise StoreError(f"no finding has the fingerprint {_listed(unknown)}; nothing was changed")
    return list(found.items())


def _become(database: Database, fingerprint: str, state: str) -> None:
    database.execute(
        "UPDATE findings SET state = ?, since = (SELECT max(id) FROM runs) WHERE fingerprint = ?", (state, fingerprint)
    )


def _tell(database: Database, fingerprints: Sequence[str], what: str, note: str, at: datetime) -> None:
    last, run = database.rows("SELECT coalesce(max(seq), 0), (SELECT max(id) FROM runs) FROM events")[0]
    rows: list[list[Value]] = [
        [int(str(last)) + place, run, at, fingerprint, what, note] for place, fingerprint in enumerate(fingerprints, 1)
    ]
    database.many("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", rows)


def _listed(fingerprints: Sequence[str]) -> str:
    more = f" and {len(fingerprints) - _SHOWN:,} more" if len(fingerprints) > _SHOWN else ""
    return ", ".join(fingerprints[:_SHOWN]) + more
