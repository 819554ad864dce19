"""What the README shows is what happens."""

from __future__ import annotations

import re

from typer.testing import CliRunner

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.policy.load import load_text
from cleanclaim.policy_tests import run_tests
from cleanclaim_cli.main import app
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def fenced(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.M | re.S)


def test_the_demo_prints_what_the_readme_shows() -> None:
    result = CliRunner(env={"COLUMNS": "100"}).invoke(
        app, ["lint", "examples/batch.837", "--roster", "examples/roster.csv"]
    )
    finding, summary = fenced("text")
    shown = result.stdout.replace(str(ROOT) + "/", "")
    assert finding in shown
    assert summary in shown


def test_the_policy_loads_and_passes_its_tests() -> None:
    (text,) = fenced("yaml")
    policy = load_text(text)
    assert [outcome.passed for outcome in run_tests([policy], {}, ReferenceEngine)] == [True]


def test_every_page_it_links_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
