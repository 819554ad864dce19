"""Finds the rows of a table that cannot be read, with place and reason, and tells what is odd about the others."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from cleanclaim.audit.lines import source_of
from cleanclaim.audit.odd import Connection
from cleanclaim.audit.reading import Cells, Reading
from cleanclaim.audit.sql import quoted, text
from cleanclaim.audit.values import pointed, value_of
from cleanclaim.claims.model import Reject, Status, Warning
from cleanclaim.claims.pointers import BEYOND
from cleanclaim.claims.tables.targets import STATUS
from cleanclaim.claims.tables.values import Unreadable

REJECTED = "audit_rejected"
"""Everything refused: ``input``, ``row`` (none where a whole input is meant), ``source``, ``place``, ``reason``,
``claims`` and ``claim`` (whose other rows are withdrawn); ``number`` orders what has no row, ``past`` is of history."""
BAD = "audit_bad"
"""The rows that are no lines."""


def begin(connection: Connection) -> None:
    """Makes the empty tables of what is refused."""
    connection.execute(
        f"CREATE OR REPLACE TABLE {REJECTED} (input BIGINT, row BIGINT, number BIGINT, source VARCHAR, "
        "place VARCHAR, reason VARCHAR, claims BIGINT, claim VARCHAR, past BOOLEAN)"
    )
    connection.execute(f"CREATE OR REPLACE TABLE {BAD} (row BIGINT)")


_TOLD = ("input", "number", "source", "place", "reason", "claims", "claim", "past")


def tell(connection: Connection, rejects: Iterator[tuple[int | None, Reject, bool]]) -> None:
    """Adds what was refused before rows were read; of the history, what costs no claim."""
    rows = [
        (at, number, each.source, each.where, each.reason, 0 if past else each.claims, each.claim, past)
        for number, (at, each, past) in enumerate(rejects)
    ]
    if not rows:
        return
    types = (pa.int64(), pa.int64(), *[pa.string()] * 3, pa.int64(), pa.string(), pa.bool_())
    columns = [pa.array(cells, type_) for cells, type_ in zip(zip(*rows, strict=True), types, strict=True)]
    connection.register("audit_told", pa.table(columns, names=list(_TOLD)))
    connection.execute(f"INSERT INTO {REJECTED} ({', '.join(_TOLD)}) SELECT {', '.join(_TOLD)} FROM audit_told")
    connection.unregister("audit_told")


def refuse(connection: Connection, reading: Reading) -> bool:
    """Adds the rows of one table that cannot be read; whether there are any."""
    reasons = list(_reasons(reading))
    if not reasons:
        return False
    opened = reading.opened
    claim = value_of(reading, "claim")
    history = f"coalesce({value_of(reading, STATUS)} = {text(Status.HISTORY.value)}, FALSE)"
    blank = _blank(reading)
    bad = f"audit_bad_{opened.numbers[0]}_{'past' if opened.history else 'judged'}"
    connection.execute(
        f"CREATE OR REPLACE TABLE {bad} AS SELECT * FROM (SELECT {opened.number} AS input, {opened.key} AS row, "
        f"{source_of(opened)} AS source, 'row ' || {opened.row} AS place, {claim} AS claim, {history} AS history, "
        f"{blank} AS blank, concat_ws('; ', {', '.join(reasons)}) AS reason "
        f"FROM {opened.relation} {reading.joins}) WHERE reason <> ''"
    )
    past = "TRUE" if opened.history else "FALSE"
    connection.execute(
        f"INSERT INTO {REJECTED} SELECT input, row, NULL, source, place, reason, "
        f"CASE WHEN claim IS NULL AND NOT {past} THEN 1 ELSE 0 END, CASE WHEN NOT history THEN claim END, {past} "
        f"FROM {bad} WHERE NOT blank"
    )
    connection.execute(f"INSERT INTO {BAD} SELECT row FROM {bad}")
    found = bool(connection.execute(f"SELECT count(*) FROM {bad}").fetchall()[0][0])
    connection.execute(f"DROP TABLE {bad}")
    return found


def _blank(reading: Reading) -> str:
    """The condition that a row has no cell at all, and is none."""
    if not reading.opened.blank_rows:
        return "FALSE"
    cells = ", ".join(quoted(column) for column in reading.opened.types)
    return f"coalesce(trim(concat({cells})), '') = ''"


def forget_claims_of_history(connection: Connection) -> None:
    """Nothing of the history is to be judged, so no claim is lost with it."""
    connection.execute(f"UPDATE {REJECTED} SET claim = NULL WHERE past")


def _reasons(reading: Reading) -> Iterator[str]:
    """For each target that some row is refused for, an expression of the reason or NULL, in the reader's order."""
    for name, each in reading.bound.items():
        column = each.target.column
        refused = [cells for cells in reading.cells.get(name, ()) if cells.odd is not None and cells.odd.refused]
        if refused:
            yield f"{text(column + ' ')} || coalesce({', '.join(f'{cells.alias}.reason' for cells in refused)})"
        elif isinstance(reading.constants.get(name), Unreadable):
            said = reading.constants[name]
            assert isinstance(said, Unreadable)
            yield text(f"{column} {said.reason}; {said.remedy}" if said.remedy else f"{column} {said.reason}")
    for name in ("claim", "line", "service_date"):
        if reading.blanks.get(name):
            value = value_of(reading, name)
            unread = [
                f"{cells.alias}.reason" for cells in reading.cells.get(name, ()) if cells.odd and cells.odd.refused
            ]
            lost = "".join(f" AND {each} IS NULL" for each in unread)
            yield f"CASE WHEN ({value}) IS NULL{lost} THEN {text(reading.bound[name].target.column + ' is blank')} END"


