"""The CSV files that policies name: where they may lie, what columns they have, and whether their rows are right."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cleanclaim.policy.diagnostics import Diagnostic, quoted
from cleanclaim.policy.model import TableSpec
from cleanclaim.policy.tables import TableError, read_table

Header = tuple[str, ...]

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Why a table's file cannot be used, and what to do."""

    message: str
    help: str


@dataclass(frozen=True)
class TableFiles:
    """The files of one library.

    ``roots`` maps the path of each policy file to the folder of its library. Rows are read only
    where ``rows`` asks for it: a policy loads by the headers of its tables alone.
    """

    roots: Mapping[str, Path]
    rows: bool = False
    _read: dict[_Key, tuple[Diagnostic, ...]] = field(default_factory=dict, repr=False)

    def problems(self, spec: TableSpec) -> tuple[Diagnostic, ...]:
        """What is wrong with the rows of a table; each file is read once for the same columns."""
        if not self.rows or spec.file is None:
            return ()
        key = (spec.file, *sorted(spec.columns.items()), spec.start, spec.through)
        if key not in self._read:
            try:
                read_table(spec, Path(spec.file))
                self._read[key] = ()
            except TableError as error:
                self._read[key] = error.diagnostics
        return self._read[key]

    def header(self, policy: str, written: str) -> Header | FileProblem:
        """The columns of a file that lies in the folder of the policy that names it, or in its root.

        Takes the path of that policy, and the table's path as written there. Links are followed
        before a place is judged, so that none leads out.
        """
        folder = Path(policy).parent
        if "\0" in written:
            return FileProblem("a table's file has no such name", "write a relative path to a CSV file")
        if not written.lower().endswith(".csv"):
            return FileProblem(
                f"{quoted(written)} is not a CSV file",
                "convert it to CSV; Parquet tables are imported (`import: NAME`)",
            )
        try:
            path = (folder / written).resolve()
            allowed = (folder.resolve(), self.roots.get(policy, folder).resolve())
            if Path(written).is_absolute() or not any(path.is_relative_to(root) for root in allowed):
                return FileProblem(
                    f"{quoted(written)} lies outside the policy library",
                    "keep tables beside the policy or in the library's folder, and load the whole folder",
                )
            with path.open(encoding="utf-8-sig", newline="") as stream:
                header = next(csv.reader([stream.readline(100_000)], strict=True), [])
        except FileNotFoundError:
            return FileProblem(
                f"there is no file {quoted(written)}", "correct the path; it is relative to this policy's folder"
            )
        except (OSError, UnicodeDecodeError, csv.Error, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            return FileProblem(
                f"{quoted(written)} cannot be read ({reason})", "save it as a CSV file in UTF-8 with a header row"
            )
        names = tuple(cell.strip() for cell in header)
        if not any(names):
            return FileProblem(
                f"{quoted(written)} has no header row", "write the names of its columns in its first row"
            )
        if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
            return FileProblem(
                f"{quoted(written)} has no commas between its columns", "save it as CSV with commas and a decimal point"
            )
        return names
