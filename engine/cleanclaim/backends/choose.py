"""Which back end judges lines one group after another: the one asked for, else the fastest that is installed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from cleanclaim.backends.errors import EngineMissing
from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.claims.model import Line
from cleanclaim.findings.finding import Finding
from cleanclaim.policy.versions import Edition


class Engine(Protocol):
    """What every back end does."""

    @property
    def name(self) -> str:
        """What ``--engine`` calls it."""

    def judge(self, partition: tuple[str, ...], lines: Sequence[Line]) -> Iterator[Finding]:
        """The findings on the judged lines of one group, by the rules of that partition."""


def choose(name: str, edition: Edition) -> Engine:
    """The back end of that name. ``auto`` is durable where durable_rules is installed, else reference.

    Raises :class:`cleanclaim.backends.errors.EngineMissing`.
    """
    if name in ("auto", "durable"):
        try:
            from cleanclaim.backends.durable import DurableEngine

            return DurableEngine(edition)
        except ImportError as error:
            if name == "durable":
                raise EngineMissing(
                    "the durable engine needs durable_rules, which builds on Python 3.11 and 3.12 only; "
                    "use --engine reference"
                ) from error
    return ReferenceEngine(edition)
