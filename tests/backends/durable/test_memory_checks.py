"""The life cycle under glibc's checked malloc: joins, chains and deleted states, many times over.

Emptying a state by ``retract_facts`` instead of ``delete_state`` crashed here by heap layout, once
facts had been chained (in 3 of 9 runs of ``tests/test_same_findings.py``). For longer runs:
``PYTHONMALLOC=malloc LD_PRELOAD=libc_malloc_debug.so.0 MALLOC_PERTURB_=165 MALLOC_CHECK_=3 python -m tests.fuzz``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

CHECKED = Path("/lib/x86_64-linux-gnu/libc_malloc_debug.so.0")

WORK = """
from cleanclaim.backends.durable import DurableEngine
from tests.backends.durable.agreement import edition, policy, random_lines, rule
from tests.backends.durable.test_every_node import CONDITIONS, STRATA, TABLES
rules = [rule(condition, id=f"r{at}", tables=("pairs",)) for at, condition in enumerate(CONDITIONS.values())]
made = edition(policy(*rules, strata=STRATA), tables=TABLES)
found = 0
for round in range(3):
    engine = DurableEngine(made)
    for seed in range(30):
        found += sum(1 for _ in engine.judge(("patient",), random_lines(seed, 5 + seed)))
print(found)
"""


def test_nothing_is_read_or_freed_that_should_not_be() -> None:
    if not CHECKED.exists():
        pytest.skip("glibc's checked malloc is not installed here")
    checks = {"LD_PRELOAD": str(CHECKED), "PYTHONMALLOC": "malloc", "MALLOC_PERTURB_": "165", "MALLOC_CHECK_": "3"}
    runs = [
        subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", WORK],
            env={**os.environ, **environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
        )
        for environment in (checks, {})
    ]
    assert [run.returncode for run in runs] == [0, 0], runs[0].stderr + runs[1].stderr
    assert runs[0].stdout == runs[1].stdout
    assert int(runs[0].stdout) > 3_000
