"""Both kinds of store, empty, for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from cleanclaim.store.store import Store, open_store
from tests.store.made import Clock
from tests.store.postgres_server import running


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a Postgres server."""
    pytest.importorskip("psycopg", reason="the extra cleanclaim[postgres] is not installed")
    with running() as url:
        yield url


def emptied(url: str) -> str:
    """The URL, without the store that another test left there."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS cleanclaim_audit CASCADE")
    return url


@pytest.fixture(params=["duckdb", "postgres"])
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes places for stores: a path, or a URL."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres")
        return lambda: emptied(url)
    return lambda: str(tmp_path / f"{uuid4().hex}.duckdb")


@pytest.fixture
def store(new_place: Callable[[], str], tmp_path: Path) -> Store:
    """A store that is not there yet."""
    return open_store(new_place(), wait=0.3, staging=tmp_path / "staging")


@pytest.fixture
def clock() -> Clock:
    """Six in the morning of the first of March."""
    return Clock()
