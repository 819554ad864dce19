"""How far an audit is, on standard error: a bar with the time left, or plain lines where nobody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cleanclaim.audit.watcher import Found, Watcher
from cleanclaim.reports.words import count
from cleanclaim_cli.progress import bar

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PAUSE = 10.0
"""Seconds between plain lines about one stage."""
_GLANCE = 0.2
"""Seconds between two looks at how much is found."""


class _Plain(Watcher):
    """A line where a stage begins, and one now and then while it lasts."""

    def __init__(self) -> None:
        self._stage, self._begun, self._told = "", 0.0, 0.0
        self._found: Found | None = None

    def stage(self, name: str, found: Found | None = None) -> None:
        self._stage, self._found = name, found
        self._begun = self._told = time.monotonic()
        self.say(name)

    def step(self, done: int, steps: int) -> None:
        now = time.monotonic()
        if done and now - self._told >= _PAUSE:
            self._told = now
            left = (now - self._begun) / done * (steps - done)
            self.say(f"{self._stage}: {done} of {steps} steps{_so_far(self._found)}, about {left:,.0f} s left")

    def say(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


class _Bar(Watcher):
    """A bar for the stage that is under way."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._task: TaskID | None = None
        self._stage, self._looked = "", 0.0
        self._found: Found | None = None

    def stage(self, name: str, found: Found | None = None) -> None:
        if self._task is not None:
            self._shown.remove_task(self._task)
        self._stage, self._found = name, found
        self._task = self._shown.add_task(name, total=None)

    def step(self, done: int, steps: int) -> None:
        if self._task is None:
            return
        self._shown.update(self._task, completed=done, total=steps)
        if time.monotonic() - self._looked >= _GLANCE:
            self._shown.update(self._task, description=self._stage + _so_far(self._found))
            self._looked = time.monotonic()

    def say(self, text: str) -> None:
        self._shown.console.print(text, style="dim", highlight=False, markup=False)


def _so_far(found: Found | None) -> str:
    """How much is found, where anything is."""
    many = found() if found is not None else None
    return f", {count(many, 'finding')}" if many else ""


@contextmanager
def watching(*, quiet: bool) -> Iterator[Watcher]:
    """Whoever is told while the block runs."""
    if quiet:
        yield Watcher()
    elif sys.stderr.isatty():
        with bar() as shown:
            yield _Bar(shown)
    else:
        yield _Plain()
