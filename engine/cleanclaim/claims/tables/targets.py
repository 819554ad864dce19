"""What a column of a claims table may feed: a field of a line, its status, or a declared fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cleanclaim.claims.fields import BY_NAME, FIELDS, ValueType
from cleanclaim.claims.model import Status


@dataclass(frozen=True, slots=True)
class Target:
    """One thing a table can say of a line.

    ``name`` is the policy's name for it and ``column`` the table's. A list-valued field of the
    catalogue is a numbered family: ``column`` is its stem and ``members`` its columns.
    ``width`` is the number of digits that a code of nothing but digits has by definition.
    """

    name: str
    type: ValueType
    column: str
    members: tuple[str, ...] = ()
    nullable: bool = True
    values: tuple[str, ...] = ()
    width: int = 0
    fact: bool = False

    @property
    def listed(self) -> bool:
        """Whether its value is a list of codes."""
        return self.type is ValueType.CODES

    @property
    def counted(self) -> bool:
        """Whether something counts the places of its codes, so that a gap among them is one."""
        return self.name == "diagnoses"


STATUS = "line_status"
REQUIRED = ("claim", "line", "patient", "service_date")
"""The fields without whose columns no row of a table can be told from another."""

_CODES_OF_A_FACT = 12
_WIDTHS = {"revenue_code": 4, "drg": 3, "place_of_service": 2}

CATALOGUE: dict[str, Target] = {
    spec.name: Target(
        name=spec.name,
        type=spec.type,
        column=spec.column,
        members=tuple(f"{spec.column}{n}" for n in range(1, spec.columns + 1)) if spec.columns > 1 else (),
        nullable=spec.nullable,
        values=spec.values,
        width=_WIDTHS.get(spec.name, 0),
    )
    for spec in FIELDS
} | {STATUS: Target(STATUS, ValueType.TEXT, STATUS, values=tuple(status.value for status in Status))}

_FAMILIES = ("diagnosis_poa_", "procedure_code_", "procedure_date_")
UNREAD_TUVA_COLUMNS = frozenset(
    {
        "member_id",
        "claim_start_date",
        "claim_end_date",
        "admit_source_code",
        "admit_type_code",
        "drg_code_type",
        "rendering_tin",
        "rendering_name",
        "billing_name",
        "facility_name",
        "facility_tin",
        "paid_date",
        "coinsurance_amount",
        "copayment_amount",
        "deductible_amount",
        "total_cost_amount",
        "diagnosis_code_type",
        "procedure_code_type",
        "in_network_flag",
        "data_source",
        "file_name",
        "file_date",
        "ingest_datetime",
        "tuva_last_run",
    }
    | {f"{stem}{n}" for stem in _FAMILIES for n in range(1, 26)}
)
"""Columns of Tuva's layout that no policy field is made from: expected, so not worth a warning."""


def targets(declared: Mapping[str, ValueType]) -> dict[str, Target]:
    """All targets by policy name: the catalogue's, and the facts that loaded policies declare."""
    return CATALOGUE | {name: _fact(name, type) for name, type in declared.items() if name not in BY_NAME}


def _fact(name: str, type: ValueType) -> Target:
    """A declared fact is its own column, a list of codes a numbered family of columns too."""
    members = tuple(f"{name}_{n}" for n in range(1, _CODES_OF_A_FACT + 1)) if type is ValueType.CODES else ()
    return Target(name, type, name, members, fact=True)


def columns_of(target: Target) -> tuple[str, ...]:
    """The names under which a column may feed the target unmapped, the layout's own first."""
    return (*target.members, *dict.fromkeys((target.column, target.column.rstrip("_"), target.name)))
