"""The kinds of tables that can be imported, one file each."""

from __future__ import annotations

from collections.abc import Mapping

from cleanclaim.tables.importers.add_on import ADD_ON
from cleanclaim.tables.importers.fee_schedule import FEE_SCHEDULE
from cleanclaim.tables.importers.generic import GENERIC
from cleanclaim.tables.importers.lcd import LCD
from cleanclaim.tables.importers.mue import MUE
from cleanclaim.tables.importers.ncci_ptp import NCCI_PTP
from cleanclaim.tables.importers.telehealth import TELEHEALTH
from cleanclaim.tables.importers.ucr import UCR
from cleanclaim.tables.kind import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (NCCI_PTP, MUE, ADD_ON, TELEHEALTH, FEE_SCHEDULE, UCR, LCD, GENERIC)
}
