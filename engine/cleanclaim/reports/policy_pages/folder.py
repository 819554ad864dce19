"""Writes pages into a folder: its own files are replaced, and a folder with anybody else's is refused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

MANIFEST = "pages.txt"
"""Names every file that was written; what stands there and is not named is foreign."""
_HEAD = "# The pages that cleanclaim policy docs wrote here; it replaces them, and nothing else.\n"
_SHOWN = 5


class ForeignFiles(Exception):
    """The folder holds files that are not ours."""


def write(folder: Path, pages: Mapping[str, str]) -> None:
    """Writes the pages, by their paths in the folder, and removes those of an earlier run that are no more.

    Raises :class:`ForeignFiles` where anything else is there, before anything is written.
    """
    if folder.exists() and not folder.is_dir():
        raise ForeignFiles(f"{folder} is a file; name a folder")
    there = set(_files(folder)) if folder.is_dir() else set()
    known = _known(folder) if MANIFEST in there else frozenset()
    foreign = sorted(there - known - {MANIFEST})
    if foreign:
        more = f" and {len(foreign) - _SHOWN:,} more" if len(foreign) > _SHOWN else ""
        raise ForeignFiles(
            f"{folder} holds files that `policy docs` did not write ({', '.join(foreign[:_SHOWN])}{more}); "
            "name an empty or a new folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    # Old and new are named first, so that a run which is cut short leaves no file that the next one takes for foreign.
    _name(folder, there | set(pages))
    for path, text in pages.items():
        _write(folder / path, text)
    for path in there - set(pages) - {MANIFEST}:
        (folder / path).unlink()
    _remove_empty(folder)
    _name(folder, set(pages))


def _files(folder: Path) -> list[str]:
    """All files by their paths from the folder. A link is a file: nothing is written or removed beyond one."""
    found: list[str] = []
    for root, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        found += [(Path(root) / name).relative_to(folder).as_posix() for name in (*files, *links)]
    return found


def _known(folder: Path) -> frozenset[str]:
    path = folder / MANIFEST
    if path.is_symlink():
        return frozenset()
    text = path.read_text(encoding="utf-8", errors="replace")
    if not text.startswith(_HEAD):
        raise ForeignFiles(f"{folder / MANIFEST} is not a list that `policy docs` wrote; name an empty or a new folder")
    named = (line for line in text.splitlines() if line and not line.startswith("#"))
    return frozenset(name for name in named if not (folder / name).is_symlink())


def _name(folder: Path, pages: set[str]) -> None:
    _write(folder / MANIFEST, _HEAD + "".join(f"{path}\n" for path in sorted(pages - {MANIFEST})))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def _remove_empty(folder: Path) -> None:
    for root, _, _ in os.walk(folder, topdown=False):
        if Path(root) != folder and not any(Path(root).iterdir()):
            Path(root).rmdir()
