"""What each page shows, as plain data for the templates."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from cleanclaim.catalogue import Answering, Asked, Entry
from cleanclaim.policy.model import Policy, Rule, TableSpec
from cleanclaim.policy.words.changes import Changes
from cleanclaim.reports.policy_pages.examples import Example

VERDICTS = {"violation": "flagged", "needs_info": "asked", "bypassed": "excused"}
"""What the pages call the answers of a rule."""


@dataclass(frozen=True, slots=True)
class Let:
    """A name and what it is."""

    name: str
    words: Markup
    note: str


@dataclass(frozen=True, slots=True)
class Link:
    """An example that shows a rule, and how."""

    verdict: str
    anchor: str
    name: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule."""

    anchor: str
    rule: Rule
    message: Markup
    applies: Markup | None
    flag_if: Markup
    unless: Markup | None
    lets: tuple[Let, ...]
    notes: tuple[str, ...]
    dates: str
    asks: tuple[Asked, ...]
    tables: Markup | None
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A derived fact and the ways in which a line comes to have it."""

    anchor: str
    fact: str
    ways: tuple[tuple[Markup | None, Markup, tuple[Let, ...]], ...]


@dataclass(frozen=True, slots=True)
class TableView:
    """A table: how it comes, its columns, and its rows where they come with the policy and are few."""

    anchor: str
    spec: TableSpec
    command: str | None
    dated: str
    columns: tuple[str, ...]
    rows: int | None
    cells: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ExampleView:
    """An example. ``open``: it stands unfolded."""

    anchor: str
    example: Example
    open: bool
    tells: str


@dataclass(frozen=True, slots=True)
class ParamView:
    """A value that depends on the date of service."""

    name: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version."""

    anchor: str
    policy: Policy
    latest: bool
    dates: str
    scope: Markup | None
    url: str | None
    seen: str | None
    changes: Changes | None
    before: str | None
    rules: tuple[RuleView, ...]
    conclusions: tuple[Conclusion, ...]
    params: tuple[ParamView, ...]
    tables: tuple[TableView, ...]
    asked: tuple[Asked, ...]
    examples: tuple[ExampleView, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One policy. ``up`` leads from its page to the folder of all pages."""

    path: str
    up: str
    entry: Entry
    answering: tuple[Answering, ...]
    versions: tuple[VersionView, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A policy on the first page."""

    path: str
    entry: Entry
    dates: str
    severities: tuple[tuple[str, int], ...]
    imports: tuple[str, ...]
    seen: str | None
