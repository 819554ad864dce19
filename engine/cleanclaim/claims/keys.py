"""Keys of our own making, for what the input leaves without one."""

from __future__ import annotations


def lone_patient(source: str, claim: str) -> str:
    """A patient key for a claim that names no patient: it joins that claim's lines and no others."""
    return f"?{source}?{claim}"
