"""The reference tables that a policy names: their columns' types, and whether their files have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cleanclaim.claims.fields import ValueType
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.keys import COLUMN_TYPES, NAME, TABLE, TYPE_OF
from cleanclaim.policy.model import TableSpec
from cleanclaim.policy.reading import Reading, suggestion
from cleanclaim.policy.table_files import FileProblem, Header, TableFiles
from cleanclaim.policy.tree import Entry, Node, ScalarNode


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
    absent: set[str] = field(default_factory=set)
    """Columns that the header lacks, and that were told of."""


class TableNames:
    """The tables of one policy. Columns that rules use are noted, so that only those are read."""

    def __init__(self, reading: Reading, entries: Sequence[Entry], files: TableFiles | None) -> None:
        self._reading = reading
        self._files = files
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

    def check(self) -> None:
        """Reports what is wrong with the rows of the files, as far as the columns are known by now."""
        for table in self._tables.values():
            if self._files is not None and table.header is not None:
                self._reading.problems += self._files.problems(self.specs[table.name])

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
        if table.broken and column not in (*table.columns, table.start, table.through):
            # Its type would be a guess, and an error that follows from it a false one.
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
        if self._files is None:
            return
        header = self._files.header(node.source.path, written)
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
        if node.text in table.absent:
            return False
        table.absent.add(node.text)
        help = suggestion(node.text, table.header, f"the table {table.name}", "columns")
        self._reading.error("unknown-column", f"the table {table.name} has no column {quoted(node.text)}", node, help)
        return False
