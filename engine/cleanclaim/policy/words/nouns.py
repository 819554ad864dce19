"""What the fields of a claim line are called in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from cleanclaim.claims.fields import BY_NAME


@dataclass(frozen=True, slots=True)
class Noun:
    """A field's name in a sentence, and whether it takes a plural verb."""

    text: str
    plural: bool = False


NOUNS: dict[str, Noun] = {
    "claim": Noun("claim"),
    "line": Noun("line number"),
    "claim_type": Noun("kind of claim"),
    "patient": Noun("patient"),
    "payer": Noun("payer's identifier"),
    "payer_name": Noun("payer's name"),
    "payer_type": Noun("line of business"),
    "plan": Noun("plan"),
    "service_date": Noun("date of service"),
    "service_through": Noun("last date of service"),
    "received": Noun("date of receipt"),
    "submitted": Noun("date of submission"),
    "admitted": Noun("admission date"),
    "discharged": Noun("discharge date"),
    "discharge_status": Noun("discharge status"),
    "procedure": Noun("procedure"),
    "modifiers": Noun("modifiers", plural=True),
    "revenue_code": Noun("revenue code"),
    "drg": Noun("DRG"),
    "place_of_service": Noun("place of service"),
    "bill_type": Noun("type of bill"),
    "claim_frequency": Noun("claim frequency"),
    "units": Noun("units", plural=True),
    "minutes": Noun("minutes", plural=True),
    "charge": Noun("charge"),
    "claim_charge": Noun("total charge of the claim"),
    "allowed": Noun("allowed amount"),
    "paid": Noun("paid amount"),
    "diagnoses": Noun("diagnoses", plural=True),
    "pointed_diagnoses": Noun("diagnoses pointed to", plural=True),
    "diagnosis_pointers": Noun("diagnosis pointers", plural=True),
    "rendering_npi": Noun("rendering provider's NPI"),
    "billing_npi": Noun("billing provider's NPI"),
    "billing_tin": Noun("billing provider's tax identifier"),
    "facility_npi": Noun("facility's NPI"),
    "referring_npi": Noun("referring provider's NPI"),
    "ordering_npi": Noun("ordering provider's NPI"),
    "supervising_npi": Noun("supervising provider's NPI"),
    "rendering_taxonomy": Noun("rendering provider's taxonomy"),
    "billing_taxonomy": Noun("billing provider's taxonomy"),
    "state": Noun("state of service"),
    "patient_birth_date": Noun("patient's birth date"),
    "patient_sex": Noun("patient's sex"),
    "authorization": Noun("prior authorization"),
    "related_causes": Noun("related causes", plural=True),
    "performer.licences": Noun("performer's licences", plural=True),
    "performer.supervisor_npi": Noun("NPI of the performer's supervisor"),
}

DIAGNOSES = frozenset({"diagnoses", "pointed_diagnoses"})
"""Fields of ICD-10-CM codes, which people read with a point."""


def noun_of(field: str) -> Noun:
    """The noun of a field; a field that is new has its name without underscores until it is given one."""
    return NOUNS.get(field) or Noun(field.replace("_", " ").replace(".", " "))


def with_point(code: str) -> str:
    """A diagnosis as people read it.

    >>> with_point("M9903"), with_point("I10"), with_point("M990*")
    ('M99.03', 'I10', 'M99.0*')
    """
    return f"{code[:3]}.{code[3:]}" if len(code.rstrip("*")) > 3 else code


def is_nullable(field: str) -> bool:
    """Whether a claim may lack the field."""
    return field not in BY_NAME or BY_NAME[field].nullable
