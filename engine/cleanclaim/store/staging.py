"""Work of a run that is not committed yet: a pair of Parquet files for each part of the input, in a folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from cleanclaim.claims.model import Reject
from cleanclaim.store.errors import StoreError
from cleanclaim.store.runs import PartCounts, RunInfo
from cleanclaim.store.schema import FINDING

_MANIFEST = "run.json"
_OPTIONAL = {"charges": "list_transform(lines, lambda line: NULL::NUMERIC(18,2))", "payer": "NULL"}
_AS_JSON = ("related", "because")
_CLAIMS, _SCOPES = "staged_claims", "staged_scopes"


class Arrow(Protocol):
    """A ``pyarrow`` table, batch, or reader of batches (read once)."""

    @property
    def schema(self) -> pa.Schema:
        """Its columns."""


@dataclass(frozen=True, slots=True)
class Query:
    """Rows that are in a DuckDB database already."""

    connection: duckdb.DuckDBPyConnection
    sql: str


Rows = Arrow | Query


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the input that was judged: its files, and how many claims the sets have that were judged, by digest."""

    findings: Path
    claims: Path
    scopes: Mapping[str, int]
    counts: PartCounts


@dataclass(frozen=True)
class Staging:
    """The folder of one run's parts."""

    folder: Path

    def begin(self, info: RunInfo, *, resume: bool) -> tuple[str, ...]:
        """Makes the folder ready, and says what became of work that an interrupted run left there."""
        wanted: dict[str, object] = {
            "library": info.library_digest,
            "as_of": info.as_of.isoformat(),
            "engine": info.engine,
            "tool": info.tool_version,
            "tables": dict(sorted(info.tables.items())),
            "inputs": dict(sorted(info.inputs.items())),
        }
        told = self._take_up(wanted, resume)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # The files name claims.
            self.folder.chmod(0o700)
            _write(self.folder / _MANIFEST, json.dumps(wanted))
        except OSError as error:
            raise StoreError(f"work cannot be kept in {self.folder}: {error.strerror}") from None
        return told

    def part(self, digest: str) -> Part | None:
        """The part with a digest, if all of it is here."""
        path = self._path(digest, "json")
        if not path.exists():
            return None
        said = json.loads(path.read_text(encoding="utf-8"))
        counts = PartCounts(
            said["lines"],
            said["history"],
            tuple(Reject(**each) for each in said["rejected"]),
            tuple((policy, rule) for policy, rule in said["not_evaluated"]),
        )
        return Part(self._path(digest, "findings"), self._path(digest, "claims"), said["scopes"], counts)

    def write(self, digest: str, findings: Rows, claims: Rows, counts: PartCounts) -> Part:
        """Keeps a part. Its description comes last: without it the files count for nothing."""
        for_findings, for_claims = self._path(digest, "findings"), self._path(digest, "claims")
        try:
            _write_findings(findings, for_findings)
            scopes = _write_claims(claims, for_claims)
            for path in (for_findings, for_claims):
                _sync(path)
            said = {
                "scopes": scopes,
                "lines": counts.lines,
                "history": counts.history,
                "rejected": [asdict(each) for each in counts.rejected],
                "not_evaluated": counts.not_evaluated,
            }
            _write(self._path(digest, "json"), json.dumps(said))
        except OSError as error:
            raise StoreError(f"work cannot be kept in {self.folder}: {error.strerror}") from None
        except duckdb.Error as error:
            reason = str(error).strip().splitlines()[0]
            raise StoreError(f"findings cannot be kept in {self.folder}: {reason}") from error
        return Part(for_findings, for_claims, scopes, counts)

    def clear(self) -> None:
        """Removes the folder: its work is in the store."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _take_up(self, wanted: dict[str, object], resume: bool) -> tuple[str, ...]:
        if not self.folder.is_dir():
            return ("there is no work of an interrupted audit to resume; starting anew",) if resume else ()
        parts = len([path for path in self.folder.glob("*.json") if path.name != _MANIFEST])
        left = f"{parts:,} {'part' if parts == 1 else 'parts'} of an interrupted audit"
        try:
            found = json.loads((self.folder / _MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = {}
        differs = [_WORDS[key] for key in wanted if found.get(key) != wanted[key]]
        if resume and not differs:
            return (f"{left} can be taken up",)
        self.clear()
        if not parts:
            return ()
        if differs:
            return (f"{left} dropped: judged with another {' and another '.join(differs)}",)
        return (f"{left} dropped; --resume takes them up",)

    def _path(self, digest: str, kind: str) -> Path:
        name = hashlib.sha256(digest.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self.folder / (f"{name}.json" if kind == "json" else f"{name}.{kind}.parquet")


_WORDS = {
    "library": "policy library",
    "as_of": "as-of date",
    "engine": "engine",
    "tool": "version of cleanclaim",
    "tables": "set of tables",
    "inputs": "set of inputs",
}


@contextmanager
def _relation(rows: Rows) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """A connection, and what SQL calls the rows there."""
    if isinstance(rows, Query):
        yield rows.connection, f"({rows.sql})"
        return
    with duckdb.connect() as connection:
        connection.register("given", rows)
        yield connection, "given"


def _write_findings(findings: Rows, path: Path) -> None:
    with _relation(findings) as (connection, given):
        described = connection.execute(f"DESCRIBE SELECT * FROM {given}").fetchall()
        types: dict[str, str] = {name: type_ for name, type_, *_ in described}
        absent = [name for name, _ in FINDING if name not in types and name not in _OPTIONAL]
        if absent:
            raise StoreError(f"findings lack the columns {', '.join(absent)}; every engine gives them")
        cells = ", ".join(_cell(name, type_, types.get(name)) for name, type_ in FINDING)
        connection.execute(f"COPY (SELECT {cells} FROM {given}) TO '{_quoted(path)}' (FORMAT parquet)")


def _cell(name: str, type_: str, given: str | None) -> str:
    if given is None:
        return f"CAST({_OPTIONAL[name]} AS {type_}) AS {name}"
    if name in _AS_JSON and given != "VARCHAR":
        return f"CAST(to_json({name}) AS TEXT) AS {name}"
    return f"CAST({name} AS {type_}) AS {name}"


def _write_claims(claims: Rows, path: Path) -> dict[str, int]:
    """Writes claims, each once, with the digest of its set; the size of each set by its digest."""
    with _relation(claims) as (connection, given):
        names = [name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {given}").fetchall()]
        if len(names) not in (1, 2):
            raise StoreError("the claims judged are to be a column of claim numbers, and at most one that names sets")
        claim, part = f'"{names[0]}"', f'min("{names[1]}")' if len(names) > 1 else "0"
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_CLAIMS} AS "
            f"SELECT CAST({claim} AS TEXT) AS claim, {part} AS part FROM {given} GROUP BY {claim}"
        )
        # Of the set, whatever its order. DuckDB may hash otherwise in a later version: then a set is kept once more.
        told = "count(*), bit_xor(hash(claim)), sum(hash(claim)::HUGEINT)"
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_SCOPES} AS SELECT part, count(*) AS claims, "
            f"left(sha256(concat_ws(' ', {told})), 32) AS scope FROM {_CLAIMS} GROUP BY part"
        )
        connection.execute(
            f"COPY (SELECT claim, scope FROM {_CLAIMS} JOIN {_SCOPES} USING (part)) "
            f"TO '{_quoted(path)}' (FORMAT parquet)"
        )
        found = connection.execute(f"SELECT scope, claims FROM {_SCOPES} ORDER BY scope").fetchall()
        for table in (_CLAIMS, _SCOPES):
            connection.execute(f"DROP TABLE {table}")
    return {str(scope): int(count) for scope, count in found}


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _write(path: Path, text: str) -> None:
    aside = path.with_suffix(".part")
    aside.write_text(text, encoding="utf-8")
    _sync(aside)
    aside.replace(path)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
