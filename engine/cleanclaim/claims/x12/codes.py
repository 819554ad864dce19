"""Code lists of the 837 that the reader needs: segments, transaction sets, payers, loops."""

from __future__ import annotations

# fmt: off
SEGMENTS = frozenset((
    "ISA", "IEA", "GS", "GE", "ST", "SE", "TA1", "ISB", "ISE", "BHT", "REF", "NM1", "N2",
    "N3", "N4", "PER", "HL", "PRV", "CUR", "SBR", "PAT", "DMG", "CLM", "DTP", "CL1", "DN1",
    "DN2", "PWK", "CN1", "DSB", "UR", "AMT", "K3", "NTE", "CR1", "CR2", "CR3", "CR4", "CR5",
    "CR6", "CR7", "CR8", "CRC", "HI", "QTY", "HCP", "HSD", "OI", "MIA", "MOA", "CAS", "LX",
    "SV1", "SV2", "SV3", "SV4", "SV5", "SV6", "SV7", "TOO", "MEA", "PS1", "IMM", "LIN", "CTP",
    "SVD", "LQ", "FRM", "LS", "LE", "INS", "REP", "MSG",
))
# fmt: on
"""Every segment of the 837 guides, 4010 and 5010, and of the envelope."""

TRAILERS = frozenset(("SE", "GE", "IEA"))

BOUNDARIES = TRAILERS | {"ISA", "GS", "ST", "HL", "CLM"}
"""What ends a claim."""

SETS = {
    "270": "an eligibility inquiry",
    "271": "an eligibility response",
    "276": "a claim status request",
    "277": "a claim status response",
    "278": "a review of services",
    "820": "a premium payment",
    "834": "a benefit enrollment",
    "835": "a remittance advice",
    "997": "a functional acknowledgement",
    "999": "an implementation acknowledgement",
}

VERSIONS = ("004010", "005010")

PAYER_TYPES = {
    "MA": "medicare",
    "MB": "medicare",
    "MC": "medicaid",
    "16": "medicare-advantage",
    "12": "commercial",
    "13": "commercial",
    "14": "commercial",
    "15": "commercial",
    "17": "commercial",
    "CI": "commercial",
    "HM": "commercial",
    "BL": "blue-cross",
    "CH": "tricare",
    "WC": "workers-compensation",
    "AM": "auto",
    "09": "self-pay",
    "FI": "federal-employees",
    "VA": "veterans",
}
"""Claim filing indicator (SBR09) to line of business; any other code is ``other``."""

PRINCIPAL_DIAGNOSIS = frozenset(("ABK", "BK"))
OTHER_DIAGNOSIS = frozenset(("ABF", "BF"))

INPATIENT_BILLS = frozenset(("11", "12", "18", "21"))
STILL_PATIENT = "30"
"""Discharge status of an interim bill: the statement ends, the stay does not."""

RENDERING = "82"
FACILITY = frozenset(("77", "FA", "LI", "TL"))
"""Service facility: 77, and what 4010 has beside it (facility, independent and testing laboratory)."""

BILLING_PROVIDER, SUBSCRIBER_NAME, PATIENT_NAME = "85", "IL", "QC"
LEVEL_ENTITIES = frozenset((BILLING_PROVIDER, SUBSCRIBER_NAME, PATIENT_NAME))
"""Who is named at a hierarchical level and never on a service line."""
