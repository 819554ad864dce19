"""Options that several commands share, said once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer


def _named(payer: str | None) -> str | None:
    if payer is not None and not payer.strip():
        raise typer.BadParameter("names no payer")
    return payer


Paths = Annotated[
    list[str],
    typer.Argument(
        help="Claim files (837, CSV, Parquet, JSON), folders or globs; - is standard input.", metavar="PATH…"
    ),
]
Policies = Annotated[
    list[Path] | None,
    typer.Option(
        "--policies",
        help="A policy file or folder, or `shipped` for those that come with cleanclaim; repeatable. Default: shipped.",
    ),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help="Judge by what was published by this date. Default: today.",
        metavar="DATE",
    ),
]
Payer = Annotated[
    str | None,
    typer.Option(
        "--payer",
        callback=_named,
        help="Judge every claim as this payer's; a line of business (medicare) too.",
    ),
]
RosterFile = Annotated[
    Path | None,
    typer.Option(
        "--roster",
        exists=True,
        dir_okay=False,
        help="The performers' licences: a CSV of NPI, type, number, state, dates, supervisor.",
    ),
]
FactsFile = Annotated[
    Path | None,
    typer.Option(
        "--facts",
        exists=True,
        dir_okay=False,
        help="Facts that claims do not carry: a CSV or Parquet table of claim, line and declared facts.",
    ),
]
Tables = Annotated[
    Path | None,
    typer.Option(
        "--tables",
        file_okay=False,
        help="The folder of imported tables. Default: CLEANCLAIM_TABLES, else your data directory.",
    ),
]
History = Annotated[
    list[str] | None,
    typer.Option("--history", help="Lines billed before; they count as other lines and are not judged."),
]
Map = Annotated[
    Path | None,
    typer.Option("--map", exists=True, dir_okay=False, help="A YAML file that maps a table's columns to ours."),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", dir_okay=False, help="A file to write to, not standard output.")
]
Memory = Annotated[
    str | None,
    typer.Option("--memory", metavar="SIZE", help="DuckDB's memory, as 6GB. Default: 80 % of the machine's."),
]
Threads = Annotated[
    int | None, typer.Option("--threads", min=1, help="How many threads DuckDB uses. Default: one a core.")
]
Temporary = Annotated[
    Path | None,
    typer.Option("--temp", exists=True, file_okay=False, help="Where DuckDB spills what memory cannot hold."),
]
