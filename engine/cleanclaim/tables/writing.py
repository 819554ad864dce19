"""Writes a release: its rows sorted by their keys, and again by each other column by which they are looked up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cleanclaim.tables.arrow import arrow
from cleanclaim.tables.reading import Rows
from cleanclaim.tables.releases import DISK, PLACE, ROWS, StoreError, by_column

# pyarrow ships no types, so its tables are Any.
Table = Any

GROUP = 8_192
"""Rows that are read at least: small enough that the codes of one claim touch little of a large table."""
_AT_ONCE = 16
"""Groups whose text is in memory at once."""


def write(rows: Rows, also_by: tuple[str, ...], folder: Path) -> None:
    """Writes the rows into a folder, and counts them again. Raises :class:`StoreError`."""
    try:
        _write(rows, rows.table, folder / ROWS)
        for column in also_by:
            _write(rows, _sorted(rows.table, column), folder / by_column(column))
    except OSError as error:
        raise StoreError(f"the table cannot be stored in {folder.parent} ({error.strerror or error})", DISK) from None


def _sorted(table: Table, column: str) -> Table:
    """The rows by another column, each with its place among all, so that both files give the same order."""
    pa, pc = arrow(), arrow("compute")
    placed = table.append_column(PLACE, pa.array(range(len(table)), pa.int32()))
    # Dictionaries are in order, so their indices sort as their values do.
    order = pa.table({"value": table[column].combine_chunks().indices, "place": placed[PLACE]})
    return placed.take(pc.sort_indices(order, sort_keys=[("value", "ascending"), ("place", "ascending")]))


def _write(rows: Rows, table: Table, path: Path) -> None:
    parquet = arrow("parquet")
    schema = _plain(table.slice(0, 0)).schema
    with parquet.ParquetWriter(path, schema, compression="zstd", store_schema=False) as writer:
        for start in range(0, len(table), GROUP * _AT_ONCE):
            writer.write_table(_plain(table.slice(start, GROUP * _AT_ONCE)), row_group_size=GROUP)
    stored = parquet.read_metadata(path).num_rows
    if stored != rows.read:
        raise StoreError(f"{rows.read:,} rows were read, and {stored:,} stored", "import the release again")


def _plain(table: Table) -> Table:
    """A table without dictionaries: written as they are, each group of rows would repeat those of the whole table."""
    pa = arrow()
    for at, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(at, field.name, table.column(at).cast(pa.string()))
    return table
