"""The command that imports a table, by the name that policies give it."""

from __future__ import annotations

_KINDS = {
    "ncci-ptp-practitioner": "ncci-ptp",
    "ncci-ptp-hospital": "ncci-ptp",
    "mue-practitioner": "mue",
    "mue-outpatient": "mue",
    "mue-dme": "mue",
    "add-on": "add-on",
    "telehealth": "telehealth",
    "fee-schedule": "fee-schedule",
    "ucr": "ucr",
    "lcd": "lcd",
}


def is_published(name: str) -> bool:
    """Whether a table is one of the published kinds, or a list of the user's own."""
    return name in _KINDS


def import_command(name: str) -> str:
    """What to type to import a table.

    >>> import_command("mue-dme"), import_command("acme-fees")
    ('cleanclaim tables import mue FILE', 'cleanclaim tables import generic FILE --name acme-fees')
    """
    kind = _KINDS.get(name)
    return f"cleanclaim tables import {kind} FILE" if kind else f"cleanclaim tables import generic FILE --name {name}"
