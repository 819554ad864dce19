"""Whole audits killed at random moments: nothing lost, nothing doubled, nothing left lying about."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audit.soak import soak


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_killed_audits_leave_the_store_whole(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """A short soak; `make soak` is a long one."""
    hit = soak(10, 20260301, tmp_path)
    record_property("kills", str(hit))
    print(hit)
    assert hit.kills >= 10, str(hit)
    assert hit.runs >= 4, str(hit)
