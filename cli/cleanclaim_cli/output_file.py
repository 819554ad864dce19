"""``--output``: a file that is there whole, or as it was before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cleanclaim_cli.exits import stop

NO_TERMINAL = "Parquet is not for a terminal; name a file with --output"


@contextmanager
def whole(path: Path | None) -> Iterator[Path | None]:
    """A file beside ``path`` to write to, which takes its place once the block is done, and is gone if it is not.

    None where no path is given. Stops where none can be written there.
    """
    if path is None:
        yield None
        return
    aside = path.with_name(path.name + ".part")
    try:
        try:
            aside.touch()
        except OSError as error:
            stop(f"{path} cannot be written: {error.strerror}")
        yield aside
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
