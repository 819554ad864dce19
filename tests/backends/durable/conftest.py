"""Without durable_rules (Python 3.13 and later) tests that run its module are left out, and the header says so."""

from __future__ import annotations

from importlib.util import find_spec

ABSENT = find_spec("durable_rules_engine") is None

collect_ignore = (
    [f"test_{name}.py" for name in ("crowds", "driver", "every_node", "host", "memory_checks", "traps", "twelve")]
    if ABSENT
    else []
)


def pytest_report_header() -> str | None:
    return "durable_rules is not installed: tests of its module are left out" if ABSENT else None
