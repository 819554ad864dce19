"""A progress bar on standard error, only where somebody watches and only where it takes a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 0.7
"""Seconds without a bar: most runs are over by then."""


@dataclass
class Watch:
    """Tells how far reading and judging have come."""

    size: int
    read_so_far: int = 0
    begun: float = field(default_factory=time.monotonic)
    bar: Progress | None = None
    tasks: dict[str, TaskID] = field(default_factory=dict)

    def read(self, more: int) -> None:
        """So many more bytes of the input are read."""
        self.read_so_far += more
        self.show("reading claims", self.read_so_far, self.size or None)

    def judged(self, done: int, total: int) -> None:
        """So many lines are judged."""
        self.show("judging lines", done, total)

    def show(self, name: str, done: int, total: int | None) -> None:
        """So much of something is done, of so much."""
        if self.bar is None:
            if time.monotonic() - self.begun < PATIENCE:
                return
            self.bar = bar()
            self.bar.start()
        if name not in self.tasks:
            self.tasks[name] = self.bar.add_task(name, total=total)
        self.bar.update(self.tasks[name], completed=done, total=total)


@contextmanager
def watching(paths: Sequence[str], *, quiet: bool) -> Iterator[Watch | None]:
    """A watch while the block runs, or none where standard error is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    watch = Watch(sum(Path(path).stat().st_size for path in paths if Path(path).is_file()))
    try:
        yield watch
    finally:
        if watch.bar is not None:
            watch.bar.stop()


def bar() -> Progress:
    """A bar on standard error that leaves nothing behind."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
