"""Opens files: Parquet where it lies, CSV once into a temporary table, everything else converted first."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from cleanclaim.audit.odd import Connection
from cleanclaim.audit.opened import NUMBERED, Opened, Told
from cleanclaim.audit.sql import text
from cleanclaim.claims.delimited import read_delimited, sniff
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.inputs import InputFile
from cleanclaim.claims.kinds import PEEK, Kind, kind_of
from cleanclaim.claims.model import Reject, Warning
from cleanclaim.claims.roster_columns import is_roster
from cleanclaim.claims.tables.binding import Bound, bind
from cleanclaim.claims.tables.facts_columns import is_facts
from cleanclaim.claims.tables.mapping import NO_MAP, TableMap
from cleanclaim.claims.tables.parquet_tables import DAMAGE
from cleanclaim.claims.tables.settled import SETTLED
from cleanclaim.convert import Part, convert_one, part_of, read_sidecar

_BLOCK = 1 << 22


@dataclass(slots=True)
class FileOpener:
    """Opens input files, those of one layout together; ``work`` is a folder for what has to be converted."""

    connection: Connection
    mapping: TableMap
    facts: Mapping[str, ValueType]
    work: Path
    history: bool
    told: Told
    stdin: BinaryIO | None = None
    _alike: dict[tuple[object, ...], list[tuple[int, str, Path, Part | None]]] = field(default_factory=dict)
    _opened: list[Opened] = field(default_factory=list)

    def add(self, number: int, file: InputFile) -> None:
        """Takes in one file; ``number`` is its place among all inputs."""
        if file.path is None:
            if self.stdin is None:
                self._refuse(number, file.name, "standard input cannot be audited, for it is read once; give a file")
                return
            file = InputFile(file.name, self._held(self.stdin, number))
        assert file.path is not None
        try:
            with file.path.open("rb") as stream:
                kind = kind_of(stream.read(PEEK))
        except OSError as error:
            self._refuse(number, file.name, f"cannot be opened: {error.strerror or 'the system refused'}")
            return
        if isinstance(kind, str):
            self._refuse(number, file.name, kind)
        elif kind is Kind.PARQUET:
            self._parquet(number, file.name, file.path, None)
        elif kind is not Kind.CSV or not self._csv(number, file.name, file.path):
            self._converted(number, file)

    def _held(self, stream: BinaryIO, number: int) -> Path:
        """What is read once and will be read again, as a file."""
        path = self.work / f"standard-input-{number}"
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file, _BLOCK)
        return path

    def opened(self) -> Iterator[Opened]:
        """All tables that were taken in."""
        yield from self._opened
        for files in self._alike.values():
            found = self._together(files)
            if found is not None:
                yield found

    def _refuse(self, number: int, name: str, reason: str) -> None:
        self.told.rejects.append((number, Reject(name, "file", reason)))

    def _converted(self, number: int, file: InputFile) -> None:
        path = part_of(file, self.work)
        part = convert_one(file, path, mapping=self.mapping, declared=self.facts)
        self.told.warnings.extend(part.warnings)
        if part.lines:
            self._parquet(number, file.name, path, part)
        else:
            self.told.rejects.extend((number, reject) for reject in part.rejected)

    def _parquet(self, number: int, name: str, path: Path, part: Part | None) -> None:
        parquet, arrow = (importlib.import_module(module) for module in ("pyarrow.parquet", "pyarrow"))
        try:
            schema: Any = parquet.read_schema(path)
        except (arrow.ArrowException, *DAMAGE):
            self._refuse(number, name, "is not a whole Parquet file; was it cut short? write or copy it again")
            return
        settled = SETTLED in (schema.metadata or {})
        if settled and part is None:
            part = read_sidecar(path)
            if part is None:
                reason = "what could not be converted is not beside it; convert the claims again"
                self.told.warnings.append(Warning(name, "file", reason))
            else:
                self.told.warnings.extend(part.warnings)
        key = (settled, *zip(schema.names, map(str, schema.types), strict=True))
        self._alike.setdefault(key, []).append((number, name, path, part))

    def _together(self, files: list[tuple[int, str, Path, Part | None]]) -> Opened | None:
        paths = [str(path) for _, _, path, _ in files]
        relation = f"read_parquet([{', '.join(map(text, paths))}])"
        names = tuple(name for _, name, _, _ in files)
        numbers = tuple(number for number, _, _, _ in files)
        schema: Any = importlib.import_module("pyarrow.parquet").read_schema(files[0][2])
        settled = SETTLED in (schema.metadata or {})
        header = tuple(schema.names)
        binding = bind(header, names[0], NO_MAP if settled else self.mapping, self.facts)
        types = _types(self.connection, relation)
        rejects = binding.rejects or tuple(_unfit(binding.bound, types, header, names[0]))
        if rejects:
            for number, name in zip(numbers, names, strict=True):
                self.told.rejects.extend((number, Reject(name, each.where, each.reason)) for each in rejects)
            return None
        self._warn(binding.warnings, names)
        self._warn(() if settled else tuple(_numeric_codes(binding.bound, types, header, names[0])), names)
        told = tuple((number, each) for number, _, _, part in files if part is not None for each in part.rejected)
        return Opened(
            names,
            numbers,
            relation,
            types,
            header,
            binding,
            at="file_index" if len(paths) > 1 else "0",
            row="(file_row_number + 1)",
            history=self.history,
            settled=settled,
            rejects=told,
        )

    def _warn(self, warnings: tuple[Warning, ...], names: tuple[str, ...]) -> None:
        others = f" (and {len(names) - 1} more files of this layout)" if len(names) > 1 else ""
        self.told.warnings.extend(Warning(each.source, each.where, each.reason + others) for each in warnings)

    def _csv(self, number: int, name: str, path: Path) -> bool:
        """Opens delimited text that DuckDB reads as our reader does; anything unusual is left to our reader."""
        if not _usual(path):
            return False
        with path.open("rb") as stream:
            header = read_delimited(stream).header
        with path.open("rb") as stream:
            delimiter = sniff(stream.readline().decode("utf-8", "replace"))
        binding = bind(header, name, self.mapping, self.facts)
        if binding.rejects and (is_roster(header) or is_facts(header, self.facts)):
            what = "performer roster" if is_roster(header) else "table of facts"
            option = "--roster" if is_roster(header) else "--facts"
            self.told.warnings.append(
                Warning(name, "header", f"is a {what} and holds no claims; give it with {option}")
            )
            return True
        if binding.rejects:
            self.told.rejects.extend((number, each) for each in binding.rejects)
            return True
        table = f"audit_csv_{'past' if self.history else 'judged'}_{number}"
        columns = ", ".join(f"{text(f'c{n}')}: 'VARCHAR'" for n in range(len(header)))
        read = (
            f"read_csv({text(str(path))}, delim={text(delimiter)}, quote='\"', escape='\"', header=true, "
            f"auto_detect=false, columns={{{columns}}}, strict_mode=true, null_padding=false)"
        )
        try:
            self.connection.execute(
                f"CREATE OR REPLACE TABLE {table} AS SELECT row_number() OVER () + 1 AS {NUMBERED}, * FROM {read}"
            )
        except duckdb.Error:
            return False
        if not self.connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]:
            self._refuse(number, name, "no claims in it: it has a header and no rows; export the claims again")
            return True
        self.told.warnings.extend(binding.warnings)
        places = tuple(f"c{n}" for n in range(len(header)))
        self._opened.append(
            Opened(
                (name,),
                (number,),
                table,
                dict.fromkeys(places, "VARCHAR"),
                places,
                binding,
                at="0",
                row=NUMBERED,
                history=self.history,
                blank_rows=True,
            )
        )
        return True


def _usual(path: Path) -> bool:
    """Whether lines end in one way, none is blank, and no byte is zero: then rows are counted alike by all."""
    last = b"\n"
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            whole = last + block
            if b"\0" in whole or b"\n\n" in whole or b"\n\r" in whole:
                return False
            # A carriage return at the end of a block is looked at with the next one.
            if whole.count(b"\r") - whole.endswith(b"\r") != whole.count(b"\r\n"):
                return False
            last = whole[-2:] if whole.endswith(b"\r") else whole[-1:]
    return not last.endswith(b"\r")


def _types(connection: Connection, relation: str) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}


def _unfit(
    bound: tuple[Bound, ...], types: Mapping[str, str], header: tuple[str, ...], source: str
) -> Iterator[Reject]:
    for each in bound:
        for place in each.places:
            type_ = types[header[place]]
            plain_list = type_.endswith("[]") and type_.count("[") == 1 and "(" not in type_.split("DECIMAL")[0]
            nested = type_.endswith("]") or type_.startswith(("STRUCT", "MAP", "UNION"))
            if nested and not (each.target.listed and plain_list):
                reason = f"holds {type_} values, from which {each.target.column} cannot be read; give it a plain column"
                yield Reject(source, f"column {header[place]}", reason)


def _numeric_codes(
    bound: tuple[Bound, ...], types: Mapping[str, str], header: tuple[str, ...], source: str
) -> Iterator[Warning]:
    for each in bound:
        if each.target.width or each.target.type not in (ValueType.CODE, ValueType.CODES):
            continue
        for place in each.places:
            if (
                types[header[place]].removesuffix("[]").startswith(("DECIMAL", "DOUBLE", "FLOAT"))
                or "INT" in (types[header[place]])
            ):
                yield Warning(
                    source,
                    f"column {header[place]}",
                    f"holds numbers where {each.target.column} is a code: leading zeros and codes such as 12E45 may "
                    "already be lost; write the column as text",
                )


def described(connection: Connection, relation: str) -> dict[str, str]:
    """The columns of a relation with their types."""
    return _types(connection, relation)
