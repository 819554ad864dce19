"""One random example: versions of policies, their tables, claims, and a day to know them by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from cleanclaim.claims.model import Line
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import Policy
from cleanclaim.policy.versions import Edition
from tests.strategies.choose import Choose, Drawn, Rolled
from tests.strategies.claims import lines
from tests.strategies.model_walk import fields_read
from tests.strategies.notation import Doc, flow
from tests.strategies.policies import documents
from tests.strategies.tables import Rows, rows

AS_OF = (date(2021, 12, 31), date(2020, 6, 1), date(2020, 1, 31), date(2019, 12, 31))

TableRows = Mapping[tuple[str, str], Mapping[str, Rows]]
"""Rows of tables by (policy, version) and name."""


@dataclass(frozen=True)
class Written:
    """Policies as data, before they are loaded; loading them may fail."""

    policies: tuple[Doc, ...]
    templates: tuple[Doc, ...]

    def load(self) -> tuple[Policy, ...]:
        """The typed policies. Raises :class:`cleanclaim.policy.diagnostics.PolicyError`."""
        templates = {str(document["template"]): flow(document) for document in self.templates}
        return tuple(
            load_text(flow(document), f"policy-{at}.yaml", templates) for at, document in enumerate(self.policies)
        )


@dataclass(frozen=True)
class Example:
    """What engines are compared on: ``claims`` holds one or more batches of lines."""

    written: Written
    policies: tuple[Policy, ...]
    tables: TableRows
    as_of: date
    claims: tuple[tuple[Line, ...], ...]

    def edition(self) -> Edition:
        """The policies as known by the example's day."""
        tables = {
            version: {name: rows.table() for name, rows in by_name.items()} for version, by_name in self.tables.items()
        }
        return Edition.of(self.policies, self.as_of, tables)


def write(choose: Choose) -> Written:
    """Random policies as data."""
    made = documents(choose)
    return Written(made.policies, made.templates)


def example(choose: Choose, written: Written, policies: tuple[Policy, ...], batches: int = 3) -> Example:
    """An example on loaded policies: claims that have what the policies read, and tables, mostly all."""
    tables = {
        (policy.id, policy.version): {name: rows(choose, name) for name in policy.tables if not choose.chance(6)}
        for policy in policies
    }
    as_of = choose.weighted(((70, AS_OF[0]), (15, AS_OF[1]), (10, AS_OF[2]), (5, AS_OF[3])))
    read = fields_read(policies)
    return Example(written, policies, tables, as_of, tuple(lines(choose, read) for _ in range(batches)))


def rolled_written(seed: str) -> tuple[Choose, Written]:
    """Policies from a seed, and the choices that go on from there."""
    choose = Rolled(seed)
    return choose, write(choose)


@st.composite
def drawn_written(draw: st.DrawFn) -> tuple[Choose, Written]:
    """Policies that Hypothesis draws, and the choices that go on from there."""
    choose = Drawn(draw)
    return choose, write(choose)
