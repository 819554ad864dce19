"""One writer at a time: a lock file beside a store that says who has it. The system frees it when its process ends."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from cleanclaim.store.errors import StoreError

PAUSE = 0.1
"""Seconds between two looks at a store that somebody else has."""

# Beyond what is ever written there: Windows keeps others from reading the bytes that are locked.
_LOCKED_BYTE = 1 << 20


@contextmanager
def held(path: Path, store: str, now: datetime, wait: float) -> Iterator[None]:
    """Holds the lock; raises :class:`StoreError` if another process has it for longer than ``wait`` seconds."""
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"the store {store} cannot be written: {error.strerror}; see {path}") from None
    with file:
        deadline = time.monotonic() + wait
        while not locked(file):
            if time.monotonic() >= deadline:
                raise StoreError(
                    f"the store {store} is in use by {holder(path) or 'another process'}; "
                    f"waited {wait:g} s; wait for it to finish, or wait longer with --wait"
                )
            time.sleep(PAUSE)
        try:
            _write(file, {"pid": os.getpid(), "host": socket.gethostname(), "since": f"{now:%Y-%m-%d %H:%M:%S %Z}"})
            yield
        finally:
            _write(file, {})


def holder(path: Path) -> str | None:
    """Who has the lock, in words."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return f"process {said['pid']} on {said['host']} since {said['since'].strip()}" if said else None


def _write(file: IO[str], said: dict[str, object]) -> None:
    file.truncate(0)
    file.write(json.dumps(said))
    file.flush()


if sys.platform == "win32":
    import msvcrt

    def locked(file: IO[str]) -> bool:
        """Locks the file until it is closed, unless somebody else has it locked."""
        file.seek(_LOCKED_BYTE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def locked(file: IO[str]) -> bool:
        """Locks the file until it is closed, unless somebody else has it locked."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
