"""The cells of published tables as values: codes, dates in the ways that CMS writes them, indicators, yes and no."""

from __future__ import annotations

import re
from datetime import date, timedelta

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.model import Scalar
from cleanclaim.policy.diagnostics import quoted
from cleanclaim.policy.table_cells import BadCell, cell
from cleanclaim.tables.kind import Read

_HCPCS = re.compile(r"[0-9A-Z]{4}[0-9A-Z]\Z", re.ASCII)
_JULIAN = re.compile(r"([0-9]{4})([0-9]{3})\Z", re.ASCII)
_SLASHED = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})\Z", re.ASCII)
_OPEN_YEAR = 9999
_CORRECT = "correct the row, or report it to whoever published the file"


def hcpcs(text: str) -> Scalar | None:
    """A procedure code: five digits or capital letters."""
    if _HCPCS.match(text):
        return text
    if not text:
        raise BadCell("there is no procedure code", _CORRECT)
    if text.isdigit() and len(text) < 5:
        raise BadCell(
            f"{quoted(text)} is not a procedure code",
            f"a spreadsheet has dropped its zeros ({text:0>5}); import the file as it was published",
        )
    raise BadCell(f"{quoted(text)} is not a procedure code", "a code is five digits or capital letters")


def plain(type_: ValueType, *, blank: bool = False) -> Read:
    """A cell as the tables of policies have it."""

    def read(text: str) -> Scalar | None:
        if not text and blank:
            return None
        if not text:
            raise BadCell("the cell is blank", "fill it, or remove the row")
        return cell(text, type_)

    return read


def day(text: str) -> Scalar | None:
    """A date that must be there: 20260701, 2026-07-01 or 7/1/2026."""
    return _there(text, day_or_open(text))


def day_or_open(text: str) -> Scalar | None:
    """A date, or none: blank, ``*``, or in the year 9999."""
    if not text.strip("*0"):
        return None
    if found := _SLASHED.match(text):
        text = f"{found[3]}-{found[1]:0>2}-{found[2]:0>2}"
    answer = cell(text, ValueType.DATE)
    return None if isinstance(answer, date) and answer.year >= _OPEN_YEAR else answer


def day_of_year(text: str) -> Scalar | None:
    """A date that must be there, as year and day of the year (2026182) or as any other."""
    return _there(text, day_of_year_or_open(text))


def day_of_year_or_open(text: str) -> Scalar | None:
    """A date as year and day of the year, or none."""
    found = _JULIAN.match(text)
    if found is None or not text.strip("0"):
        return day_or_open(text)
    year, number = int(found[1]), int(found[2])
    if year >= _OPEN_YEAR:
        return None
    answer = date(year, 1, 1) + timedelta(days=number - 1) if year and number else None
    if answer is None or answer.year != year:
        raise BadCell(f"{quoted(text)} is not a date", "the year has no such day")
    return answer


def _there(text: str, found: Scalar | None) -> Scalar:
    if found is None:
        raise BadCell("there is no date" if not text else f"{quoted(text)} is no date", _CORRECT)
    return found


def one_of(*values: str, blank: bool = False) -> Read:
    """One of a few indicators; a number that a spreadsheet has shortened is not guessed at."""

    def read(text: str) -> Scalar | None:
        if text.upper() in values:
            return text.upper()
        if not text and blank:
            return None
        raise BadCell(
            f"{quoted(text)} is not one of {', '.join(values)}" if text else "the cell is blank",
            f"known are {', '.join(values)}; {_CORRECT}",
        )

    return read


def letter(text: str) -> Scalar | None:
    """An indicator of one capital letter."""
    if len(text) == 1 and "A" <= text <= "Z":
        return text
    raise BadCell(
        f"{quoted(text)} is not one capital letter" if text else "the cell is blank",
        f"an indicator here is one of A to Z; {_CORRECT}",
    )


def leading(*digits: str) -> Read:
    """An indicator that stands before its words, as in ``2 Date of Service Edit: Policy``."""

    def read(text: str) -> Scalar | None:
        if text[:1] in digits and not text[1:2].isalnum():
            return text[0]
        raise BadCell(
            f"{quoted(text)} does not begin with {', '.join(digits)}" if text else "the cell is blank",
            f"known are {', '.join(digits)}; {_CORRECT}",
        )

    return read


def whole(text: str) -> Scalar | None:
    """A number of units: whole, and not below nought."""
    bare = text.replace(",", "")
    if bare.isascii() and bare.isdigit() and len(bare) <= 9:
        return int(bare)
    raise BadCell(
        f"{quoted(text)} is not a number of units" if text else "the cell is blank",
        f"units are whole and not negative; {_CORRECT}",
    )


def yes_or_no(text: str) -> Scalar | None:
    """Yes or no; blank where the list does not say."""
    match text.strip("*").strip().lower():
        case "yes" | "y" | "true":
            return True
        case "no" | "n" | "false":
            return False
        case "":
            return None
        case _:
            raise BadCell(f"{quoted(text)} is neither yes nor no", _CORRECT)


def words(text: str) -> Scalar | None:
    """Any text; quotation marks around it are a spreadsheet's."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('""', '"').strip()
    return text or None
