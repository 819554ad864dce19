"""What several commands read: the policy library, claims, a roster, a column mapping."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Reading
from cleanclaim.claims.sources import read
from cleanclaim.claims.tables.mapping import NO_MAP, InvalidMap, TableMap, read_map
from cleanclaim.lint import edition_of
from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import Library, load_library
from cleanclaim.policy.versions import Edition
from cleanclaim.reports.words import count
from cleanclaim.shipped import shipped
from cleanclaim.tables.store import TableStore
from cleanclaim_cli.exits import stop
from cleanclaim_cli.tables_dir import tables_dir

SHIPPED = Path("shipped")
"""What stands for the shipped policies where a folder is asked for."""


def library(folders: Sequence[Path]) -> Library:
    """The policies under the folders, else the shipped ones; stops with every error in them."""
    try:
        return load_library([_folder(path) for path in folders] or [shipped("policies")], lean=True)
    except PolicyError as error:
        stop_with(error)


def _folder(path: Path) -> Path:
    return shipped("policies") if path == SHIPPED and not path.exists() else path


def edition(policies: Library, as_of: datetime | None) -> Edition:
    """What was known by a date (today unless given), with its tables; stops if one is unreadable."""
    try:
        return edition_of(policies.policies, as_of.date() if as_of is not None else today())
    except PolicyError as error:
        stop_with(error)


def stop_with(error: PolicyError) -> NoReturn:
    """Stops with every problem of policies or of their tables."""
    found = "\n\n".join(diagnostic.render(color=sys.stderr.isatty()) for diagnostic in error.diagnostics)
    stop(f"{found}\n\n{count(len(error.diagnostics), 'error')}; no claim was judged.")


def store(folder: Path | None) -> TableStore:
    """The imported tables."""
    return TableStore(tables_dir(folder))


def today() -> date:
    """The one place that reads the clock."""
    return date.today()


def declared(policies: Library) -> dict[str, ValueType]:
    """The facts that the policies declare, which tables and JSON may carry."""
    return {name: fact.type for policy in policies.policies for name, fact in policy.facts.items()}


def claims(
    paths: Sequence[str],
    mapping: Path | None,
    facts: dict[str, ValueType],
    progress: Callable[[int], None] | None = None,
) -> Iterator[Reading]:
    """Readings of the paths (``-`` is standard input); stops if the column mapping is unusable."""
    return read(
        list(paths), mapping=column_map(mapping, facts), declared=facts, stdin=sys.stdin.buffer, progress=progress
    )


def column_map(path: Path | None, facts: dict[str, ValueType]) -> TableMap:
    """The mapping of a file, or none; stops if it is unusable."""
    if path is None:
        return NO_MAP
    try:
        return read_map(path.read_text(encoding="utf-8-sig"), str(path), facts)
    except InvalidMap as error:
        stop(str(error))
    except (OSError, UnicodeDecodeError) as error:
        stop(f"{path}: cannot be read: {error}")
