"""Small pools of values for every field, so that lines collide, match and straddle boundaries often."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cleanclaim.claims.fields import FIELDS, ValueType
from cleanclaim.claims.model import Scalar
from tests.strategies.choose import Choose

_T = ValueType

CODE_POOLS: dict[str, tuple[str, ...]] = {
    "procedure": ("97124", "97140", "98940", "98941", "0591T", "12E45"),
    "modifier": ("59", "XS", "GP", "AT"),
    "diagnosis": ("M5450", "E109", "E119", "S134XXA"),
    "licence": ("LMT", "DC", "PT"),
    "place": ("11", "12", "02"),
    "revenue": ("0420", "0421"),
    "other": ("1", "7", "20", "131", "225700000X"),
}
"""Codes by family; the values of the code fields of one family are drawn from one pool."""

RANGES: dict[str, tuple[str, ...]] = {
    "procedure": ("97124-97140", "98940-98942", "0590T-0599T", "00100-99999"),
    "modifier": ("XE-XU", "50-79"),
    "diagnosis": ("E100-E119", "M5400-M5499"),
    "licence": ("DA-LZ",),
    "place": ("11-12",),
    "revenue": ("0420-0429",),
    "other": ("100-199",),
}
PREFIXES: dict[str, tuple[str, ...]] = {
    "procedure": ("989*", "97*", "0*"),
    "modifier": ("X*",),
    "diagnosis": ("E1*", "M54*"),
    "licence": ("L*",),
    "place": ("1*",),
    "revenue": ("042*",),
    "other": ("2*",),
}

FAMILY: dict[str, str] = {
    "procedure": "procedure",
    "modifiers": "modifier",
    "diagnoses": "diagnosis",
    "pointed_diagnoses": "diagnosis",
    "performer.licences": "licence",
    "place_of_service": "place",
    "revenue_code": "revenue",
    "region": "place",
    "body_regions": "modifier",
}
"""The family of a field's codes; ``other`` where none is given."""

TEXTS: dict[str, tuple[str, ...]] = {
    "claim": ("C1", "C2", "C3"),
    "claim_type": ("professional", "institutional"),
    "patient": ("P1", "P2"),
    "payer": ("ACME", "BETA"),
    "payer_name": ("Acme Health", "Beta Plan"),
    "payer_type": ("medicare", "commercial"),
    "plan": ("GOLD", "PPO"),
    "state": ("CA", "WA"),
    "patient_sex": ("F", "M"),
    "authorization": ("A1", "A2"),
    "referral_note": ("seen", "not seen"),
}
NPIS = ("1000000004", "1000000012", "1000000013")
"""The values of every other text field; the last has a wrong check digit."""

NUMBERS: dict[str, tuple[int | Decimal, ...]] = {
    "line": (1, 2, 3),
    "units": (1, 2, 3, 4, 0, Decimal("0.5"), Decimal("1.5")),
    "minutes": (15, 8, 7, 22, 23, 30, 60, 0, Decimal("7.5")),
}
COUNTS: tuple[int | Decimal, ...] = (1, 2, 3, 4, 8, 15, 18, 79, 0, Decimal("2.5"), Decimal("1.5"))
MONEYS = tuple(map(Decimal, ("10.00", "25.50", "40.00", "0.00", "100.00")))

DAYS = tuple(
    map(
        date.fromisoformat,
        (
            "2020-01-01",
            "2020-01-02",
            "2019-12-31",
            "2020-01-31",
            "2020-02-01",
            "2020-02-29",
            "2020-03-01",
            "2020-12-31",
            "2021-01-01",
        ),
    )
)
"""Dates of service: the ends of versions, months and years, and the days beside them."""
CLUSTERS = tuple(
    tuple(map(date.fromisoformat, days))
    for days in (
        ("2019-12-31", "2020-01-01", "2020-01-02"),
        ("2020-01-01", "2020-01-31", "2020-02-01"),
        ("2020-01-31", "2020-02-01", "2020-02-29", "2020-03-01"),
        ("2020-01-01", "2020-12-31", "2021-01-01"),
    )
)
"""Dates that stand at the reach of a window from each other, or on two sides of a boundary."""
BIRTHS = tuple(map(date.fromisoformat, ("2002-01-01", "1940-02-15", "1940-01-10", "2016-02-29")))
"""Birth dates with birthdays at the dates of service or soon after, where leap days would mislead a division."""

DECLARED: dict[str, ValueType] = {
    "consent": _T.BOOLEAN,
    "review_minutes": _T.NUMBER,
    "copay": _T.MONEY,
    "certified": _T.DATE,
    "referral_note": _T.TEXT,
    "region": _T.CODE,
    "body_regions": _T.CODES,
}
"""The declared facts that any random policy may use: all types, boolean too."""

TYPES: dict[str, ValueType] = {spec.name: spec.type for spec in FIELDS} | DECLARED
"""Every field and declared fact, by type."""

COMMON = (
    "procedure",
    "modifiers",
    "service_date",
    "units",
    "minutes",
    "charge",
    "rendering_npi",
    "claim",
    "line",
    "payer",
    "performer.licences",
    "diagnoses",
    "place_of_service",
    "received",
)
"""Fields that policies speak of most."""

BY_TYPE: dict[ValueType, tuple[str, ...]] = {
    type_: tuple(
        sorted((name for name, its in TYPES.items() if its is type_), key=lambda name: (name not in COMMON, name))
    )
    for type_ in ValueType
}


def family_of(name: str | None) -> str:
    """The family of codes that a field holds."""
    return FAMILY.get(name or "", "other")


def value_of(choose: Choose, type_: ValueType, name: str | None) -> Scalar:
    """A value of a type that a field might well hold (any field of the type, if none is named)."""
    match type_:
        case _T.CODE | _T.CODES:
            return choose.pick(CODE_POOLS[family_of(name)])
        case _T.TEXT:
            return choose.pick(TEXTS.get(name or "", NPIS))
        case _T.NUMBER:
            return choose.pick(NUMBERS.get(name or "", COUNTS))
        case _T.MONEY:
            return choose.pick(MONEYS)
        case _T.DATE:
            return choose.pick(BIRTHS if name == "patient_birth_date" else DAYS)
        case _T.BOOLEAN:
            return choose.chance(50)
