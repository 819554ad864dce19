"""The twelve benchmark rules on the benchmark's lines: the right answers, and those of the definition."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.durable_lines import AS_OF, PARTITION, checksum, counts, read

from cleanclaim.backends.durable import DurableEngine
from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.lint import edition_of
from cleanclaim.policy.load import load_library
from tests.conftest import ROOT


@pytest.mark.shared
def test_twenty_thousand_lines(shared: Path) -> None:
    expected = json.loads((shared / "bench" / "expected.json").read_text())["20000"]
    edition = edition_of(load_library([ROOT / "benchmarks" / "twelve"]).policies, AS_OF)
    engine, definition = DurableEngine(edition), ReferenceEngine(edition)
    assert engine.by_definition == ()
    groups = read(20_000)
    found = [list(engine.judge(PARTITION, group)) for group in groups]
    everything = [finding for findings in found for finding in findings]
    assert counts(everything) == expected["counts"]
    assert checksum(everything) == expected["checksum"]
    for group, findings in list(zip(groups, found, strict=True))[::25]:
        assert findings == list(definition.judge(PARTITION, group))
