"""Exit codes, and how a command that cannot go on says so."""

from __future__ import annotations

from enum import IntEnum
from typing import NoReturn

import typer


class Exit(IntEnum):
    """What a command tells the script that ran it."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    REJECTED = 3
    FAULT = 70
    """A fault of cleanclaim's own."""


def stop(message: str, code: Exit = Exit.USAGE) -> NoReturn:
    """Ends the command with a message on standard error."""
    typer.echo(message.rstrip("\n"), err=True)
    raise typer.Exit(code)
