"""The operator's page speaks of options and commands that there are, and of links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cleanclaim_cli.main import app

DOCS = Path(__file__).parents[1] / "docs"
COMMANDS = (["audit", "run"], ["audit", "report"], ["audit", "waive"], ["convert"], ["lint"])


@pytest.mark.parametrize("name", ["audit.md", "audit-store.md"])
def test_options_are_those_of_the_commands(name: str) -> None:
    known = set()
    for command in COMMANDS:
        shown = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
        assert shown.exit_code == 0
        known |= set(re.findall(r"--[a-z][a-z-]+", shown.stdout))
    spoken = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", (DOCS / name).read_text(encoding="utf-8")))
    assert spoken <= known | {"--findings"}


def test_links_lead_to_pages() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([\w/.-]+\.md)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} names {target}"
