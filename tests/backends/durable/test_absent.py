"""Where the C module is not installed the engine says so, and lint chooses another."""

from __future__ import annotations

import subprocess
import sys

import pytest

WITHOUT = "import sys; sys.modules['durable_rules_engine'] = None; from datetime import date; "
EDITION = "from cleanclaim.policy.versions import Edition; edition = Edition.of([], date(2020, 1, 1)); "
CHOOSE = "from cleanclaim.backends.choose import EngineMissing, choose; "


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("import cleanclaim.backends.durable", "ImportError: the durable engine needs durable_rules"),
        (EDITION + CHOOSE + "choose('durable', edition)", "EngineMissing: the durable engine needs durable_rules"),
        (EDITION + CHOOSE + "sys.exit(choose('auto', edition).name)", "reference"),
    ],
    ids=["import", "asked for", "auto"],
)
def test_the_engine_is_absent(code: str, answer: str) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT + code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert answer in done.stderr
