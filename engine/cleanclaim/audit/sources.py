"""Opens everything that an audit reads as relations of one DuckDB connection: what is judged, and its history."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cleanclaim.audit.databases import is_database, open_database
from cleanclaim.audit.files import FileOpener
from cleanclaim.audit.odd import Connection
from cleanclaim.audit.opened import NUMBERED, Opened, Told
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.inputs import InputFile, find_inputs
from cleanclaim.claims.model import Reject
from cleanclaim.claims.tables.mapping import NO_MAP, TableMap


@dataclass(frozen=True)
class Sources:
    """Opened inputs, the judged ones before the history."""

    opened: tuple[Opened, ...]
    told: Told
    inputs: int = 0
    """How many inputs are judged; the history's numbers come after theirs."""
    files: Mapping[str, Path] = field(default_factory=dict)
    tables: Mapping[str, Opened] = field(default_factory=dict)
    """Files and tables of databases by the names that messages call them."""

    @classmethod
    def open(
        cls,
        paths: Sequence[str],
        connection: Connection,
        work: Path,
        *,
        mapping: TableMap = NO_MAP,
        facts: Mapping[str, ValueType] | None = None,
        history: Sequence[str] = (),
        stdin: BinaryIO | None = None,
    ) -> Sources:
        """Opens files, folders, patterns and tables of databases; ``work`` is a folder for what must be converted.

        ``stdin`` is what ``-`` stands for. Nothing is raised for what cannot be read: it is among :attr:`told`.
        """
        told = Told()
        opened: list[Opened] = []
        named: dict[str, Path] = {}
        tables: dict[str, Opened] = {}
        numbers = 0
        inputs = 0
        for given, past in ((paths, False), (history, True)):
            files = FileOpener(connection, mapping, facts or {}, work, past, told, stdin)
            for each in given:
                if is_database(each):
                    found = open_database(connection, each, numbers, mapping, facts or {}, past, told)
                    if found is not None:
                        opened.append(found)
                        tables[found.names[0]] = found
                    numbers += 1
            for each_found in find_inputs([each for each in given if not is_database(each)]):
                if isinstance(each_found, InputFile):
                    files.add(numbers, each_found)
                    if each_found.path is not None and each_found.path.is_file():
                        named[each_found.name] = each_found.path
                    numbers += 1
                elif isinstance(each_found, Reject):
                    told.rejects.append((None, each_found))
                else:
                    told.warnings.append(each_found)
            opened.extend(sorted(files.opened(), key=lambda found: found.numbers))
            inputs = inputs if past else numbers
        return cls(tuple(opened), told, inputs, named, tables)

    def digests(self, connection: Connection) -> dict[str, str]:
        """Digests of what is read, by its name."""
        found = {name: _digest(path) for name, path in self.files.items()}
        return found | {name: _table_digest(connection, table) for name, table in self.tables.items()}


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _table_digest(connection: Connection, opened: Opened) -> str:
    """Of a table's rows, whatever their order."""
    rows = f"SELECT * EXCLUDE ({NUMBERED}) FROM {opened.relation}"
    found = connection.execute(f"SELECT count(*), bit_xor(hash(t)), sum(hash(t)) FROM ({rows}) AS t").fetchall()[0]
    return hashlib.sha256(repr((found, opened.header)).encode()).hexdigest()
