"""Imports run one way, and the engine package reads no clock and prints nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

ENGINE = ROOT / "engine"

# Each layer may import those that stand before it.
LAYERS = (
    "cleanclaim.claims",
    "cleanclaim.policy",
    "cleanclaim.tables",
    "cleanclaim.findings",
    "cleanclaim.backends",
    "cleanclaim.lint",
    "cleanclaim.store",
    "cleanclaim.audit",
    "cleanclaim.reports",
    "cleanclaim_cli",
)
PEERS = {
    "cleanclaim.coverage": "cleanclaim.lint",
    "cleanclaim.catalogue": "cleanclaim.lint",
    "cleanclaim.explain": "cleanclaim.lint",
    "cleanclaim.imported": "cleanclaim.lint",
    "cleanclaim.relevance": "cleanclaim.lint",
    "cleanclaim.tally": "cleanclaim.lint",
    "cleanclaim.unevaluated": "cleanclaim.lint",
    "cleanclaim.policy_tests": "cleanclaim.lint",
    "cleanclaim.schemas": "cleanclaim.reports",
    "cleanclaim.convert": "cleanclaim.claims",
    "cleanclaim.shipped": "cleanclaim.claims",
    "cleanclaim": "cleanclaim.claims",
}

SOURCES = sorted([*(ENGINE / "cleanclaim").rglob("*.py"), *(ROOT / "cli").rglob("*.py")])


def module_of(path: Path) -> str:
    root = ENGINE if path.is_relative_to(ENGINE) else ROOT / "cli"
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> int:
    best = max((known for known in (*LAYERS, *PEERS) if f"{module}.".startswith(f"{known}.")), key=len)
    return LAYERS.index(PEERS.get(best, best))


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            assert node.level == 0, f"{path}: relative import"
            yield node.module


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: module_of(path))
def test_imports_run_one_way(path: Path) -> None:
    module = module_of(path)
    for imported in imports_of(path):
        if imported.split(".")[0] in ("cleanclaim", "cleanclaim_cli"):
            assert layer_of(imported) <= layer_of(module), f"{module} imports {imported}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: module_of(path))
def test_no_evaluation_of_text_and_no_print(path: Path) -> None:
    names = set(_called(path))
    assert not names & {"eval", "exec", "compile", "__import__"}
    if path.name not in ("schemas.py",):
        assert "print" not in names


@pytest.mark.parametrize("path", [p for p in SOURCES if p.is_relative_to(ENGINE)], ids=lambda path: module_of(path))
def test_the_engine_reads_no_clock_and_no_environment(path: Path) -> None:
    attributes = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    assert not attributes & {"date.today", "datetime.now", "time.time", "os.environ", "os.getenv"}


def _called(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
