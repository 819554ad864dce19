"""Where is kept what can be made again: where the user says, else in the user's cache directory."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "CLEANCLAIM_CACHE"


def cache_dir() -> Path:
    """The folder of statements kept from run to run: in that of the variable, else in the platform's."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named) / "statements"
    import platformdirs

    return platformdirs.user_cache_path("cleanclaim") / "statements"
