"""Temporary folders for what holds claims. A process that is killed cannot remove its own, so the next one does."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cleanclaim.store.lock import locked

PREFIX = "cleanclaim-work-"
_LOCK = ".lock"


@contextmanager
def work_folder(parent: Path | None) -> Iterator[Path]:
    """A folder of this process under ``parent``, or where the system has temporary files; it is gone afterwards.

    Those that killed processes of this user left there are removed first. Raises :class:`OSError`.
    """
    within = parent or Path(tempfile.gettempdir())
    sweep(within)
    folder, lock = _made(within)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()


def sweep(within: Path) -> None:
    """Removes the folders of processes that are no more."""
    for folder in within.glob(f"{PREFIX}*"):
        try:
            # Others' folders are theirs to remove.
            if hasattr(os, "getuid") and folder.lstat().st_uid != os.getuid():
                continue
            with (folder / _LOCK).open("r+", encoding="utf-8") as lock:
                if locked(lock):
                    shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            # Gone meanwhile, or not locked yet: then its process has just begun, and nothing is in it.
            continue


def _made(within: Path) -> tuple[Path, IO[str]]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=within))
        lock = (folder / _LOCK).open("a+", encoding="utf-8")
        # A sweep may take a lock file between its making and its locking; then the folder goes with it.
        if locked(lock) and (folder / _LOCK).exists():
            return folder, lock
        lock.close()
        shutil.rmtree(folder, ignore_errors=True)
