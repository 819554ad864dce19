"""Excel workbooks as rows of text, read with calamine, which is installed with ``cleanclaim[xlsx]``."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from cleanclaim.policy.diagnostics import quoted
from cleanclaim.tables.members import Member
from cleanclaim.tables.problems import ImportRefused, Problem

MOST_BYTES = 256 << 20


class Sheet:
    """One sheet. ``first`` is the number in Excel of the first row that :meth:`rows` gives."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        start = sheet.start
        self.first = (start[0] if start is not None else 0) + 1

    def rows(self) -> Iterator[list[str]]:
        """The rows from the first that is filled; each cell as a person would type it."""
        for row in self._sheet.to_python(skip_empty_area=True) if self.first > 1 else self._sheet.iter_rows():
            yield [_text(cell) for cell in row]


def sheets(member: Member) -> Iterator[Sheet]:
    """The sheets of a workbook. Raises :class:`ImportRefused` where it cannot be read."""
    try:
        calamine = importlib.import_module("python_calamine")
    except ImportError:
        raise ImportRefused(
            Problem(
                f"{quoted(member.place)} is an Excel workbook, and the reader of those is not installed",
                "pip install 'cleanclaim[xlsx]', or import the .txt or .csv that CMS publishes beside it",
            )
        ) from None
    if member.size > MOST_BYTES:
        raise ImportRefused(Problem(f"{quoted(member.place)} is too large a workbook", "save it as CSV"))
    try:
        with member.open() as stream:
            book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
        for name in book.sheet_names:
            yield Sheet(book.get_sheet_by_name(name))
    except (calamine.CalamineError, OSError, ValueError, EOFError, RuntimeError):
        raise ImportRefused(
            Problem(
                f"{quoted(member.place)} is not a whole Excel workbook, or is locked by a password",
                "open it in Excel and save it anew, or as CSV",
            )
        ) from None


def _text(cell: object) -> str:
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() else repr(cell)
        case datetime():
            return cell.date().isoformat()
        case date() | int() | time() | timedelta():
            return str(cell)
        case _:
            return ""
