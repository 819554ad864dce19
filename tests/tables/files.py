"""Files in the layouts in which CMS publishes its tables, and what the tests do with them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb

from cleanclaim.backends.relational.reference_tables import InFiles, incoming, rows_of
from cleanclaim.backends.relational.rows import load
from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.model import TableSpec
from cleanclaim.tables.importers import KINDS
from cleanclaim.tables.importing import Imported, import_table
from cleanclaim.tables.plan import Request
from cleanclaim.tables.store import Loaded, TableStore

PTP_PREAMBLE = (
    "CPT only copyright 2025 American Medical Association.  All rights reserved." + "\t" * 6,
    "Column1/Column2 Edits" + "\t" * 6,
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale",
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t",
    "\t\t\t\t*=no data\t1=allowed\t",
    "\t\t\t\t\t9=not applicable\t",
)
PTP_NAME = "ccipra-v322r0-f1.TXT"
MUE_PREAMBLE = '"CPT codes only are copyright 2025.\r\n\r\nAll rights reserved.\r\n",,,\r\n'
MUE_NAME = "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv"
AOC_NAME = "AOC_V2026Q2-F-MCR.txt"
PPRRVU_NAME = "PPRRVU2026_Jul_nonQPP.csv"
TELEHEALTH_NAME = "medicare-telehealth-services-cy2026.txt"


def ptp(*rows: str) -> bytes:
    """A PTP file; a row is ``column 1, column 2, effective, deletion, indicator`` with blanks between."""
    lines = []
    for row in rows:
        one, two, effective, deletion, indicator, *why = row.split(maxsplit=5)
        lines.append(f"{one}\t{two}\t\t{effective}\t{deletion}\t{indicator}\t{''.join(why) or 'Misuse of codes'}")
    return ("\r\n".join((*PTP_PREAMBLE, *lines)) + "\r\n").encode("cp1252")


def mue(*rows: str, whose: str = "Practitioner Services") -> bytes:
    header = f'"HCPCS/\r\nCPT Code",{whose} MUE Values,MUE Adjudication Indicator,MUE Rationale'
    return (MUE_PREAMBLE + "\r\n".join((header, *rows)) + "\r\n").encode("cp1252")


def aoc(*rows: tuple[str, str, str, str, str]) -> bytes:
    """The text in which each column has its place: type, add-on, primary, effective, deletion."""
    lines = (
        f"{t}{add_on:5}{'':7}{primary:5}{'':7}{effective:7}{end:7}{'':58}"
        for t, add_on, primary, effective, end in rows
    )
    return ("\r\n".join(lines) + "\r\n").encode()


def pprrvu(*rows: tuple[str, str, str, str]) -> bytes:
    """The relative value file: nine lines of titles, a header over several lines, 32 columns."""
    titles = ["2026 National Physician Fee Schedule Relative Value File" + "," * 31, *["," * 31] * 8]
    header = (
        "HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,"
        "PROC,SURG,SURG,SURG,SURG,IND,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,AMOUNT"
    )
    lines = []
    for code, modifier, status, days in rows:
        cells = [code, modifier, '"Some words, quoted"', status, *["0.00"] * 10, days, *["0"] * 17]
        lines.append(",".join(cells))
    return ("\r\n".join((*titles, header, *lines)) + "\r\n").encode("cp1252")


def packed(path: Path, **contents: bytes) -> Path:
    """A zip; the names of its files are written with ``__`` for a point."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name.replace("__", "."), content)
    return path


def workbook(*sheets: Sequence[Sequence[str | int | None]]) -> bytes:
    """An Excel workbook with the least that one has; a row that is empty is left out, as Excel does."""
    kinds = "http://schemas.openxmlformats.org"
    main, relation = f"{kinds}/spreadsheetml/2006/main", f"{kinds}/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{kinds}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{kinds}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relation}"><sheets>'
        + "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in range(1, len(sheets) + 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{kinds}/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{relation}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        + "</Relationships>",
    }
    for n, rows in enumerate(sheets, 1):
        written = "".join(f'<row r="{at}">{_row(row, at)}</row>' for at, row in enumerate(rows, 1) if row)
        parts[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{written}</sheetData></worksheet>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _row(cells: Sequence[str | int | None], at: int) -> str:
    places = [(f"{chr(65 + column)}{at}", cell) for column, cell in enumerate(cells) if cell is not None]
    return "".join(
        f'<c r="{place}"><v>{cell}</v></c>'
        if isinstance(cell, int)
        else f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        for place, cell in places
    )


def wrote(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def brought(store: TableStore, kind: str, *files: Path, replace: bool = False, **options: Any) -> Imported:
    """Imports files."""
    request = Request(KINDS[kind], files, **options)
    return import_table(store, request, imported_at="2026-11-23T00:00:00+00:00", version="0", replace=replace)


def loaded(
    store: TableStore,
    table: str,
    columns: Mapping[str, str],
    as_of: date = date(2026, 12, 1),
    *,
    start: str | None = None,
    through: str | None = None,
    wanted: Mapping[str, Collection[str]] | None = None,
) -> Loaded:
    """A table as a policy would declare it; it must be there. A database that reads it in place sees the same."""
    types = {name: ValueType(type_) for name, type_ in columns.items()}
    spec = TableSpec("t", types, None, table, start, through)
    found = store.load(spec, as_of, wanted or {})
    assert found is not None
    same_in_place(store, spec, as_of, wanted or {}, found)
    return found


def same_in_place(
    store: TableStore, spec: TableSpec, as_of: date, wanted: Mapping[str, Collection[str]], found: Loaded
) -> None:
    """Compares what a database reads of a table's rows with what it reads in the table's files."""
    there = store.in_place(spec, as_of, wanted)
    assert there is not None
    assert (there.coverage, there.releases) == (found.coverage, found.releases)
    assert (there.table.start, there.table.through) == (found.table.start, found.table.through)
    held = incoming(there.table, spec)
    assert isinstance(held, InFiles)
    connection = duckdb.connect()
    load(connection, "rows", rows_of(found.table, spec))
    held.load(connection, "stored")
    assert connection.sql("DESCRIBE rows").fetchall() == connection.sql("DESCRIBE stored").fetchall()
    rows, stored = (connection.sql(f"FROM {name} ORDER BY rank").fetchall() for name in ("rows", "stored"))
    assert rows == stored
    assert list(there.table.rows) == list(found.table.rows)


def cells(found: Loaded, *names: str) -> list[tuple[object, ...]]:
    """Some cells of every row."""
    return [tuple(row[name] for name in names) for row in found.table.rows]


PTP_COLUMNS: Mapping[str, str] = {"column_1": "code", "column_2": "code", "modifier_indicator": "code"}


def lines_of(refused: BaseException) -> Sequence[str]:
    """Every kind of problem, as one line each."""
    problems = refused.args[0]
    return [f"{problem.what} | {problem.help} | {' ; '.join(problem.places)}" for problem in problems]
