"""Which back end runs an edition: the one asked for, else the fastest that is installed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from cleanclaim.backends.errors import EngineMissing
from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.claims.model import Line
from cleanclaim.findings.finding import Finding
from cleanclaim.policy.versions import Edition

ENGINES = ("auto", "durable", "reference", "duckdb", "spark")
NO_SPARK = "the spark engine needs PySpark, and Java 17 or newer: pip install 'cleanclaim[spark]'"


class Engine(Protocol):
    """What every back end does."""

    @property
    def name(self) -> str:
        """What ``--engine`` calls it."""

    @property
    def at_once(self) -> int:
        """How many lines it wants to be given at once, in whole groups."""

    def judge(self, partition: tuple[str, ...], lines: Sequence[Line]) -> Iterator[Finding]:
        """The findings on the judged lines of one group, or of as many as it wants, by the rules of that partition."""


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
    if name == "duckdb":
        try:
            from cleanclaim.backends.relational.engine import RelationalEngine

            return RelationalEngine(edition)
        except ImportError as error:
            raise EngineMissing("the duckdb engine needs duckdb and ibis: pip install 'cleanclaim[audit]'") from error
    if name == "spark":
        try:
            from cleanclaim.backends.relational.spark_engine import SparkEngine

            return SparkEngine(edition)
        except ImportError as error:
            raise EngineMissing(NO_SPARK) from error
    return ReferenceEngine(edition)
