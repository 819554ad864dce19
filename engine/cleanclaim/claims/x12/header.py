"""The interchange header (ISA): the only place where an X12 file says what its delimiters are."""

from __future__ import annotations

import re
from typing import NamedTuple

BLANKS = " \t\r\n\0\x1a\ufeff"
"""What may stand between segments: indentation, line breaks, padding, an old end-of-file mark."""

WINDOW = 512
"""Characters that surely hold an ISA, however it is padded; the standard says 106."""

_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1)
_EXACT = re.compile(r"ISA([^A-Za-z0-9\s])" + "".join(rf".{{{n}}}\1" for n in _WIDTHS), re.DOTALL)
_LINE_BREAK = re.compile(r"[\r\n]+")
WIDTH = 106


_NO_COMPONENT = frozenset(" \r\n")


class Header(NamedTuple):
    """Delimiters, the ISA's own elements, where it ends in the text, and what was odd about it."""

    element: str
    component: str
    terminator: str
    elements: list[str]
    end: int
    oddity: str


def read_header(text: str) -> Header | str:
    """The header at the start of ``text``, or the reason why its delimiters cannot be told."""
    if not text.startswith("ISA"):
        return _not_a_header(text)
    element = text[3:4]
    if not element or element.isalnum() or element in BLANKS.replace("\t", ""):
        return "the interchange header (ISA) has no element separator in its fourth character; resend the file"
    fields = text[:WINDOW].split(element, 16)
    if len(fields) < 17 or len(fields[16]) < 2:
        return "the interchange header (ISA) is cut short or lacks elements, 16 are needed; resend the file"
    component, terminator = fields[16][0], fields[16][1]
    end = sum(map(len, fields[:16])) + 16 + 2
    elements = [_LINE_BREAK.sub("", field) for field in fields[:16]]
    width = sum(map(len, elements)) + 16 + 2
    oddity = ""
    if width != WIDTH:
        oddity = f"the interchange header (ISA) is {width} characters wide, not {WIDTH}; it was read by its separators"
    used = _terminator_used(text[end - 1 : WINDOW], element, terminator)
    if used and used == component:
        component, terminator, end = "", used, end - 1
        oddity = "the interchange header (ISA) declares no component separator (ISA16)"
    elif used and used != terminator:
        end -= terminator.isalnum()
        terminator = used
        oddity = "the interchange header (ISA) does not end in the terminator of the segments behind it, which is used"
    distinct = len({element, component, terminator}) == 3
    if not distinct or terminator.isalnum() or terminator == " " or component.isalnum() or component in _NO_COMPONENT:
        return "the interchange header (ISA) does not end in a component separator and a segment terminator"
    if len(text) >= WINDOW and terminator not in text[end:WINDOW]:
        return "no segment behind the interchange header (ISA) ends in the terminator that it declares"
    return Header(element, component, terminator, [*elements, component], end, oddity)


def _terminator_used(text: str, element: str, declared: str) -> str | None:
    """What stands between the GS and the ST behind the header, where that ends the segments there."""
    e = re.escape(element)
    match = re.search(rf"GS{e}(?:[^{e}]*{e}){{7}}[0-9A-Z]+([^A-Za-z0-9\s{e}])[{BLANKS}]*ST{e}", text)
    if match is None:
        return None
    # One segment whose end is damaged must not outvote the header.
    outvoted = not declared.isalnum() and 2 * text.count(match[1]) <= text.count(declared)
    return None if outvoted else match[1]


def next_header(text: str, start: int, terminator: str) -> int:
    """Where the next interchange begins at or after ``start``, or -1.

    It stands at the start of a segment, or is so exactly an ISA that the file before it must have
    been cut off and joined.
    """
    blanks = BLANKS.replace(terminator, "")
    at = text.find("ISA", start)
    while at >= 0:
        before = text[max(0, at - 256) : at].rstrip(blanks)
        after = text[at + 3 : at + 4]
        starts_segment = before.endswith(terminator) or not before.strip(BLANKS)
        if (starts_segment and not after.isalnum() and after) or _EXACT.match(text, at):
            return at
        at = text.find("ISA", at + 3)
    return -1


def _not_a_header(text: str) -> str:
    start = text[:2]
    if start in ("GS", "ST"):
        return (
            f"the file starts with {start}: its interchange header (ISA), which names the delimiters, is missing; "
            "export the whole interchange"
        )
    return "this is not an X12 file: it does not start with an interchange header (ISA)"
