"""Templates that a policy extends and that were not given with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleanclaim.policy.diagnostics import PolicyError
from cleanclaim.policy.load import check_library, load_library
from tests.conftest import ROOT

POLICY = """\
policy: acme/caps
title: Caps
published: 2020-01-01
effective: {from: 2020-01-01}
source: {title: An example of ours, illustration: true}
extends: templates/caps
"""
TEMPLATE = """\
template: templates/caps
title: Caps
rules:
  - id: RULE
    flag_if: {units: {gt: 4}}
    message: m
    fix: f
    cite: c
"""


def template(path: Path, rule: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEMPLATE.replace("RULE", rule))


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "library" / "plans" / "2026" / "caps.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(POLICY)
    return path


def rules(*paths: Path) -> list[str]:
    library = load_library(paths)
    return [rule.id for policy in library.policies for rule in policy.rules]


def test_the_nearest_template_counts(policy: Path, tmp_path: Path) -> None:
    template(tmp_path / "templates" / "caps.yaml", "far")
    assert rules(policy) == ["far"]
    template(tmp_path / "library" / "templates" / "deep" / "caps.yml", "near")
    assert rules(policy) == ["near"]
    template(policy.parent / "other.yaml", "beside")
    assert rules(policy) == ["beside"]
    assert rules(policy.parent) == ["beside"]


def test_one_that_is_given_counts_before_any_other(policy: Path, tmp_path: Path) -> None:
    template(policy.parent / "templates" / "caps.yaml", "near")
    template(tmp_path / "given.yaml", "given")
    assert rules(policy, tmp_path / "given.yaml") == ["given"]


def test_folders_further_up_are_not_searched(policy: Path, tmp_path: Path) -> None:
    deeper = policy.parent / "q1" / "caps.yaml"
    deeper.parent.mkdir()
    deeper.write_text(POLICY)
    template(tmp_path / "templates" / "caps.yaml", "far")
    with pytest.raises(PolicyError) as caught:
        load_library([deeper])
    (problem,) = caught.value.diagnostics
    assert problem.code == "unknown-template" and "looked for" in problem.help


def test_a_template_found_may_extend_another(policy: Path, tmp_path: Path) -> None:
    (policy.parent / "caps.yml").write_text("template: templates/caps\ntitle: Caps\nextends: templates/base\n")
    base = tmp_path / "library" / "templates" / "base.yaml"
    template(base, "base")
    base.write_text(base.read_text().replace("templates/caps", "templates/base"))
    assert rules(policy) == ["base"]


def test_the_shipped_templates_are_known_everywhere(policy: Path) -> None:
    policy.write_text(POLICY.replace("templates/caps", "templates/timed-units") + "params: {method: cpt_midpoint}\n")
    assert rules(policy)
    library, problems = check_library([policy])
    assert problems == () and library is not None
    assert [each.id for each in library.policies] == ["acme/caps"]


def test_errors_of_a_template_found_are_told(policy: Path) -> None:
    found = policy.parent / "templates" / "caps.yaml"
    template(found, "r")
    found.write_text(found.read_text().replace("units", "unitz"))
    with pytest.raises(PolicyError) as caught:
        load_library([policy])
    assert [(p.path, p.code) for p in caught.value.diagnostics] == [(found.as_posix(), "unknown-field")]
    found.write_text("template: templates/caps\ntitle: [\n")
    with pytest.raises(PolicyError) as caught:
        load_library([policy])
    assert [(p.path, p.code) for p in caught.value.diagnostics] == [(found.as_posix(), "yaml")]


def test_two_templates_of_one_name_in_one_place(policy: Path) -> None:
    template(policy.parent / "templates" / "a.yaml", "a")
    template(policy.parent / "templates" / "b.yaml", "b")
    with pytest.raises(PolicyError) as caught:
        load_library([policy])
    assert [problem.code for problem in caught.value.diagnostics] == ["duplicate-template"]


def test_a_folder_and_a_file_of_the_shipped_library_stand_alone() -> None:
    for path in (ROOT / "policies" / "examples", ROOT / "policies" / "examples" / "hmo-timed-units.yaml"):
        library, problems = check_library([path])
        assert problems == () and library is not None


def test_a_template_alone_says_what_it_is(tmp_path: Path) -> None:
    template(tmp_path / "caps.yaml", "r")
    for path, words in ((tmp_path / "caps.yaml", "this is a template"), (tmp_path, "there are only templates here")):
        _, (problem,) = check_library([path])
        assert problem.message == f"{words}: it is checked where a policy extends it"
