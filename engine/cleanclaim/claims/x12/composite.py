"""Composite elements (``HC:97124:59``), and which separator a claim really uses in them."""

from __future__ import annotations

import re

from cleanclaim.claims.x12.segments import Segment
from cleanclaim.claims.x12.values import element

_COMPOSITES = {"CLM": 5, "SV1": 1, "SV2": 2, "HI": 1}
_USED = re.compile(r"[A-Z0-9]{2,3}([^A-Za-z0-9\s.\-])")
_USUAL = ":"


def component_separator(declared: str, segments: list[Segment]) -> str:
    """The separator the claim's composites use: the one ISA16 declares, unless it is nowhere in them.

    >>> component_separator(":", [["CLM", "1", "20", "", "", "11>B>1"]])
    '>'
    """
    if declared and declared in element(segments[0], 5):
        return declared
    used = ""
    for segment in segments:
        place = _COMPOSITES.get(segment[0])
        if place is None:
            continue
        value = element(segment, place)
        if declared and declared in value:
            return declared
        match = _USED.match(value)
        if match and not used:
            used = match[1]
    return used or declared or _USUAL


def component(parts: list[str], number: int) -> str:
    """The component without blanks around it, empty where the composite is shorter."""
    return parts[number - 1].strip() if number <= len(parts) else ""
