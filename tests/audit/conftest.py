"""A library for testing audits, its table, and a desk at which audits of it run."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleanclaim.tables.store import TableStore
from tests.audit.audited import Desk, desk
from tests.conftest import ROOT
from tests.tables.files import brought

LIBRARY = ROOT / "tests" / "audit" / "library"


@pytest.fixture
def tables(tmp_path: Path) -> TableStore:
    """With the list that the library asks for."""
    path = tmp_path / "listed.csv"
    path.write_text("procedure\n98940\n")
    store = TableStore(tmp_path / "tables")
    brought(store, "generic", path, name="acme-listed")
    return store


@pytest.fixture
def night(tmp_path: Path, tables: TableStore) -> Desk:
    return desk(tmp_path, [LIBRARY], tables=tables)
