"""``cleanclaim audit``: judges a warehouse by the whole library, and keeps what became of every finding."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cleanclaim.backends.errors import EngineError
from cleanclaim.claims.facts_file import read_facts
from cleanclaim.claims.roster import Roster
from cleanclaim.reports.style import printable
from cleanclaim.store.errors import Recorded, StoreError
from cleanclaim.store.report import Standing
from cleanclaim.store.report import report as read_report
from cleanclaim.store.store import WAIT, open_store
from cleanclaim.tables.store import StoreError as TablesError
from cleanclaim_cli import inputs, options
from cleanclaim_cli.audit_report import StoreOption, Wait, report, waive
from cleanclaim_cli.cache_dir import cache_dir
from cleanclaim_cli.exits import Exit, stop
from cleanclaim_cli.fail_on import FailOn

_RUN = "run"
_MOST_REJECTS = 20
_INTERRUPTED = 130


class EngineName(Enum):
    """Which database judges."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class _Default(TyperGroup):
    """A group in which ``audit PATH…`` means ``audit run PATH…``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "--install-completion"):
            args = [_RUN, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Default,
    help="Audit a warehouse: `audit PATH… --store FILE` judges it by the whole library and keeps what became of every "
    "finding (options: audit run --help). A path that is called like a command is written ./report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command(_RUN)
def run(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Claim tables (Parquet, CSV), 837 files, folders, globs; FILE.duckdb::TABLE, postgresql://…::TABLE.",
            metavar="PATH…",
        ),
    ],
    store: StoreOption,
    policies: options.Policies = None,
    payer: options.Payer = None,
    as_of: options.AsOf = None,
    history: options.History = None,
    roster: options.RosterFile = None,
    facts: options.FactsFile = None,
    map_: options.Map = None,
    tables: options.Tables = None,
    engine: Annotated[EngineName, typer.Option("--engine", help="Which database judges.")] = EngineName.DUCKDB,
    spark_master: Annotated[
        str | None,
        typer.Option(
            "--spark-master", help="A Spark master, as local[2]. Default: as Spark's own files and variables say."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what an interrupted audit judged.")] = False,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="The least severity of an open finding that makes the exit code 1.")
    ] = FailOn.ERROR,
    new_only: Annotated[
        bool, typer.Option("--new-only", help="For --fail-on, count only findings that are new or reopened.")
    ] = False,
    memory: options.Memory = None,
    threads: options.Threads = None,
    temporary: options.Temporary = None,
    wait: Wait = WAIT,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Judge a warehouse and record the run: all of it, or nothing.

    Exit codes: 0 no open finding at or above --fail-on; 1 some; 2 wrong usage, a policy that does not load,
    or a store that cannot be had; 3 some input could not be read (the rest was judged and recorded).
    """
    try:
        from cleanclaim.audit.beside import Beside
        from cleanclaim.audit.request import Request
        from cleanclaim.audit.run import NothingToJudge, audit
    except ImportError as error:
        stop(f"audits need duckdb and ibis: pip install 'cleanclaim[audit]' ({error.name} is missing)")
    from cleanclaim_cli.audit_progress import watching

    library = inputs.library(policies or [])
    edition = inputs.edition(library, as_of)
    declared = inputs.declared(library)
    beside = Beside(
        Roster.read(roster) if roster is not None else None,
        read_facts(facts, declared) if facts is not None else None,
        payer,
    )
    request = Request(
        paths,
        history or (),
        inputs.column_map(map_, declared),
        declared,
        beside,
        engine=engine.value,
        spark_master=spark_master,
        memory=memory,
        threads=threads,
        temporary=temporary,
        cache=cache_dir(),
    )
    try:
        kept = open_store(store, wait=wait, memory=memory)
        with watching(quiet=quiet) as watcher:
            done = audit(request, edition, inputs.store(tables), kept, _now, resume=resume, watcher=watcher)
    except NothingToJudge as nothing:
        for reject in nothing.rejected[:_MOST_REJECTS]:
            typer.echo(f"rejected: {printable(reject.source)}, {printable(reject.where)}: {reject.reason}", err=True)
        more = len(nothing.rejected) - _MOST_REJECTS
        rest = f", and {more:,} rejects more" if more > 0 else ""
        stop(f"no claim could be read{rest}; no run was recorded", Exit.REJECTED)
    except (EngineError, StoreError, TablesError) as error:
        stop(f"{error}; the store is as it was")
    except Recorded as stopped:
        typer.echo(f"stopped, but {stopped}; see `cleanclaim audit report`", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    except KeyboardInterrupt:
        typer.echo("stopped; the store is as it was, and --resume takes up what was judged", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    try:
        with read_report(kept, today=datetime.now().date()) as reading:
            told = reading.report
    except StoreError as error:
        # The next audit may have the store by now.
        stop(f"run {done.run.id} is recorded, but cannot be reported: {error}; see `cleanclaim audit report`")
    from cleanclaim.reports import audit_text

    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    sys.stdout.write(audit_text.render_run(told, done, colour=sys.stdout.isatty(), width=width, most=_MOST_REJECTS))
    if done.run.rejected or done.rejected or not done.run.judged:
        raise typer.Exit(Exit.REJECTED)
    standings = (Standing.NEW, Standing.REOPENED) + (() if new_only else (Standing.STILL_OPEN,))
    failing = any(
        fail_on.counts(group.name[0]) and any(group.of(standing).findings for standing in standings)
        for group in told.by_severity
    )
    raise typer.Exit(Exit.FINDINGS if failing else Exit.CLEAN)


def _now() -> datetime:
    return datetime.now().astimezone()


app.command("report")(report)
app.command("waive")(waive)
