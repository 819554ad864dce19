"""How ``lint`` judges what it is given: line by line, or in a database that reads tables itself."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from cleanclaim.audit.watcher import Found, Watcher
from cleanclaim.backends.errors import EngineMissing
from cleanclaim.claims.facts import Facts
from cleanclaim.claims.facts_file import read_facts
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.roster import Roster
from cleanclaim.findings.finding import Verdict
from cleanclaim.lint import Input, Report, Summary
from cleanclaim.lint import lint as judge
from cleanclaim.policy.versions import Edition
from cleanclaim.tables.store import TableStore
from cleanclaim_cli import inputs
from cleanclaim_cli.cache_dir import cache_dir
from cleanclaim_cli.progress import Watch


@dataclass(frozen=True)
class Limits:
    """What a database may use; ``None`` where it chooses."""

    memory: str | None
    threads: int | None
    temporary: Path | None

    @property
    def given(self) -> bool:
        """Whether any was asked for."""
        return (self.memory, self.threads, self.temporary) != (None, None, None)


@dataclass(frozen=True)
class Asked:
    """What is to be judged, and by what: the options of the command, as they were given."""

    paths: Sequence[str]
    history: Sequence[str]
    mapping: Path | None
    roster_file: Path | None
    facts_file: Path | None
    payer: str | None
    edition: Edition
    declared: dict[str, ValueType]
    tables: TableStore

    @property
    def roster(self) -> Roster | None:
        """The performers."""
        return Roster.read(self.roster_file) if self.roster_file is not None else None

    @property
    def facts(self) -> Facts | None:
        """What else is known."""
        return read_facts(self.facts_file, self.declared) if self.facts_file is not None else None


def line_by_line(asked: Asked, engine: str, watch: Watch | None) -> Report:
    """Judged by an engine that takes lines as objects."""
    what = Input(
        readings=inputs.claims(asked.paths, asked.mapping, asked.declared, watch.read if watch else None),
        history=inputs.claims(asked.history, asked.mapping, asked.declared) if asked.history else (),
        roster=asked.roster,
        facts=asked.facts,
        payer=asked.payer,
    )
    return judge(what, asked.edition, asked.tables, engine=engine, progress=watch.judged if watch else None)


def in_database(
    asked: Asked, engine: str, limits: Limits, watch: Watch | None, into: Path | None, shown: Collection[Verdict]
) -> Summary:
    """Judged by a database: a report, unless the ``shown`` findings go ``into`` a Parquet file."""
    # Ibis is imported only where statements have to be made.
    if find_spec("duckdb") is None or find_spec("ibis") is None:
        raise EngineMissing(f"the {engine} engine needs duckdb and ibis: pip install 'cleanclaim[audit]'")
    from cleanclaim.audit.beside import Beside
    from cleanclaim.audit.linting import lint, lint_to_file
    from cleanclaim.audit.request import Request

    request = Request(
        asked.paths,
        asked.history,
        inputs.column_map(asked.mapping, asked.declared),
        asked.declared,
        Beside(asked.roster, asked.facts, asked.payer),
        stdin=sys.stdin.buffer,
        engine=engine,
        memory=limits.memory,
        threads=limits.threads,
        temporary=limits.temporary,
        cache=cache_dir(),
    )
    watcher = _Shown(watch) if watch is not None else Watcher()
    if into is None:
        return lint(request, asked.edition, asked.tables, watcher)
    return lint_to_file(request, asked.edition, asked.tables, into, shown=shown, watcher=watcher)


class _Shown(Watcher):
    """A bar for each stage."""

    def __init__(self, watch: Watch) -> None:
        self._watch, self._stage = watch, ""

    def stage(self, name: str, found: Found | None = None) -> None:
        self._stage = name

    def step(self, done: int, steps: int) -> None:
        self._watch.show(self._stage, done, steps)
