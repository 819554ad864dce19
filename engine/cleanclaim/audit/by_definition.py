"""What the definition finds on the lines of a relation, by rules that no query says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cleanclaim.audit.judging import only
from cleanclaim.audit.odd import Connection
from cleanclaim.audit.sql import quoted
from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.backends.relational.wanted import One
from cleanclaim.claims.batch import groups
from cleanclaim.claims.fields import BY_NAME, FIELDS, ValueType
from cleanclaim.claims.model import Line, Status
from cleanclaim.claims.tables.settled import COLUMNS, SOURCE, settled_lines
from cleanclaim.claims.tables.targets import STATUS
from cleanclaim.findings.compose import gather
from cleanclaim.findings.finding import Finding
from cleanclaim.lint import Place, abouts
from cleanclaim.policy.versions import Edition

_HELD = 200_000
"""Lines that are held as Python objects at once."""


@dataclass(frozen=True)
class Defined:
    """Findings, and the ``row`` of each judged line that any is about."""

    findings: tuple[Finding, ...]
    rows: Mapping[Place, int]


def by_definition(
    connection: Connection,
    relation: str,
    lines: int,
    facts: Mapping[str, ValueType],
    edition: Edition,
    left: Sequence[One],
) -> Defined:
    """Judges the relation, which has so many lines, a part of its groups at a time."""
    rules = {id(one.rule) for one in left}
    edition = only(edition, lambda rule: id(rule) in rules)
    engine = ReferenceEngine(edition)
    findings: list[Finding] = []
    rows: dict[Place, int] = {}
    for partition in edition.partitions:
        for part in _parts(connection, relation, partition, math.ceil(lines / _HELD), facts):
            for group in groups(part, partition):
                found = list(engine.judge(partition, group))
                findings += found
                about = {(finding.claim, number) for finding in found for number in finding.lines}
                places = ((line, (line.claim, line.line)) for line in group if line.status is Status.CLAIM)
                rows |= {place: int(line.source) for line, place in places if place in about}
    return Defined(tuple(gather(findings, abouts(edition))), rows)


def _parts(
    connection: Connection, relation: str, partition: Sequence[str], parts: int, facts: Mapping[str, ValueType]
) -> Iterator[list[Line]]:
    """The lines, those together that are equal in the fields of a partition; their ``source`` is the row's number."""
    cells = [f"{_cell(spec.attribute)} AS {quoted(COLUMNS[spec.attribute])}" for spec in FIELDS]
    cells += [f"{quoted(f'fact_{name}')} AS {quoted(name)}" for name in facts]
    cells += [f"status AS {STATUS}", f'CAST("row" AS VARCHAR) AS {SOURCE}']
    keys = ", ".join(map(_key, partition))
    for part in range(parts):
        # Rows are numbered in the order of the inputs, by which lines of one place in the canonical order are told.
        found = connection.sql(
            f'SELECT {", ".join(cells)} FROM {relation} WHERE hash({keys}) % {parts} = {part} ORDER BY "row"'
        ).to_arrow_table()
        yield list(settled_lines(found.to_pydict(), facts))


def _cell(attribute: str) -> str:
    # Numbers of claims and people may be numbers.
    return f"CAST({quoted(attribute)} AS VARCHAR)" if attribute in ("claim", "patient") else quoted(attribute)


def _key(name: str) -> str:
    if name not in BY_NAME:
        return quoted(f"fact_{name}")
    column = quoted(BY_NAME[name].attribute)
    # Lists of codes are the same whatever their order.
    return f"list_sort({column})" if BY_NAME[name].type is ValueType.CODES else column
