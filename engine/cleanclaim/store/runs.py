"""What a store knows of a run: what it was asked to do, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from cleanclaim.claims.model import Reject
from cleanclaim.findings.finding import Verdict

RuleName = tuple[str, str]
"""A policy and one of its rules."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What is known of a run before it begins.

    ``inputs`` and ``tables`` map a name to a digest or a release. Work that an interrupted run left
    is taken up only by one with the same inputs, library, tables, as-of date, engine and tool. ``rules`` are those of
    the library, if told; what a rule found that is not among them is resolved, and the event says why.
    """

    as_of: date
    engine: str
    tool_version: str
    library_digest: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[RuleName, ...] | None = None


@dataclass(frozen=True, slots=True)
class PartCounts:
    """What a part of the input held besides its findings. ``lines`` were judged, ``history`` looked at.

    ``not_evaluated`` are rules that could not be judged, or not on all lines: that such a rule finds
    nothing resolves nothing.
    """

    lines: int = 0
    history: int = 0
    rejected: tuple[Reject, ...] = ()
    not_evaluated: tuple[RuleName, ...] = ()


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as the store keeps it. Times are UTC. ``claims`` came in: ``judged`` and ``rejected`` together."""

    id: int
    started: datetime
    finished: datetime
    as_of: date
    engine: str
    tool_version: str
    library_digest: str
    inputs: Mapping[str, str]
    tables: Mapping[str, str]
    claims: int
    judged: int
    rejected: int
    lines: int
    history: int
    findings: Mapping[Verdict, int]
    new: int
    resolved: int
    reopened: int
    status: str
    events_through: int
