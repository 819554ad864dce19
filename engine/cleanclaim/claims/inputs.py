"""Finds the input files behind paths, folders and patterns, in an order that does not change."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cleanclaim.claims.model import Reject, Warning
from cleanclaim.claims.nearest import did_you_mean

STANDARD_INPUT = "-"
_NOT_CLAIMS = (".md", ".rst", ".yaml", ".yml", ".py", ".sh", ".sql", ".html", ".htm", ".pdf", ".log", ".toml")


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read; ``name`` is what messages call it and ``path`` is ``None`` for standard input."""

    name: str
    path: Path | None


def find_inputs(paths: Sequence[str]) -> Iterator[InputFile | Reject | Warning]:
    """The files that ``paths`` stand for, each once; folders are read whole, without hidden files."""
    seen: set[object] = set()
    for given in paths:
        for found in _found(given):
            if not isinstance(found, InputFile):
                yield found
                continue
            key = found.path.resolve() if found.path is not None else STANDARD_INPUT
            if key in seen:
                yield Warning(found.name, "file", "is named twice and read once")
            else:
                seen.add(key)
                yield found


def _found(given: str) -> Iterator[InputFile | Reject | Warning]:
    if given == STANDARD_INPUT:
        yield InputFile("standard input", None)
        return
    path = Path(given)
    try:
        if path.is_dir():
            yield from _folder(path)
        elif path.exists():
            yield InputFile(given, path)
        elif glob.has_magic(given):
            yield from _pattern(given)
        else:
            yield Reject(given, "file", f"is not there{_nearby(path)}")
    except (OSError, ValueError):
        yield Reject(given, "file", "is not a path that can be opened here")


def _folder(folder: Path) -> Iterator[InputFile | Reject | Warning]:
    count = 0
    for path in sorted(folder.rglob("*"), key=lambda path: path.parts):
        if any(part.startswith(".") for part in path.relative_to(folder).parts) or path.is_dir():
            continue
        count += 1
        if path.suffix.lower() in _NOT_CLAIMS:
            yield Warning(str(path), "file", "is skipped: its ending is not that of a claims file; name it to read it")
        else:
            yield InputFile(str(path), path)
    if not count:
        yield Reject(str(folder), "folder", "holds no files (hidden ones are not read)")


def _pattern(pattern: str) -> Iterator[InputFile | Reject | Warning]:
    matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute patterns
    if not matches:
        yield Reject(pattern, "pattern", "matches no file")
    for match in matches:
        if Path(match).is_dir():
            yield from _folder(Path(match))
        else:
            yield InputFile(match, Path(match))


def _nearby(path: Path) -> str:
    try:
        names = sorted(other.name for other in path.parent.iterdir())
    except OSError:
        return "; neither is its folder"
    return did_you_mean(path.name, names)
