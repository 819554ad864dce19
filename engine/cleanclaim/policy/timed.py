"""How minutes of timed services become 15-minute units, by the three methods in use.

Sources: CMS total time, Medicare Claims Processing Manual (Pub. 100-04) ch. 5 §20.2.C; midpoint,
the CPT time rule (a unit of time is attained when the midpoint is passed); full increment, payers
that pay only for 15 full minutes (for one: Health Network Solutions on 97140).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from cleanclaim.claims.model import Number
from cleanclaim.policy.model import Method

MINUTES_A_UNIT = 15
LEAST_MINUTES = 8

Code = TypeVar("Code")


def units_of_one(minutes: Number, method: Method) -> int:
    """Units that the minutes of one service by itself allow.

    >>> [units_of_one(m, Method.CPT_MIDPOINT) for m in (7, 8, 22, 23, 60)]
    [0, 1, 1, 2, 4]
    >>> [units_of_one(m, Method.FULL_INCREMENT) for m in (14, 15, 59)]
    [0, 1, 3]
    """
    if method is Method.FULL_INCREMENT:
        return max(0, int(minutes // MINUTES_A_UNIT))
    return int((minutes + 7) // MINUTES_A_UNIT) if minutes >= LEAST_MINUTES else 0


@dataclass(frozen=True, slots=True)
class Units:
    """What a day's minutes allow: at most ``by_code`` units each, and ``whole`` units in all."""

    by_code: Mapping[str | None, int]
    whole: int


def units_of_day(minutes: Mapping[str | None, Number], method: Method) -> Units:
    """Units that the minutes of several services of one day allow, by procedure.

    Under total time each code gets its full quarters of an hour; the units left over go one each
    to the largest remainders, and where remainders tie for the last of them any tied code may
    have it, so each is allowed it and only ``whole`` tells.

    >>> units_of_day({"97112": 24, "97110": 23}, Method.CMS_TOTAL)
    Units(by_code={'97112': 2, '97110': 1}, whole=3)
    >>> units_of_day({"97112": 20, "97110": 20}, Method.CMS_TOTAL)
    Units(by_code={'97112': 2, '97110': 2}, whole=3)
    """
    if method is not Method.CMS_TOTAL:
        alone = {code: units_of_one(spent, method) for code, spent in minutes.items()}
        return Units(alone, sum(alone.values()))
    whole = units_of_one(sum(minutes.values()), method)
    quarters = {code: int(spent // MINUTES_A_UNIT) for code, spent in minutes.items()}
    remainders = {code: spent % MINUTES_A_UNIT for code, spent in minutes.items()}
    left = whole - sum(quarters.values())
    if left > 0:
        last = sorted(remainders.values(), reverse=True)[left - 1]
        for code, remainder in remainders.items():
            quarters[code] += remainder >= last and remainder > 0
    return Units(quarters, whole)
