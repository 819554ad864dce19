"""A Postgres of the tests' own: made in a temporary folder, on a free port, as a user who is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_VERSIONS = Path("/usr/lib/postgresql")


def programs() -> Path:
    """The folder of ``initdb`` and ``pg_ctl``; skips where Postgres is not installed."""
    folders = sorted(_VERSIONS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = shutil.which("initdb")
    if not folders and found is None:
        pytest.skip("no Postgres server is installed (Debian: apt-get install postgresql)")
    return folders[-1].parent if folders else Path(str(found)).parent


@contextmanager
def running() -> Iterator[str]:
    """The URL of a server that runs while the block does."""
    bin_ = programs()
    owner = _owner()
    # Directly in the system's folder: other users cannot enter those that pytest makes.
    folder = Path(tempfile.mkdtemp(prefix="cleanclaim-postgres-"))
    try:
        if owner is not None:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        _run([bin_ / "initdb", "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync"], owner)
        port = _free_port()
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
        _run([bin_ / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start"], owner)
        try:
            yield f"postgresql://tests@127.0.0.1:{port}/postgres"
        finally:
            _run([bin_ / "pg_ctl", "-D", data, "-m", "immediate", "stop"], owner)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> pwd.struct_passwd | None:
    """Postgres refuses to run as root; then its own user runs it."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("Postgres does not run as root, and there is no user postgres or nobody")


def _run(command: list[str | Path], owner: pwd.struct_passwd | None) -> None:
    as_owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner is not None else {}
    done = subprocess.run(
        [str(each) for each in command],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if command[-1] != "start" else subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        text=True,
        **as_owner,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
