"""Work of processes that were killed is removed, work of those that live is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cleanclaim.store.work_folder import PREFIX, work_folder

HOLDER = """
import sys
from pathlib import Path
from cleanclaim.store.work_folder import work_folder
with work_folder(Path(sys.argv[1])) as folder:
    (folder / "claims").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_only_what_nobody_holds_is_removed(tmp_path: Path) -> None:
    other = tmp_path / f"{PREFIX}of-another-program"
    other.mkdir()
    held = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    folders = [Path(process.stdout.readline().strip()) for process in held if process.stdout is not None]
    assert all((folder / "claims").exists() for folder in folders)
    held[0].kill()
    held[0].wait()
    with work_folder(tmp_path) as own:
        assert sorted(path for path in tmp_path.iterdir() if path != other) == sorted([own, folders[1]])
        assert own.stat().st_mode & 0o077 == 0
        with work_folder(tmp_path) as second:
            assert own.exists() and second != own
    held[1].communicate("")
    assert list(tmp_path.iterdir()) == [other]
