"""`cleanclaim audit` as it is typed, cut into small slices, which tells on standard error where it is: for kills."""

from __future__ import annotations

import sys
from typing import Any

from cleanclaim.audit import ready as ready_module
from cleanclaim.audit import run as run_module
from cleanclaim.store import store as store_module
from cleanclaim.store.staging import Staging
from cleanclaim_cli.main import main

SLICE, SCOPE = 300, 100


def _tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")
    sys.stderr.flush()


def _telling() -> None:
    ready_module.SLICE, run_module.SCOPE = SLICE, SCOPE
    write, commit = Staging.write, vars(store_module)["commit"]

    def writing(*arguments: Any) -> Any:
        _tell("staging")
        return write(*arguments)

    def committing(*arguments: Any) -> Any:
        _tell("committing")
        done = commit(*arguments)
        _tell("committing what is written")
        return done

    Staging.write = writing  # type: ignore[method-assign]
    vars(store_module)["commit"] = committing


if __name__ == "__main__":
    _telling()
    main()