def warnings(connection: Connection, reading: Reading) -> Iterator[Warning]:
    """What is odd and used all the same, once for each input and column."""
    opened = reading.opened
    for name, cells in reading.cells.items():
        doubted = [each for each in cells if each.odd is not None and each.odd.doubted]
        if not doubted:
            continue
        column = reading.bound[name].target.column
        doubt = f"coalesce({', '.join(f'{each.alias}.doubt' for each in doubted)})"
        yield from _told(connection, reading, doubted, doubt, column)
    if "diagnosis_pointers" in reading.bound and not opened.settled:
        yield from _beyond(connection, reading)
    if reading.blanks.get("patient"):
        found = connection.execute(
            f"SELECT {opened.at}, count(*) FROM {opened.relation} {reading.joins} "
            f"WHERE ({value_of(reading, 'patient')}) IS NULL AND NOT ({_blank(reading)}) GROUP BY 1 ORDER BY 1"
        ).fetchall()
        for at, count in found:
            reason = f"rows that name no person: {count}; each of their claims is looked at alone"
            yield Warning(opened.names[at], "person_id", reason)


def _beyond(connection: Connection, reading: Reading) -> Iterator[Warning]:
    """The pointers that say nothing of what a line is for."""
    unread = [
        f"{cells.alias}.reason IS NULL"
        for name in ("diagnoses", "pointed_diagnoses")
        for cells in reading.cells.get(name, ())
        if cells.odd is not None and cells.odd.refused
    ]
    unknown = f"({value_of(reading, 'diagnosis_pointers')}) IS NOT NULL AND ({pointed(reading)}) IS NULL"
    doubt = f"CASE WHEN {' AND '.join([unknown, *unread])} THEN {text(BEYOND)} END"
    column = reading.bound["diagnosis_pointers"].target.column
    yield from _told(connection, reading, list(reading.columns), doubt, column)


def _told(connection: Connection, reading: Reading, doubted: list[Cells], doubt: str, column: str) -> Iterator[Warning]:
    opened = reading.opened
    joins = " ".join(each.join for each in doubted)
    found = connection.execute(
        f"SELECT {opened.at}, min({opened.row}), arg_min({doubt}, {opened.row}), count(*) "
        f"FROM {opened.relation} {joins} WHERE {doubt} IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    for at, row, reason, count in found:
        where = f"row {row}" + (f" and {count - 1} more" if count > 1 else "")
        yield Warning(opened.names[int(at)], where, f"{column} {reason}")
