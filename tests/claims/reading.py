"""Short ways for tests to write a table and to sort out what was read."""

from __future__ import annotations

import io
from collections.abc import Iterable

from cleanclaim.claims.model import Claim, Line, Reading, Reject, Warning

HEADER = "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code"


def table(*rows: str, header: str = HEADER) -> io.BytesIO:
    """A CSV file of our usual five columns."""
    return io.BytesIO("\n".join((header, *rows, "")).encode())


def lines_of(readings: Iterable[Reading]) -> list[Line]:
    """All lines read, in order."""
    return [line for reading in readings if isinstance(reading, Claim) for line in reading.lines]


def rejects_of(readings: Iterable[Reading]) -> list[Reject]:
    """All rejects, in order."""
    return [reading for reading in readings if isinstance(reading, Reject)]


def warnings_of(readings: Iterable[Reading]) -> list[Warning]:
    """All warnings, in order."""
    return [reading for reading in readings if isinstance(reading, Warning)]
