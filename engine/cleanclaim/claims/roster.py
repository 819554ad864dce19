"""The performer roster: which licences a rendering provider held, in which state, from when to when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO

from cleanclaim.claims.dates import read_day
from cleanclaim.claims.delimited import read_delimited, uneven
from cleanclaim.claims.model import Line, Reject, Warning
from cleanclaim.claims.nearest import did_you_mean
from cleanclaim.claims.roster_columns import COLUMNS
from cleanclaim.claims.shape import shape
from cleanclaim.claims.tables.values import as_text

_NAMES = tuple(column.name for column in COLUMNS)

Licences = tuple[str, ...]
_FIRST, _LAST = date.min, date.max
_LICENCES = Line._fields.index("performer_licences")
_SUPERVISOR = Line._fields.index("performer_supervisor_npi")


@dataclass(frozen=True, slots=True)
class Licence:
    """One row: a licence, or with no ``type`` the knowledge that there is none, and days (both included)."""

    type: str | None
    state: str | None
    first: date
    last: date
    supervisor: str | None

    def holds(self, on: date, state: str) -> bool:
        """Whether the row speaks of that day in that state."""
        return self.first <= on <= self.last and self.state in (None, state)


@dataclass(frozen=True, slots=True)
class Roster:
    """Licences by NPI. ``doubtful`` NPIs had a row that could not be read, so what they hold is unknown."""

    licences: Mapping[str, tuple[Licence, ...]]
    doubtful: frozenset[str] = frozenset()
    problems: tuple[Reject | Warning, ...] = field(default=(), compare=False)

    @classmethod
    def read(cls, file: str | Path | BinaryIO, source: str | None = None) -> Roster:
        """Read a roster's CSV; every row that cannot be used is among ``problems``, with its number."""
        if not isinstance(file, str | Path):
            return _read(file, source or "roster")
        name = source or str(file)
        try:
            with Path(file).open("rb") as stream:
                return _read(stream, name)
        except OSError as error:
            return cls({}, problems=(Reject(name, "file", f"cannot be opened: {error.strerror}"),))

    def performer(self, npi: str | None, on: date, state: str | None) -> tuple[Licences | None, str | None]:
        """Licence types in force on a day in a state, and the supervisor's NPI.

        ``None`` is unknown: no such NPI here, a row of it unreadable, or no state of service. An
        empty tuple is known: the roster has the performer and nothing was in force.
        """
        rows = self.licences.get(npi) if npi is not None else None
        if rows is None or npi in self.doubtful:
            return None, None
        if state is None and any(row.state is not None for row in rows):
            return None, None
        in_force = [row for row in rows if row.holds(on, state or "")]
        held = tuple(sorted({row.type for row in in_force if row.type is not None}))
        return held, next((row.supervisor for row in in_force if row.supervisor is not None), None)

    def apply(self, line: Line) -> Line:
        """The line with what the roster knows of its performer; what it does not know stays as it was."""
        if line.rendering_npi not in self.licences:
            return line
        held, supervisor = self.performer(line.rendering_npi, line.service_date, line.state)
        if held is None:
            return line
        fields = list(line)
        fields[_LICENCES] = held
        if supervisor is not None:
            fields[_SUPERVISOR] = supervisor
        return Line._make(fields)


def _read(stream: BinaryIO, source: str) -> Roster:
    text = read_delimited(stream)
    places = {name.strip().casefold(): n for n, name in reversed(list(enumerate(text.header)))}
    problems: list[Reject | Warning] = []
    missing = [column.name for column in COLUMNS if column.required and column.name not in places]
    if missing:
        # Without any column of ours the first row may be data, which is not to be repeated.
        near = [name + (did_you_mean(name, text.header) if "npi" in places else "") for name in missing]
        reason = f"is not a roster: its header lacks {', '.join(near)}; its columns are {', '.join(_NAMES)}"
        return Roster({}, problems=(Reject(source, "header", reason),))
    strange = [name for name in text.header if name.strip().casefold() not in (*_NAMES, "")]
    unknown = [name + did_you_mean(name, _NAMES) for name in strange]
    if unknown:
        problems.append(Warning(source, "header", f"columns not used: {', '.join(unknown)}"))
    licences: dict[str, list[Licence]] = {}
    doubtful: set[str] = set()
    for number, cells in text.rows:
        where = f"row {number}"
        if isinstance(cells, str):
            problems.append(Reject(source, where, cells))
            continue
        row = {name: as_text(cells[n]) for name, n in places.items() if n < len(cells)}
        npi, licence, wrong = _licence(row)
        if len(cells) < len(text.header):
            # A cell that is not there must not be taken for a blank "through": still in force.
            licence, wrong = (
                None,
                [uneven(cells, len(text.header))],
            )
        if wrong:
            problems.append(Reject(source, where, "; ".join(wrong)))
        if npi is None:
            continue
        if not wrong and not luhn(npi):
            problems.append(Warning(source, where, "npi fails its check digit; it may be mistyped"))
        if licence is None:
            doubtful.add(npi)
        held = licences.setdefault(npi, [])
        if licence is not None:
            held.append(licence)
    if not licences and not problems:
        problems.append(Warning(source, "file", "has no rows, so every performer's licences are unknown"))
    return Roster({npi: tuple(rows) for npi, rows in licences.items()}, frozenset(doubtful), tuple(problems))


def _licence(row: Mapping[str, str | None]) -> tuple[str | None, Licence | None, list[str]]:
    wrong: list[str] = []
    npi = row.get("npi")
    if npi is None or not (npi.isascii() and npi.isdigit() and len(npi) == 10):
        wrong.append("npi is blank" if npi is None else f"npi is not ten digits, but shaped {shape(npi)}")
        npi = None
    kind = (row.get("license_type") or "").upper() or None
    state = (row.get("state") or "").upper() or None
    if state is not None and not (len(state) == 2 and state.isascii() and state.isalpha()):
        wrong.append("state is not a two-letter abbreviation")
    if kind is not None and any(c.isspace() or c in ",;|" for c in kind):
        wrong.append("license_type holds more than one licence; give each its own row")
    days = dict(_days(row, wrong))
    if kind is not None and state is None:
        wrong.append("state is blank; a licence is good in a state")
    if kind is not None and row.get("from") is None:
        wrong.append("from is blank; give the first day that the licence was in force")
    first, last = days.get("from", _FIRST), days.get("through", _LAST)
    if first > last:
        wrong.append("through is before from")
    supervisor = row.get("supervisor")
    if supervisor is not None and not (supervisor.isascii() and supervisor.isdigit() and len(supervisor) == 10):
        wrong.append("supervisor is not an NPI of ten digits")
    return npi, None if wrong else Licence(kind, state, first, last, supervisor), wrong


def _days(row: Mapping[str, str | None], wrong: list[str]) -> Iterator[tuple[str, date]]:
    for name in ("from", "through"):
        text = row.get(name)
        if text is None:
            continue
        day = read_day(text)
        if day is None:
            wrong.append(f"{name} is not a date as YYYY-MM-DD, but shaped {shape(text)}")
        else:
            yield name, day


def luhn(npi: str) -> bool:
    """Whether an NPI's check digit is right (45 CFR 162.406; the Luhn formula over ``80840`` + NPI)."""
    doubled = [int(c) * (2 - n % 2) for n, c in enumerate("80840" + npi[:-1], start=1)]
    total = sum(digit // 10 + digit % 10 for digit in doubled)
    return (total + int(npi[-1])) % 10 == 0
