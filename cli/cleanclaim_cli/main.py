"""The command line: its commands, and the exit codes that scripts rely on."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from pathlib import Path

import typer

from cleanclaim import __version__
from cleanclaim_cli.commands import Commands
from cleanclaim_cli.exits import Exit

app = typer.Typer(
    name="cleanclaim",
    cls=Commands,
    help="Lint medical claims against payer policies before they are submitted.",
    epilog="Exit codes: 0 clean; 1 findings at or above --fail-on; 2 wrong usage, or a policy that does not load; "
    "3 some input could not be read (the rest was judged).",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cleanclaim {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Lint medical claims against payer policies before they are submitted."""


def main() -> None:
    """Runs the command line; a reader that goes away early is not an error of ours."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    # A run makes millions of lines and no cycles among them; the collector would walk them for nothing.
    gc.set_threshold(200_000, 20, 100)
    # What was spilled to temporary files holds patient data; ending in order removes it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        # A session that is gone; under nohup it is ignored, and stays so.
        signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        sys.stderr.write(f"cannot go on: {error.strerror}{f': {error.filename}' if error.filename else ''}\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.USAGE)
    except KeyboardInterrupt:
        sys.stderr.write("stopped; nothing was reported\n")
        sys.exit(130)
    except Exception as error:
        # Its words may hold values of claims, and Python's own exit code for it would read as findings.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}, line {place.lineno}"
        sys.stderr.write(
            f"cleanclaim itself failed ({type(error).__name__} in {where}); what it says above is not the whole. "
            "Please report it\n"
        )
        sys.exit(Exit.FAULT)


if __name__ == "__main__":
    main()
