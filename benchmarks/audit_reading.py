"""How long an audit's reading takes: lines of Parquet made into the table of lines, and 837 files converted.

usage: audit_reading.py [LINES in millions, default 2]

The lines name claims and people in text, which costs more to look through than numbers do.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import duckdb

from cleanclaim.audit.prepare import prepare
from cleanclaim.audit.sources import Sources
from cleanclaim.convert import convert

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT.parent / "shared" / "bench" / "lines_200000.parquet"
TWELVE = {"procedure", "modifiers", "units", "minutes", "charge", "payer", "state", "rendering_npi", "claim_type"}
TWELVE |= {"service_through", "performer.licences"}


def reading(millions: int, folder: Path) -> None:
    """Lines of the shared benchmark in Tuva's layout, each time under other claim numbers and patients."""
    path = folder / "lines.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT claim_id::VARCHAR || '-' || i AS claim_id, line_id::BIGINT AS claim_line_number, "
            f"'P' || patient_id || '-' || i AS person_id, service_date AS claim_line_start_date, payer, "
            f"state AS service_state, procedure AS hcpcs_code, "
            f"modifiers[1] AS hcpcs_modifier_1, modifiers[2] AS hcpcs_modifier_2, modifiers[3] AS hcpcs_modifier_3, "
            f"units::DECIMAL(10,2) AS service_unit_quantity, minutes AS service_minutes, "
            f"(charge_cents / 100)::DECIMAL(12,2) AS charge_amount, rendering_npi, license_type AS performer_license_1 "
            f"FROM range({millions * 5}) AS r(i), read_parquet('{BENCH}')) TO '{path}'"
        )
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2")
        connection.execute(f"SET temp_directory = '{folder}/spill'")
        begun, worked = time.perf_counter(), time.process_time()
        sources = Sources.open([str(path)], connection, folder)
        opened = time.perf_counter()
        made = prepare(connection, sources, TWELVE)
        ended = time.perf_counter()
    print(
        f"{made.lines:,} lines: opened (digest) in {opened - begun:.2f} s, prepared in {ended - opened:.2f} s: "
        f"{made.lines / (ended - opened) / 1e6:.1f} M lines/s, {time.process_time() - worked:.2f} s of CPU in all"
    )


def converting(folder: Path) -> None:
    """The example batch many times over in eight files."""
    text = (ROOT / "examples" / "batch.837").read_text(encoding="utf-8")
    start, end = text.index("HL*"), text.rindex("SE*")
    many = folder / "837"
    many.mkdir()
    segments = 0
    for n in range(8):
        body = "".join(text[start:end].replace("EX-", f"E{n}-{k}-") for k in range(300))
        whole = text[:start] + body + text[end:]
        segments += whole.count("~")
        (many / f"{n}.837").write_text(whole, encoding="utf-8")
    for jobs in (1, 2):
        begun = time.perf_counter()
        parts, _, _ = convert([str(many)], folder / f"out{jobs}", jobs=jobs)
        seconds = time.perf_counter() - begun
        begun = time.perf_counter()
        convert([str(many)], folder / f"out{jobs}", jobs=jobs)
        again = time.perf_counter() - begun
        lines = sum(part.lines for part in parts)
        print(
            f"{segments:,} segments ({lines:,} lines) by {jobs}: {seconds:.2f} s, {segments / seconds:,.0f} a second; "
            f"again, nothing changed: {again:.2f} s"
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        reading(int(sys.argv[1]) if len(sys.argv) > 1 else 2, Path(temporary))
        converting(Path(temporary))
