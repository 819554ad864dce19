"""The reference tables that a policy names: their columns' types, and whether their files have them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.keys import COLUMN_TYPES, NAME, TABLE, TYPE_OF
from cleanclaim.policy.model import TableSpec
from cleanclaim.policy.reading import Reading, suggestion
from cleanclaim.policy.tree import Entry, Node, ScalarNode

Header = tuple[str, ...]
HeaderOf = Callable[[str, str], "Header | FileProblem"]
"""Takes the path of the file that names a table and the table's path as written there."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Why a table's file cannot be used, and what to do."""

    message: str
    help: str


@dataclass
class _Table:
    name: str
    columns: dict[str, ValueType] = field(default_factory=dict)
    file: str | None = None
    imported: str | None = None
    start: str | None = None
    through: str | None = None
    header: Header | None = None
    broken: bool = False


class TableNames:
    """The tables of one policy. Columns that rules use are noted, so that only those are read."""

    def __init__(self, reading: Reading, entries: Sequence[Entry], header_of: HeaderOf | None) -> None:
        self._reading = reading
        self._header_of = header_of
        self._tables = {entry.key.text: self._table(entry) for entry in entries}

    @property
    def specs(self) -> Mapping[str, TableSpec]:
        """The tables, with every column that is declared or used."""
        return {
            table.name: TableSpec(table.name, table.columns, table.file, table.imported, table.start, table.through)
            for table in self._tables.values()
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tables, as written."""
        return tuple(self._tables)

    def table(self, node: Node) -> str | None:
        """A table's name where one is used."""
        found = self._reading.scalar(node, "a table's name")
        if found is None:
            return None
        if found.text not in self._tables:
            self._reading.unknown("table", found, self._tables, once=True)
            return None
        return found.text

    def column(self, name: str, node: ScalarNode) -> ValueType | None:
        """The type of a column where a rule uses it: as declared, else code."""
        table = self._tables[name]
        column = node.text
        if not self._in_header(table, node):
            return None
        if column in (table.start, table.through):
            return ValueType.DATE
        return table.columns.setdefault(column, ValueType.CODE)

    def _table(self, entry: Entry) -> _Table:
        reading, name = self._reading, entry.key.text
        table = _Table(name)
        reading.matching(entry.key, NAME, "a table's name", "name", "write a lower-case name, for example fee_schedule")
        keys = reading.keys(entry.value, TABLE)
        if keys is None:
            table.broken = True
            return table
        if ("file" in keys) == ("import" in keys):
            help = "write `file: tables/….csv` for a file beside the policy, or `import: NAME`, and not both"
            reading.error("table-source", f"the table {quoted(name)} needs either a file or an import", entry.key, help)
            table.broken = True
        table.imported = reading.matching(
            keys.get("import"),
            r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
            "the name of an import",
            "name",
            "write a name such as ncci_ptp",
        )
        self._file(table, keys.get("file"))
        for column in reading.entries(keys.get("columns"), "`columns`"):
            type_ = reading.word(column.value, COLUMN_TYPES, "a column's type")
            if self._in_header(table, column.key):
                table.columns[column.key.text] = TYPE_OF[type_] if type_ is not None else ValueType.CODE
        table.start = self._dates(table, keys.get("from"), "from")
        table.through = self._dates(table, keys.get("through"), "through")
        return table

    def _file(self, table: _Table, node: Node | None) -> None:
        written = self._reading.text(node, "a table's file")
        if written is None or node is None:
            table.broken = table.broken or node is not None
            return
        table.file = (Path(node.source.path).parent / written).as_posix()
        if self._header_of is None:
            return
        header = self._header_of(node.source.path, written)
        if isinstance(header, FileProblem):
            self._reading.error("table-file", header.message, node, header.help)
            table.broken = True
        else:
            table.header = header

    def _dates(self, table: _Table, node: Node | None, key: str) -> str | None:
        column = self._reading.text(node, f"the column with a row's {key} date")
        if column is None or not isinstance(node, ScalarNode) or not self._in_header(table, node):
            return None
        if table.columns.pop(column, ValueType.DATE) is not ValueType.DATE:
            self._reading.error(
                "type", f"the column {quoted(column)} must be a date", node, "declare it as a date, or not at all"
            )
        return column

    def _in_header(self, table: _Table, node: ScalarNode) -> bool:
        if table.header is None or node.text in table.header:
            return True
        help = suggestion(node.text, table.header, f"the table {table.name}", "columns")
        self._reading.error("unknown-column", f"the table {table.name} has no column {quoted(node.text)}", node, help)
        return False


def header_in(roots: Mapping[str, Path]) -> HeaderOf:
    """Reads headers of files that lie in the folder of the policy that names them, or in its root.

    ``roots`` maps the path of each policy file to the folder of its library. Links are followed
    before a place is judged, so that none leads out.
    """

    def header_of(policy: str, written: str) -> Header | FileProblem:
        folder = Path(policy).parent
        if "\0" in written:
            return FileProblem("a table's file has no such name", "write a relative path to a CSV file")
        if not written.lower().endswith(".csv"):
            return FileProblem(
                f"{quoted(written)} is not a CSV file",
                "convert it to CSV; Parquet tables are imported (`import: NAME`)",
            )
        try:
            path = (folder / written).resolve()
            allowed = (folder.resolve(), roots.get(policy, folder).resolve())
            if Path(written).is_absolute() or not any(path.is_relative_to(root) for root in allowed):
                return FileProblem(
                    f"{quoted(written)} lies outside the policy library",
                    "keep tables beside the policy or in the library's folder, and load the whole folder",
                )
            with path.open(encoding="utf-8-sig", newline="") as stream:
                header = next(csv.reader([stream.readline(100_000)], strict=True), [])
        except FileNotFoundError:
            return FileProblem(
                f"there is no file {quoted(written)}", "correct the path; it is relative to this policy's folder"
            )
        except (OSError, UnicodeDecodeError, csv.Error, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            return FileProblem(
                f"{quoted(written)} cannot be read ({reason})", "save it as a CSV file in UTF-8 with a header row"
            )
        if not any(cell.strip() for cell in header):
            return FileProblem(
                f"{quoted(written)} has no header row", "write the names of its columns in its first row"
            )
        return tuple(header)

    return header_of
