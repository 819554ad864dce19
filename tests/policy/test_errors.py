"""Policies that do not load, each with the whole text that a person then reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleanclaim.policy.load import check_library

FOLDER = Path(__file__).parent / "errors"
CASES = sorted(path for path in FOLDER.iterdir() if path.name == "templates" or path.suffix == ".yaml")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_error_is_told_at_once(path: Path, update_golden: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    library, diagnostics = check_library([Path(path.name)])
    assert library is None
    text = "\n\n".join(diagnostic.render() for diagnostic in diagnostics) + "\n"
    golden = path.with_suffix(".txt")
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_error_points_into_its_source(path: Path) -> None:
    _, diagnostics = check_library([path])
    for diagnostic in diagnostics:
        lines = Path(diagnostic.path).read_bytes().decode("utf-8", "replace").splitlines() or [""]
        assert 1 <= diagnostic.line <= len(lines)
        assert 1 <= diagnostic.column <= len(lines[diagnostic.line - 1]) + 1
        assert diagnostic.help
        assert diagnostic.code != "schema", "the builder misses what the schema refuses"


def test_every_golden_text_has_its_policy() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == {path.stem for path in CASES}
