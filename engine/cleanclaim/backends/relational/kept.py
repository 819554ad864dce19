"""Statements kept on disk from one run to the next: making those of a library takes seconds, and they seldom change.

What is kept is plain text that the database will run, so it is read only if nobody else can have written it: from a
regular file of this user's own, which no other may write, in such a folder. A file that is damaged, or of another
program, is as good as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pyarrow as pa

import cleanclaim
from cleanclaim.backends.relational.rows import sql_type, type_of
from cleanclaim.backends.relational.statements import Finding, Fixpoint, Gone, Named, Statement, Statements
from cleanclaim.policy.digest import digest_of
from cleanclaim.policy.versions import Edition

MOST = 64
"""Programs that are kept; those written first make room."""
_SUFFIX = ".statements"
_MAKERS = ("ibis-framework", "sqlglot", "duckdb")
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True)
class Kept:
    """Statements by the key of their program, in files of a folder that only this user may write."""

    folder: Path

    def read(self, key: str) -> Statements | None:
        """The statements of a program, if they are kept and can be trusted."""
        try:
            if not _is_ours(os.lstat(self.folder)):
                return None
            descriptor = os.open(self._path(key), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            with os.fdopen(descriptor, "rb") as file:
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode) or not _is_ours(found):
                    return None
                digest, _, body = file.read().partition(b"\n")
        except OSError:
            return None
        if hashlib.sha256(key.encode() + body).hexdigest().encode() != digest:
            return None
        try:
            return _from_json(json.loads(body))
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
            return None

    def write(self, key: str, statements: Statements) -> None:
        """Keeps the statements of a program, whole or not at all; where that cannot be done they are made again."""
        body = json.dumps(_to_json(statements), separators=(",", ":")).encode()
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_ours(os.lstat(self.folder)):
                return
            # Made for this user alone, and put in its place when it is whole.
            descriptor, name = tempfile.mkstemp(dir=self.folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(hashlib.sha256(key.encode() + body).hexdigest().encode() + b"\n" + body)
                Path(name).replace(self._path(key))
            except BaseException:
                Path(name).unlink()
                raise
            self._make_room()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _make_room(self) -> None:
        files = sorted(self.folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in files[MOST:]:
            path.unlink(missing_ok=True)


def _is_ours(found: os.stat_result) -> bool:
    # Windows has no owners of this kind, and a user's folders are the user's.
    return not hasattr(os, "geteuid") or (found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_MAY_WRITE)


def key_of(edition: Edition, schema: Mapping[str, object], *more: object) -> str:
    """What statements are made of: rules and the dates of their tables, columns of lines, and what makes them.

    Not the rows of tables, which statements read and do not hold.
    """
    same: dict[int, int] = {}
    tables = [
        (policy.id, policy.version, name, same.setdefault(id(table.rows), len(same)), table.start, table.through)
        + (table.coverage,)
        for known in edition.policies
        for policy in known.versions
        for name, table in sorted(edition.tables_of(policy).items())
    ]
    columns = [(name, str(type_)) for name, type_ in schema.items()]
    bare = [(known.id, known.versions) for known in edition.policies]
    return digest_of((bare, tables, columns, more, _makers(), _ours()))


@cache
def _makers() -> tuple[str, ...]:
    found = []
    for name in _MAKERS:
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return tuple(found)


@cache
def _ours() -> str:
    """The digest of our own code, which between two releases is all that tells one from another."""
    root = Path(cleanclaim.__file__).parent
    digest = hashlib.sha256()
    for folder in ("backends", "claims", "findings", "policy"):
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _to_json(made: Statements) -> dict[str, Any]:
    return {
        "statements": list(map(_words, made.statements)),
        "parameters": {
            name: [[column, sql_type(type_), list(map(_cell, values))] for column, (type_, values) in rows.items()]
            for name, rows in made.parameters.items()
        },
        "tables": made.tables,
        "left": made.left,
        "each": made.each,
        "joined": made.joined,
    }


def _cell(value: object) -> object:
    match value:
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case list() | tuple():
            return list(map(_cell, value))
        case _:
            return value


def _from_json(body: Any) -> Statements:
    return Statements(
        tuple(map(_statement, body["statements"])),
        {name: dict(map(_column, columns)) for name, columns in body["parameters"].items()},
        {name: _place(place) for name, place in body["tables"].items()},
        tuple(int(each) for each in body["left"]),
        str(body["each"]),
        str(body["joined"]),
    )


def _words(statement: Statement) -> list[object]:
    match statement:
        case Named(name, query, by, once):
            return ["named", name, query, by, once]
        case Finding(query, of):
            return ["finding", query, of]
        case Fixpoint(inner, made):
            return ["fixpoint", *([[each.name, each.query] for each in some] for some in (inner, made))]
        case Gone(names):
            return ["gone", *names]


def _statement(words: Any) -> Statement:
    match words:
        case ["named", str() as name, str() as query, str() | None as by, bool() as once]:
            return Named(name, query, by, once)
        case ["finding", str() as query, str() as of]:
            return Finding(query, of)
        case ["fixpoint", list() as inner, list() as made]:
            kept, facts = (tuple(Named(str(name), str(query)) for name, query in some) for some in (inner, made))
            return Fixpoint(kept, facts)
        case ["gone", *names]:
            return Gone(tuple(map(str, names)))
        case _:
            raise ValueError("no statement of ours")


def _column(column: Any) -> tuple[str, tuple[pa.DataType, Sequence[object]]]:
    name, type_, values = column
    held = type_of(type_)
    return str(name), (held, [_value(held, each) for each in values])


def _value(type_: pa.DataType, cell: Any) -> object:
    if cell is None:
        return None
    if pa.types.is_list(type_):
        return [_value(type_.value_type, each) for each in cell]
    if pa.types.is_date(type_):
        return date.fromisoformat(cell)
    return Decimal(cell) if pa.types.is_decimal(type_) else cell


def _place(place: Any) -> tuple[str, str, str]:
    policy, version_, name = map(str, place)
    return policy, version_, name
