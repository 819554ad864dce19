"""Every example that ever told engines apart is judged alike for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strategies.compare import MakeEngine, difference, engines
from tests.strategies.regressions import FOLDER, read

CASES = sorted(path for path in FOLDER.iterdir() if path.is_dir()) if FOLDER.is_dir() else []


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in engines().items()])
@pytest.mark.parametrize("folder", [pytest.param(folder, id=folder.name) for folder in CASES])
def test_a_kept_example_is_judged_alike(folder: Path, make: MakeEngine) -> None:
    example = read(folder)
    assert example.policies and any(example.claims), "an example without policies or lines proves nothing"
    assert difference(example, make) is None
