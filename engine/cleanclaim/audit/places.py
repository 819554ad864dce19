"""Where judged lines were read, for people: the file, and the row or the claim in it."""

from __future__ import annotations

from collections.abc import Mapping

from cleanclaim.audit.odd import Connection
from cleanclaim.audit.opened import INPUT_BITS
from cleanclaim.audit.sources import Sources
from cleanclaim.audit.sql import quoted
from cleanclaim.claims.tables.settled import SOURCE


class Places:
    """The places of the lines whose ``row`` is among those of a relation."""

    def __init__(self, connection: Connection, sources: Sources, rows: str) -> None:
        judged = [opened for opened in sources.opened if not opened.history]
        self._names = {number: name for each in judged for number, name in zip(each.numbers, each.names, strict=True)}
        self._told: Mapping[int, str] = {}
        for opened in judged:
            if opened.settled:
                # Converted lines tell where their claims were.
                told = f"SELECT {opened.key} AS row, {quoted(SOURCE)} FROM {opened.relation}"
                found = connection.execute(f"SELECT * FROM ({told}) WHERE row IN ({rows})").fetchall()
                self._told = {**self._told, **dict(found)}

    def __call__(self, row: int) -> str:
        """The place of a line."""
        told = self._told.get(row)
        return told if told is not None else f"{self._names[row >> INPUT_BITS]}, row {row & ((1 << INPUT_BITS) - 1)}"
