"""An installed wheel lints with the library it carries, in an empty folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built and installed into a folder of its own."""
    built, target = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(built), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = built.glob("cleanclaim-*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    return target


def test_it_lints_with_the_shipped_library(installed: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        environment = os.environ | {"PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
        return subprocess.run(
            [sys.executable, "-m", "cleanclaim_cli.main", *arguments],
            cwd=tmp_path,
            env=environment,
            input=(ROOT / "examples" / "batch.837").read_bytes(),
            capture_output=True,
        )

    where = subprocess.run(
        [sys.executable, "-c", "import cleanclaim, cleanclaim.shipped as s; print(s.shipped('policies'))"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(installed)
    linted = run("lint", "-", "--format", "json")
    assert linted.returncode == 1, linted.stderr
    report = json.loads(linted.stdout)
    assert report["claims"] == report["claims_judged"] > 5
    assert report["counts"]["violation"] > 0
    assert run("policy", "check").returncode == 0
    assert list(tmp_path.iterdir()) == []
