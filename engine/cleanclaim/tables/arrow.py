"""pyarrow and its parts, imported only when they are needed: a lint without imported tables needs none."""

from __future__ import annotations

import importlib
from types import ModuleType

from cleanclaim.tables.problems import ImportRefused, Problem


def arrow(part: str = "") -> ModuleType:
    """pyarrow, or a part of it. Raises :class:`ImportRefused` where it is not installed."""
    try:
        return importlib.import_module(f"pyarrow.{part}" if part else "pyarrow")
    except ImportError:
        raise ImportRefused(
            Problem("tables are kept with pyarrow, which is not installed", "pip install pyarrow")
        ) from None
