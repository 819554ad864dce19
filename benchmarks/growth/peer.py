"""What the peers share: the lines of a patient, the rules' codes, and the line of JSON that a peer prints."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from pyarrow.parquet import read_table

MASSAGE, INSERT, FIRST_NEEDLES, MORE_NEEDLES = "97124", "A5512", "97810", "97811"
CMT = ("98940", "98941", "98942")
TIMED = ("97124", "97140", "97110", "97112")
CONSULT = ("99446", "99447", "99448", "99449")
VISIT = ("99213", "99214")
FAMILY = {
    **dict.fromkeys(CMT, "cmt"),
    **dict.fromkeys(TIMED, "timed"),
    **dict.fromkeys(CONSULT, "consult"),
    **dict.fromkeys(VISIT, "visit"),
}
BYPASS = frozenset({"59", "XE", "XS", "XP", "XU", "25"})
LICENSED = frozenset({"LMT", "DC", "PT"})
COLUMNS = {
    "line_id": "line",
    "patient_id": "patient",
    "payer": "payer",
    "service_date": "service_date",
    "procedure": "procedure",
    "modifiers": "modifiers",
    "units": "units",
    "minutes": "minutes",
    "rendering_npi": "npi",
    "license_type": "licence",
}
A_BATCH = 50_000

Found = tuple[str, int]
"""The rule, with ``?`` where information is missing, and the line's number."""


class Line(NamedTuple):
    """What the rules read of a claim line."""

    line: int
    patient: int
    payer: str
    service_date: date
    procedure: str
    modifiers: tuple[str, ...]
    units: int
    minutes: int | None
    npi: str
    licence: str | None


class Edit(NamedTuple):
    """A row of the pair table that applies (indicator 0 or 1); dates as ordinals, both ends included."""

    column1: str
    column2: str
    first: int
    last: int
    indicator: int


def edits(pairs: Path) -> list[Edit]:
    """The pair table without the rows that say that the edit does not apply."""
    return [
        Edit(
            row["column1"],
            row["column2"],
            row["effective"].toordinal(),
            (row["deletion"] or date.max).toordinal(),
            row["modifier_indicator"],
        )
        for row in read_table(pairs).to_pylist()
        if row["modifier_indicator"] != 9
    ]


def lines_of(batch: pa.RecordBatch) -> Iterator[Line]:
    columns = [batch.column(name).to_pylist() for name in COLUMNS]
    at = list(COLUMNS).index("modifiers")
    columns[at] = [tuple(each) for each in columns[at]]
    return map(Line._make, zip(*columns, strict=True))


def by_number(lines: Path) -> Iterator[Line]:
    """The lines as the file has them, a batch at a time in memory as Python objects."""
    for batch in read_table(lines, columns=list(COLUMNS)).to_batches(A_BATCH):
        yield from lines_of(batch)


def by_patient(lines: Path) -> Iterator[list[Line]]:
    """The lines of each patient, by number; only a batch at a time is in memory as Python objects."""
    table = read_table(lines, columns=list(COLUMNS)).sort_by([("patient_id", "ascending"), ("line_id", "ascending")])
    read = (line for batch in table.to_batches(A_BATCH) for line in lines_of(batch))
    for _, own in groupby(read, attrgetter("patient")):
        yield list(own)


class Stopwatch:
    """Seconds by phase, where reading and judging take turns."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._since = time.perf_counter()

    def lap(self, phase: str) -> None:
        """What went by since the last lap was this phase."""
        now = time.perf_counter()
        self.seconds[phase] += now - self._since
        self._since = now


def judged_by_patient(lines: Path, watch: Stopwatch, judge: Callable[[list[Line]], set[Found]]) -> Counter[str]:
    """Findings by rule, a patient at a time."""
    counts: Counter[str] = Counter()
    for own in by_patient(lines):
        watch.lap("load")
        counts.update(rule for rule, _ in judge(own))
        watch.lap("evaluate")
    return counts


def tell(counts: Mapping[str, int], seconds: Mapping[str, float]) -> None:
    """Prints what a peer found and what it took, as one line of JSON."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    told = {
        "counts": {rule: counts[rule] for rule in sorted(counts) if counts[rule]},
        "seconds": {phase: round(took, 3) for phase, took in seconds.items()},
        "cpu": round(sum(each.ru_utime + each.ru_stime for each in used), 3),
        "megabytes": round(max(each.ru_maxrss for each in used) / 1024),
    }
    print(json.dumps(told))


def run(judge: Callable[[Path, Path, Stopwatch], Mapping[str, int]]) -> None:
    """A peer as a process: ``python PEER LINES.parquet PTP.parquet``."""
    if len(sys.argv) != 3:
        raise SystemExit(f"usage: python {Path(sys.argv[0]).name} LINES.parquet PTP.parquet")
    lines, pairs = map(Path, sys.argv[1:])
    for path in (lines, pairs):
        if not path.is_file():
            raise SystemExit(f"{path}: no such file; ../shared/bench/gen.py makes it")
    watch = Stopwatch()
    counts = judge(lines, pairs, watch)
    tell(counts, watch.seconds)
