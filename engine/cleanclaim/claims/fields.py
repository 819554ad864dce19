"""The field catalogue: every fact of a claim line that a policy may speak of, said once.

The JSON Schemas' field lists, the table layout, the documentation and every back end are made
from this list. A field's policy name may hold a dot (``performer.licences``); its attribute on
:class:`cleanclaim.claims.model.Line` has an underscore instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ValueType(Enum):
    """The types of the policy language. A code is text that is never read as a number."""

    CODE = "code"
    CODES = "codes"
    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One fact of a claim line.

    ``column`` is the column of the Tuva Project's ``medical_claim`` layout, or ours where Tuva
    has none; a list-valued field names a numbered family (``hcpcs_modifier_1`` …), ``columns``
    of them. ``who`` says where a missing value would be found.
    """

    name: str
    type: ValueType
    column: str
    doc: str
    nullable: bool = True
    columns: int = 1
    phi: bool = False
    ours: bool = False
    who: str = "the claim"
    values: tuple[str, ...] = ()

    @property
    def attribute(self) -> str:
        """The attribute of ``Line`` that holds it."""
        return self.name.replace(".", "_")


_T = ValueType

FIELDS: tuple[FieldSpec, ...] = (
    FieldSpec("claim", _T.TEXT, "claim_id", "The practice's number for the claim (837: CLM01).", nullable=False),
    FieldSpec(
        "line",
        _T.NUMBER,
        "claim_line_number",
        "The service line's number in the claim (837: LX01).",
        nullable=False,
    ),
    FieldSpec(
        "claim_type",
        _T.TEXT,
        "claim_type",
        "Professional (CMS-1500, 837P) or institutional (UB-04, 837I).",
        nullable=False,
        values=("professional", "institutional"),
    ),
    FieldSpec("patient", _T.TEXT, "person_id", "One person across claims; never printed.", nullable=False, phi=True),
    FieldSpec("payer", _T.TEXT, "payer", "The destination payer's identifier (837: NM1*PR, NM109)."),
    FieldSpec("payer_name", _T.TEXT, "payer_name", "The destination payer's name (837: NM1*PR, NM103).", ours=True),
    FieldSpec(
        "payer_type",
        _T.TEXT,
        "payer_type",
        "The line of business, from the claim filing indicator (837: SBR09).",
        ours=True,
        values=(
            "medicare",
            "medicaid",
            "medicare-advantage",
            "commercial",
            "blue-cross",
            "tricare",
            "workers-compensation",
            "auto",
            "self-pay",
            "federal-employees",
            "veterans",
            "other",
        ),
    ),
    FieldSpec("plan", _T.TEXT, "plan", "The plan or group (837: SBR03, else SBR04)."),
    FieldSpec(
        "service_date",
        _T.DATE,
        "claim_line_start_date",
        "First date of service of the line (837: DTP*472).",
        nullable=False,
    ),
    FieldSpec(
        "service_through",
        _T.DATE,
        "claim_line_end_date",
        "Last date of service of the line; the first where only one is given.",
        nullable=False,
    ),
    FieldSpec(
        "received",
        _T.DATE,
        "received_date",
        "The date the payer received the claim.",
        ours=True,
        who="the payer's acknowledgement",
    ),
    FieldSpec(
        "submitted",
        _T.DATE,
        "submitted_date",
        "The date the claim's transaction was created (837: BHT04).",
        ours=True,
        who="the transaction",
    ),
    FieldSpec("admitted", _T.DATE, "admission_date", "Admission date (837: DTP*435)."),
    FieldSpec("discharged", _T.DATE, "discharge_date", "Discharge date (837I: the statement's through date)."),
    FieldSpec("discharge_status", _T.CODE, "discharge_disposition_code", "Patient discharge status (837I: CL103)."),
    FieldSpec("procedure", _T.CODE, "hcpcs_code", "CPT or HCPCS code of the service."),
    FieldSpec(
        "modifiers",
        _T.CODES,
        "hcpcs_modifier_",
        "Modifiers in the order given; an empty list where there are none.",
        nullable=False,
        columns=5,
    ),
    FieldSpec("revenue_code", _T.CODE, "revenue_center_code", "Revenue code, four digits (837I: SV201)."),
    FieldSpec("drg", _T.CODE, "drg_code", "Diagnosis-related group, three digits (837I: HI*DR)."),
    FieldSpec("place_of_service", _T.CODE, "place_of_service_code", "Place of service of the line, else of the claim."),
    FieldSpec("bill_type", _T.CODE, "bill_type_code", "Type of bill without its frequency digit's meaning (837I)."),
    FieldSpec(
        "claim_frequency",
        _T.CODE,
        "claim_frequency_code",
        "1 original, 7 replacement, 8 void (837: CLM05-3).",
        ours=True,
    ),
    FieldSpec("units", _T.NUMBER, "service_unit_quantity", "Units of service billed; may be fractional."),
    FieldSpec(
        "minutes",
        _T.NUMBER,
        "service_minutes",
        "Documented minutes of the service; in timed therapy, of direct treatment.",
        ours=True,
        who="the treatment record",
    ),
    FieldSpec("charge", _T.MONEY, "charge_amount", "Charge of the line."),
    FieldSpec("claim_charge", _T.MONEY, "claim_charge_amount", "Total charge of the claim (837: CLM02).", ours=True),
    FieldSpec("allowed", _T.MONEY, "allowed_amount", "Amount the payer allowed.", who="the remittance"),
    FieldSpec("paid", _T.MONEY, "paid_amount", "Amount the payer paid.", who="the remittance"),
    FieldSpec(
        "diagnoses",
        _T.CODES,
        "diagnosis_code_",
        "ICD-10-CM codes of the claim, principal first, without the point; an empty list where there are none.",
        columns=25,
    ),
    FieldSpec(
        "pointed_diagnoses",
        _T.CODES,
        "pointed_diagnosis_code_",
        "The diagnoses that the line points to, in pointer order (837P: SV107).",
        columns=4,
        ours=True,
    ),
    FieldSpec(
        "diagnosis_pointers",
        _T.CODES,
        "diagnosis_pointer_",
        "The line's pointers as given, as digits from 1, even where they point beyond the diagnoses (837P: SV107).",
        # The form has twelve diagnoses to point to; that a line may point to four of them is for a rule to say.
        columns=12,
        ours=True,
    ),
    FieldSpec(
        "rendering_npi", _T.TEXT, "rendering_npi", "NPI of who performed the service (2420A, 2310B, else billing)."
    ),
    FieldSpec("billing_npi", _T.TEXT, "billing_npi", "NPI of the billing provider (2010AA)."),
    FieldSpec("billing_tin", _T.TEXT, "billing_tin", "Tax identifier of the billing provider.", phi=True),
    FieldSpec("facility_npi", _T.TEXT, "facility_npi", "NPI of the service facility (2310C, 2420C)."),
    FieldSpec("referring_npi", _T.TEXT, "referring_npi", "NPI of the referring provider (2310A, 2420F).", ours=True),
    FieldSpec("ordering_npi", _T.TEXT, "ordering_npi", "NPI of the ordering provider (2420E).", ours=True),
    FieldSpec("supervising_npi", _T.TEXT, "supervising_npi", "NPI of the supervising provider (2310D).", ours=True),
    FieldSpec(
        "rendering_taxonomy",
        _T.CODE,
        "rendering_taxonomy_code",
        "Taxonomy given for the rendering provider; weak evidence of a licence.",
        ours=True,
    ),
    FieldSpec(
        "billing_taxonomy", _T.CODE, "billing_taxonomy_code", "Taxonomy given for the billing provider.", ours=True
    ),
    FieldSpec(
        "state",
        _T.TEXT,
        "service_state",
        "Two-letter state of service: the facility's, else the billing provider's.",
        ours=True,
    ),
    FieldSpec(
        "patient_birth_date", _T.DATE, "birth_date", "Birth date of the patient; never printed.", phi=True, ours=True
    ),
    FieldSpec("patient_sex", _T.TEXT, "sex", "F, M or U.", phi=True, ours=True),
    FieldSpec(
        "authorization", _T.TEXT, "prior_authorization", "Prior authorization number (REF*G1).", phi=True, ours=True
    ),
    FieldSpec(
        "related_causes",
        _T.CODES,
        "related_cause_",
        "Related-causes codes: AA auto, EM employment, OA other (837P: CLM11).",
        nullable=False,
        columns=3,
        ours=True,
    ),
    FieldSpec(
        "performer.licences",
        _T.CODES,
        "performer_license_",
        "Licence types the rendering provider held in the state of service on the date of service.",
        columns=4,
        ours=True,
        who="the performer roster",
    ),
    FieldSpec(
        "performer.supervisor_npi",
        _T.TEXT,
        "performer_supervisor_npi",
        "NPI of who supervises the rendering provider.",
        ours=True,
        who="the performer roster",
    ),
)

BY_NAME: dict[str, FieldSpec] = {spec.name: spec for spec in FIELDS}
