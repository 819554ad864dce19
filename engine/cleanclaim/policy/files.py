"""The files of a policy library on disk: which they are, and their text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from cleanclaim.policy.diagnostics import Diagnostic
from cleanclaim.policy.tree import MAX_BYTES, too_large

ENDINGS = (".yaml", ".yml")


def within(folder: Path) -> Iterator[Path]:
    """The policy files in a folder and in those below it; hidden ones are none."""
    for at, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(at) / name for name in files if name.endswith(ENDINGS) and not name.startswith("."))


def text_of(path: Path) -> str | Diagnostic:
    """A file's text, or why there is none."""
    shown = path.as_posix()
    if not path.is_file():
        return at_top(shown, "unreadable", "this is not a regular file", "give a policy file, or a folder of them")
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        return content.decode("utf-8-sig") if len(content) <= MAX_BYTES else too_large(shown)
    except OSError as error:
        return at_top(
            shown, "unreadable", f"the file cannot be read ({error.strerror})", "check that it is a file you may read"
        )
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"the file is not UTF-8 text: byte {content[error.start]:#04x} on line {line}"
        return Diagnostic("encoding", message, shown, line, 1, "", "save it as UTF-8")


def at_top(path: str, code: str, message: str, help: str) -> Diagnostic:
    """A problem of a file or folder as a whole."""
    return Diagnostic(code, message, path, 1, 1, "", help)
