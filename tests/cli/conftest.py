"""Lines that the commands over many of them are run on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.audited import claim, write

PEOPLE = ("PAT-4711", "PAT-4712")
"""Whom they are about: nothing that a command says may name one."""


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """An error in claim A, a warning and what is not decided in B, of two people."""
    return write(
        tmp_path / "lines.csv",
        claim("A", "97124 6 30.00", patient=PEOPLE[0]),
        claim("B", "97124 1 30.00", "98940 1 50.00", patient=PEOPLE[1], payer="BETA"),
    )
