"""Where imported tables are kept: where the user says, else in the user's data directory."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "CLEANCLAIM_TABLES"


def tables_dir(option: Path | None) -> Path:
    """The folder of imported tables: the option, else the variable, else the platform's data directory."""
    if option is not None:
        return option
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    import platformdirs

    return platformdirs.user_data_path("cleanclaim") / "tables"
