"""Every example on the policy language's page loads; whole policies pass their own tests."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import indent

import pytest

from cleanclaim.backends.reference import ReferenceEngine
from cleanclaim.policy.load import load_text
from cleanclaim.policy.model import Function, Measure, Policy, Seen
from cleanclaim.policy.tables import Table
from cleanclaim.policy_tests import run_tests
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "policy-language.md"
FENCE = re.compile(r"^```yaml (?P<kind>[a-z_ ]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
RULE_END = 'message: "m"\nfix: f\ncite: c\n'


@dataclass(frozen=True)
class Example:
    """One fenced example: what it is, its text, and the line of the page that it starts on."""

    kind: str
    text: str
    line: int


def examples() -> list[Example]:
    page = PAGE.read_text(encoding="utf-8")
    return [
        Example(match["kind"], match["text"], page[: match.start()].count("\n") + 2) for match in FENCE.finditer(page)
    ]


EXAMPLES = examples()
HOST = next(example.text for example in EXAMPLES if example.kind == "policy")
TEMPLATES = {"templates/visit-limit": next(example.text for example in EXAMPLES if example.kind == "template")}


def hosted(example: Example) -> str:
    """The page's first policy with a fragment in its place."""
    head, rules = HOST.split("rules:\n")
    rules = rules.split("\ntests:\n")[0]
    match example.kind:
        case "condition":
            condition = indent(example.text, " " * 6)
            return f"{head}rules:\n  - id: example\n    flag_if:\n{condition}{indent(RULE_END, ' ' * 4)}"
        case "define":
            return f"{head}define:\n{indent(example.text, '  ')}rules:\n{rules}"
        case "defined":
            defined = "".join(indent(each.text, "  ") for each in EXAMPLES if each.kind == "define")
            return hosted(replace(example, kind="condition")).replace("rules:\n", f"define:\n{defined}rules:\n")
        case "test_tables":
            return f"{HOST}test_tables:\n{indent(example.text, '  ')}"
        case "lets":
            lets = indent(example.text, " " * 6)
            return f"{head}rules:\n  - id: example\n    let:\n{lets}    flag_if: {{}}\n{indent(RULE_END, ' ' * 4)}"
        case "rule":
            return f"{head}rules:\n  -\n{indent(example.text, ' ' * 4)}"
        case "test":
            return f"{head}rules:\n{rules}\ntests:\n  -\n{indent(example.text, ' ' * 4)}"
        case "derive":
            return HOST.replace("derive:\n", "derive:\n" + indent(example.text, "  "))
        case kind:
            raise AssertionError(f"{PAGE.name}:{example.line}: an example of no known kind: {kind}")


def load(example: Example, folder: Path) -> Policy | None:
    if example.kind == "template":
        return None
    text = example.text if example.kind.startswith("policy") else hosted(example)
    return load_text(text, str(folder / "policy.yaml"), TEMPLATES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "licence-scope.csv").write_text("licence,procedure,state,effective,ends\nLMT,97124,MD,,\n")
    return tmp_path


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.kind}:{example.line}")
def test_every_example_loads(example: Example, folder: Path) -> None:
    policy = load(example, folder)
    assert policy is None or policy.rules


def test_the_page_shows_every_kind_of_example() -> None:
    kinds = [example.kind for example in EXAMPLES]
    fragments = {"condition", "lets", "derive", "rule", "test", "test_tables", "define", "defined"}
    assert {*kinds} == {"policy", "policy extending", "template", *fragments}


def test_the_page_names_every_function_and_total_and_every_way_to_read_a_source() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for word in (*Function, *Measure, *Seen):
        assert re.search(rf"[`{{\"]{re.escape(word.value)}[`\":]", page), word


@pytest.mark.parametrize(
    "example", [e for e in EXAMPLES if e.kind.startswith("policy")], ids=lambda example: f"line {example.line}"
)
def test_whole_policies_pass_their_tests(example: Example, folder: Path) -> None:
    policy = load(example, folder)
    assert policy is not None and policy.tests
    tables = {(policy.id, policy.version): {name: Table(name, ()) for name in policy.tables}}
    assert [outcome for outcome in run_tests([policy], tables, ReferenceEngine) if not outcome.passed] == []


@pytest.mark.parametrize(
    "example", [e for e in EXAMPLES if e.kind == "test"], ids=lambda example: f"line {example.line}"
)
def test_example_tests_are_readable(example: Example, folder: Path) -> None:
    policy = load(example, folder)
    assert policy is not None
    assert [line.status.value for line in policy.tests[0].lines] == ["claim", "claim", "history", "log"]
