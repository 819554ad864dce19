"""The database in memory that a run over tables works in, and its folder for what memory cannot hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb

from cleanclaim.audit.request import Request
from cleanclaim.backends.errors import EngineFault
from cleanclaim.store.work_folder import work_folder

_SIZE = re.compile(r"[0-9]+([.][0-9]+)? *[KMGT]i?B", re.IGNORECASE)


def check_limits(request: Request) -> None:
    """Raises :class:`EngineFault` where a size is none."""
    if request.memory is not None and not _SIZE.fullmatch(request.memory):
        # DuckDB itself takes -3GB for no limit.
        raise EngineFault(f"DuckDB does not take these limits: {request.memory!r} is no size as 6GB is one")


@contextmanager
def working_database(request: Request) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """The database, and the folder to which it writes what memory cannot hold; both are gone afterwards.

    Raises :class:`EngineFault` where DuckDB cannot go on.
    """
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(work_folder(request.temporary))
        except OSError as error:
            where = error.filename or request.temporary
            raise EngineFault(f"there is no room for work in {where}: {error.strerror}; name another --temp") from None
        config: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": str(folder / "spilled"),
            "preserve_insertion_order": False,
        }
        if request.memory is not None:
            config["memory_limit"] = request.memory
        if request.threads is not None:
            config["threads"] = request.threads
        try:
            connection = duckdb.connect(config=config)
        except duckdb.Error as error:
            raise EngineFault(f"DuckDB does not take these limits: {_first_line(error)}") from None
        try:
            yield connection, folder
        except duckdb.OutOfMemoryException:
            raise EngineFault(
                f"DuckDB ran out of memory ({limits(connection)}); allow more with --memory, and see that there is "
                "room on the disk it spills to (--temp)"
            ) from None
        except duckdb.IOException:
            raise EngineFault(
                f"DuckDB cannot read or write a file ({limits(connection)}); see that the inputs stay as they are "
                "meanwhile, and that there is room on the disk it spills to (--temp)"
            ) from None
        except duckdb.Error as error:
            # Its words may hold values of the lines.
            raise EngineFault(f"DuckDB cannot judge these lines ({type(error).__name__})") from None
        except RuntimeError as error:
            # What DuckDB makes of a signal whose handler raises while a statement runs.
            if str(error) != "Query interrupted":
                raise
            raise KeyboardInterrupt from None
        finally:
            connection.close()


def limits(connection: duckdb.DuckDBPyConnection) -> str:
    """In words, what the database may use."""
    names = ("threads", "memory_limit", "temp_directory")
    threads, memory, folder = (
        connection.execute(f"SELECT current_setting('{name}')").fetchall()[0][0] for name in names
    )
    return f"DuckDB uses {threads} threads and up to {memory} of memory, beyond which it writes to {folder}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
