"""A failing example is cut down, kept as files, and fails still when it is read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import Period
from tests.strategies import regressions
from tests.strategies.compare import difference
from tests.strategies.examples import Example, example, rolled_written
from tests.strategies.faults import faulty
from tests.strategies.minimise import minimise
from tests.strategies.notation import block, flow
from tests.strategies.tables import SHAPES, Rows

MAKE = faulty("position ignored")


def fails(made: Example) -> bool:
    return difference(made, MAKE) is not None


def failing() -> Example:
    for number in range(500):
        choose, written = rolled_written(f"keeping-{number}")
        try:
            made = example(choose, written, written.load())
        except PolicyError:
            continue
        if fails(made):
            return made
    raise AssertionError("no example shows the fault")


def test_a_failing_example_is_cut_down_and_kept(tmp_path: Path) -> None:
    made = failing()
    small = minimise(made, fails, seconds=15)
    assert fails(small)
    assert sum(map(len, small.claims)) <= 3
    assert sum(len(policy.rules) for policy in small.policies) == 1
    regressions.write(small, tmp_path / "case", "only a test")
    read = regressions.read(tmp_path / "case")
    assert fails(read)
    assert (read.as_of, read.claims, read.tables) == (small.as_of, small.claims, small.tables)
    assert [replace(policy, path="") for policy in read.policies] == [replace(p, path="") for p in small.policies]


def test_tables_are_kept_with_the_dates_that_they_are_for(tmp_path: Path) -> None:
    made = failing()
    version = (made.policies[0].id, made.policies[0].version)
    row = {**dict.fromkeys(SHAPES["fees"].columns), "procedure": "97124", "amount": Decimal("10.00")}
    gapped = Rows("fees", (row,), (Period(None, date(2019, 12, 31)), Period(date(2020, 2, 1), None)))
    tables = {version: {"fees": gapped, "edits": Rows("edits", (), ()), "scope_of": Rows("scope_of", ())}}
    regressions.write(replace(made, tables=tables), tmp_path / "case", "only a test")
    assert regressions.read(tmp_path / "case").tables[version] == tables[version]


def test_both_styles_of_yaml_say_the_same() -> None:
    for number in range(50):
        _, written = rolled_written(f"styles-{number}")
        for document in written.policies:
            if "extends" not in document:
                assert load_text(block(document)) == load_text(flow(document))
