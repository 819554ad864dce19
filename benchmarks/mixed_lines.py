"""Claim lines of a warehouse that the shipped library has much to say of, by a seed and no clock: the same every time.

    python benchmarks/mixed_lines.py LINES TARGET.parquet

Patients have a payer (of every one that the shipped policies name, beside others), a state and a profession that they
mostly see; visits from 2019 to 2026 are office visits, manipulation, therapy, massage, telehealth, consultations
between professionals, diabetic shoes, and stays and outpatient visits in hospitals with bills of their own. Some lines
break a rule: timed units above the minutes, no modifier beside a manipulation, a duplicate, a wrong check digit, a
total that is not that of the lines. Some lack a fact that a rule asks for. The columns are called as
:class:`cleanclaim.claims.model.Line` calls them.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import duckdb

LINES_A_PATIENT = 14.76
_MACROS = """
CREATE OR REPLACE MACRO h0(x, s) AS (((x)::BIGINT + 1) * 2654435761 + (s)::BIGINT * 982451653) % 2147483629;
CREATE OR REPLACE MACRO r(x, s) AS (((h0(x, s) * h0(x, s)) % 2147483629) * 1103515245 + 12345) % 2147483629 // 7;
CREATE OR REPLACE MACRO part(x, s, n) AS r(x, s) % n;
-- One of ten of the codes that a full table of pairs speaks of, those with low numbers by far the most often.
CREATE OR REPLACE MACRO common(x, s) AS
    lpad((10004 + 4 * ((((r(x, s) % 1000) * (r(x, s + 1) % 1000) * 2000 // 1000000) * 7919) % 19000))::VARCHAR, 5, '0');
CREATE OR REPLACE MACRO digit(t, n) AS substr(t, n, 1)::INTEGER;
CREATE OR REPLACE MACRO twice(t, n) AS digit(t, n) * 2 - CASE WHEN digit(t, n) > 4 THEN 9 ELSE 0 END;
CREATE OR REPLACE MACRO checked(t) AS t || ((100 - (24 + twice(t, 1) + digit(t, 2) + twice(t, 3) + digit(t, 4)
    + twice(t, 5) + digit(t, 6) + twice(t, 7) + digit(t, 8) + twice(t, 9)) % 10) % 10)::VARCHAR;
"""
_PAYERS = (
    ("MEDICARE", "MEDICARE", "medicare", 30),
    ("MEDICAID", "STATE MEDICAID", "medicaid", 8),
    ("TRICARE", "TRICARE WEST", "tricare", 3),
    ("UHC", "UNITEDHEALTHCARE", "commercial", 10),
    ("AETNA", "AETNA", "commercial", 8),
    ("HIGHMARK", "HIGHMARK BLUE CROSS BLUE SHIELD", "commercial", 4),
    ("HIGHMARK WV", "HIGHMARK WEST VIRGINIA", "commercial", 2),
    ("BCBSNE", "BLUE CROSS BLUE SHIELD OF NEBRASKA", "commercial", 2),
    ("BCBSND", "BLUE CROSS BLUE SHIELD OF NORTH DAKOTA", "commercial", 2),
    ("A BCBS PLAN", "A BCBS PLAN", "commercial", 2),
    ("EVICORE", "EVICORE HEALTHCARE", "commercial", 1),
    ("EXCELLUS", "EXCELLUS BLUECROSS BLUESHIELD", "commercial", 2),
    ("HNS", "HEALTH NETWORK SOLUTIONS", "commercial", 1),
    ("KAISER GA", "KAISER PERMANENTE OF GEORGIA", "commercial", 2),
    ("EXAMPLE-PPO", "EXAMPLE-PPO", "commercial", 2),
    ("EXAMPLE-HMO", "EXAMPLE-HMO", "commercial", 2),
    ("EXAMPLE-PLAN", "EXAMPLE-PLAN", "commercial", 2),
    ("STATE FUND", "STATE INSURANCE FUND", "workers-compensation", 1),
    ("ROAD MUTUAL", "ROAD MUTUAL", "auto", 1),
    ("CIGNA", "CIGNA", "commercial", 8),
    ("HUMANA", "HUMANA", "commercial", 7),
)
_PEOPLE = """
CREATE OR REPLACE TABLE patients AS
SELECT p, part(p, 1, 100) AS sees, payer, payer_name, payer_type,
    ['CA', 'TX', 'NY', 'FL', 'MD', 'OR', 'IL', 'OH', 'GA', 'PA', 'NE', 'ND'][part(p, 2, 12) + 1] AS state,
    CASE WHEN payer_type = 'medicare' THEN DATE '1935-01-01' + (part(p, 3, 7300))::INTEGER
         ELSE DATE '1955-01-01' + (part(p, 3, 18000))::INTEGER END AS born,
    CASE WHEN part(p, 4, 2) = 0 THEN 'F' ELSE 'M' END AS sex, 4 + part(p, 5, 5) AS visits
FROM (SELECT range AS p, part(range, 6, 100) AS share FROM range({patients}))
JOIN payers ON share >= low AND share < high;

CREATE OR REPLACE TABLE providers AS
SELECT range AS prov, checked('1' || lpad((part(range, 7, 99999999))::VARCHAR, 8, '0')) AS npi,
    range // 4 AS practice, checked('1' || lpad((part(range // 4, 8, 99999999))::VARCHAR, 8, '0')) AS group_npi,
    (100000000 + part(range // 4, 9, 800000000))::VARCHAR AS tin
FROM range({providers});
"""
_VISITS = """
CREATE OR REPLACE TABLE visits AS
WITH made AS (
    SELECT *, p * 16 + v AS vk FROM (SELECT *, unnest(range(visits)) AS v FROM patients)
), seen AS (
    SELECT *, part(vk, 10, 100) AS chance,
        DATE '2019-01-01' + (part(p, 11, 2400) + part(vk, 12, 400) + part(vk, 13, 60))::INTEGER AS day,
        CASE WHEN part(vk, 14, 100) < 80 THEN r(p, 15) ELSE r(vk, 16) END AS somebody
    FROM made
)
SELECT * EXCLUDE (chance, somebody, visits), somebody % {providers} AS prov,
    CASE WHEN chance >= 95 THEN 'inpatient' WHEN chance >= 90 THEN 'outpatient'
         WHEN chance >= 84 THEN 'telehealth'
         WHEN sees < 14 THEN 'chiropractic' WHEN sees < 28 THEN 'therapy' WHEN sees < 32 THEN 'massage'
         WHEN sees < 34 AND payer_type = 'medicare' THEN 'shoes'
         WHEN sees < 37 AND chance < 30 THEN 'consultation' ELSE 'office' END AS kind,
    CASE WHEN kind = 'chiropractic' AND payer_type = 'medicare' AND chance < 70 THEN 1
         ELSE 1 + part(vk, 17, 4) END AS lines
FROM seen WHERE day < DATE '2026-11-01';
"""
_RAW = """
CREATE OR REPLACE TABLE raw AS
WITH numbered AS (SELECT *, unnest(range(lines)) AS l FROM visits),
-- One of two hundred repeats the line before it.
told AS (
    SELECT *, vk * 8 + l AS lk, vk * 8 + CASE WHEN l > 0 AND part(vk * 8 + l, 20, 200) = 0 THEN l - 1 ELSE l END AS ek
    FROM numbered
),
drawn AS (SELECT *, part(ek, 21, 100) AS q, part(ek, 22, 1000) AS rare, ek % 8 AS e FROM told)
SELECT *, CASE kind
    WHEN 'office' THEN CASE WHEN e = 0 THEN ['99202', '99203', '99212', '99213', '99214', '99215'][q * 6 // 100 + 1]
        WHEN q < 4 THEN '36415' ELSE common(ek, 23) END
    WHEN 'chiropractic' THEN CASE WHEN e = 0 THEN ['98940', '98941', '98941', '98942', '98943'][q * 5 // 100 + 1]
        ELSE ['97124', '97140', '97110', '97012', '97035', 'G0283', '99213', '72100'][(q // 13 + e * 3) % 8 + 1] END
    WHEN 'therapy' THEN ['97110', '97112', '97140', '97530', '97535', '97161', '97116', '97150', '97750', '97542']
        [(q // 10 + e * 3) % 10 + 1]
    WHEN 'massage' THEN ['97124', '97124', '97140', '97010'][(q // 25 + e) % 4 + 1]
    WHEN 'telehealth' THEN CASE WHEN e = 0
        THEN ['99212', '99213', '99214', '99441', '98966', 'G2012', '97110', '98941', '90834', '99421']
            [q * 10 // 100 + 1]
        ELSE common(ek, 23) END
    WHEN 'consultation' THEN CASE WHEN e = 0
        THEN ['99446', '99447', '99448', '99449', '99451', '99452'][q * 6 // 100 + 1]
        ELSE common(ek, 23) END
    WHEN 'shoes' THEN ['A5500', 'A5512', 'A5512', 'A5514', 'A5501', 'A5503'][q * 6 // 100 + 1]
    WHEN 'outpatient' THEN CASE WHEN e = 0 THEN ['99283', '99284', 'G0463'][q * 3 // 100 + 1] ELSE common(ek, 23) END
    ELSE NULL END AS code
FROM drawn ORDER BY p, lk LIMIT {lines};
"""
_LINES = """
SELECT row_number() OVER () AS "row", 'claim' AS status, * FROM (
WITH timed AS (
    SELECT *, kind IN ('inpatient', 'outpatient') AS facility,
        code IN ('97110', '97112', '97116', '97124', '97140', '97530', '97535', '97542', '97750') AS by_time
    FROM raw
),
billed AS (
    SELECT *, CASE WHEN by_time THEN CASE WHEN q < 70 THEN 1 WHEN q < 92 THEN 2 WHEN q < 98 THEN 3 ELSE 5 END
             WHEN code IN ('A5512', 'A5514') THEN 1 + q % 4 WHEN code LIKE 'A55%' THEN 1 + q % 2
             WHEN kind = 'inpatient' THEN 1 + q % 5 WHEN q < 96 THEN 1 ELSE 2 END AS units,
        kind = 'chiropractic' AND code IN ('97124', '97140', '97110') AS beside
    FROM timed
),
priced AS (
    SELECT *, CASE WHEN rare < 3 THEN NULL ELSE CAST(units * (2000 + (hash_of_code * 7) % 28000
        + CASE WHEN part(lk, 30, 300) = 0 THEN 100 ELSE 0 END) / 100.0 AS DECIMAL(18, 2)) END AS charge
    FROM (SELECT *, coalesce(hash_code, prov % 97) AS hash_of_code
          FROM (SELECT *, TRY_CAST(substr(code, 2, 4) AS BIGINT) + prov // 4 AS hash_code FROM billed))
),
summed AS (SELECT *, sum(charge) OVER (PARTITION BY vk) AS total FROM priced)
SELECT 'C' || vk AS claim, l + 1 AS line, 'P' || p AS patient, day AS service_date,
    CASE WHEN kind = 'inpatient' THEN day + (q % 3)::INTEGER WHEN part(lk, 31, 400) = 0 THEN day + 1 ELSE day END
        AS service_through,
    CASE WHEN facility THEN 'institutional' ELSE 'professional' END AS claim_type,
    payer, payer_name, payer_type,
    (day + (5 + part(vk, 32, 40) + CASE WHEN part(vk, 33, 300) = 0 THEN 400 ELSE 0 END)::INTEGER) AS received,
    (day + (3 + part(vk, 32, 40) + CASE WHEN part(vk, 33, 300) = 0 THEN 400 ELSE 0 END)::INTEGER) AS submitted,
    CASE WHEN kind = 'inpatient' THEN day END AS admitted,
    CASE WHEN kind = 'inpatient' THEN day + (2 + part(vk, 34, 9))::INTEGER END AS discharged,
    CASE WHEN kind = 'inpatient' THEN '01' END AS discharge_status,
    CASE WHEN kind <> 'inpatient' AND part(lk, 35, 2000) = 0 THEN NULL ELSE code END AS procedure,
    list_distinct(list_filter([
        CASE WHEN code LIKE '992__' AND lines > 1 AND part(ek, 36, 100) < 35 THEN '25' END,
        CASE WHEN beside AND part(ek, 37, 100) < 92 THEN CASE WHEN q < 60 THEN '59' ELSE 'XS' END END,
        CASE WHEN kind = 'office' AND e > 0 AND part(ek, 37, 100) < 12 THEN '59' END,
        CASE WHEN code LIKE '9894_' AND payer_type = 'medicare' AND part(ek, 38, 100) < 95 THEN 'AT' END,
        CASE WHEN by_time AND part(vk, 39, 100) < 96 THEN CASE WHEN q % 4 = 0 THEN 'GO' ELSE 'GP' END END,
        CASE WHEN kind = 'telehealth' AND part(ek, 40, 100) < 90 THEN '95' END,
        CASE WHEN code LIKE 'A55%' AND part(ek, 41, 100) < 92 THEN 'KX' END,
        CASE WHEN code LIKE 'A55%' AND part(ek, 42, 100) < 92 THEN CASE WHEN q % 2 = 0 THEN 'LT' ELSE 'RT' END END,
        CASE WHEN kind = 'therapy' AND part(ek, 43, 100) < 6 THEN 'KX' END
    ], lambda each: each IS NOT NULL)) AS modifiers,
    CASE WHEN facility THEN lpad((250 + part(ek, 44, 600))::VARCHAR, 4, '0') END AS revenue_code,
    CASE WHEN kind = 'inpatient' THEN lpad((1 + part(vk, 45, 900))::VARCHAR, 3, '0') END AS drg,
    CASE WHEN facility THEN NULL WHEN kind = 'telehealth' THEN
        CASE WHEN day < DATE '2022-04-01' THEN CASE WHEN q % 2 = 0 THEN '02' ELSE '11' END
             WHEN q % 3 = 0 THEN '02' ELSE '10' END
        WHEN kind = 'shoes' THEN '12' WHEN part(lk, 46, 3000) = 0 THEN '47' WHEN part(vk, 47, 20) = 0 THEN '22'
        ELSE '11' END AS place_of_service,
    CASE kind WHEN 'inpatient' THEN '111' WHEN 'outpatient' THEN '131' END AS bill_type,
    CAST(units AS DECIMAL(18, 6)) AS units,
    CAST(CASE WHEN by_time THEN CASE WHEN rare < 15 THEN NULL WHEN rare < 45 THEN greatest(0, units * 15 - 8 - rare % 9)
             ELSE units * 15 - 7 + rare % 15 END
        WHEN code LIKE '9944_' THEN 5 + rare % 40 END AS DECIMAL(18, 6)) AS minutes,
    charge,
    CASE WHEN part(vk, 48, 250) = 0 THEN total + 10 ELSE total END AS claim_charge,
    CAST(CASE WHEN part(lk, 49, 20) = 0 THEN 0 ELSE charge * 6 / 10 END AS DECIMAL(18, 2)) AS allowed,
    CAST(CASE WHEN part(lk, 49, 20) = 0 THEN 0 ELSE charge * 5 / 10 END AS DECIMAL(18, 2)) AS paid,
    CASE kind WHEN 'chiropractic' THEN CASE WHEN part(vk, 50, 100) < 97
            THEN ['M9901', 'M9903', 'M9905', 'M9902', 'M9904'][:CASE WHEN q < 90 THEN 5 ELSE 2 END] ELSE ['M545'] END
        WHEN 'shoes' THEN ['E1142', 'L84'] WHEN 'therapy' THEN ['M25561', 'M6281']
        ELSE ['I10', 'Z00' || part(vk, 52, 9), 'E11' || part(vk, 53, 9)] END AS diagnoses,
    CASE WHEN NOT facility THEN CASE WHEN part(lk, 54, 500) = 0 THEN ['4'] ELSE ['1', '2'] END END
        AS diagnosis_pointers,
    CASE WHEN facility OR part(lk, 55, 250) = 0 THEN NULL WHEN part(vk, 56, 1000) = 0 THEN '1234567890' ELSE npi END
        AS rendering_npi,
    group_npi AS billing_npi, tin AS billing_tin,
    CASE WHEN facility THEN NULL WHEN kind = 'chiropractic' THEN '111N00000X'
         WHEN kind = 'therapy' THEN '225100000X' WHEN kind = 'massage' THEN '225700000X' ELSE '207Q00000X' END
        AS rendering_taxonomy,
    CASE WHEN kind = 'inpatient' THEN '282N00000X' END AS billing_taxonomy,
    state, born AS patient_birth_date, sex AS patient_sex,
    CASE WHEN facility OR part(lk, 57, 100) < 2 THEN NULL
         WHEN kind = 'massage' THEN [['LMT'], ['LMT'], ['LMT'], ['DC'], ['CA']][q * 5 // 100 + 1]
         WHEN kind = 'therapy' THEN [['PT'], ['PT'], ['OT'], ['PTA']][q * 4 // 100 + 1]
         WHEN kind = 'chiropractic' THEN CASE WHEN q < 94 THEN ['DC'] ELSE ['CA'] END
         ELSE [['MD'], ['DO'], ['NP'], ['PA']][q * 4 // 100 + 1] END AS performer_licences,
    {facts}
FROM summed JOIN providers USING (prov) ORDER BY day, vk, l)
"""
_FACTS = {
    "personally_performed": "q < 99",
    "discussion_minutes": "CAST(CASE WHEN code LIKE '9944_' THEN 4 + rare % 30 END AS DECIMAL(18, 6))",
    "led_to_care": "q < 3",
    "filing_exception": "q < 50",
    "video_not_possible": "q < 90",
    "of_one_problem": "q < 5",
    "consent": "q < 95",
    "therapist_qualifications": "q < 97",
    "hospital_telehealth": "q < 10",
    "home_by_other_law": "q < 60",
    "diabetes_visit": "CASE WHEN kind = 'shoes' THEN day - (30 + rare % 170)::INTEGER END",
    "certified": "CASE WHEN kind = 'shoes' THEN day - (5 + rare % 90)::INTEGER END",
    "certifier": "CASE WHEN kind = 'shoes' THEN CASE WHEN q < 95 THEN 'MD' ELSE 'DPM' END END",
    "certifier_incident_to": "q < 90",
    "foot_condition": "q < 97",
    "evaluated_in_person": "q < 97",
    "fitted_in_person": "q < 97",
    "order_date": "CASE WHEN kind = 'shoes' THEN day - (3 + rare % 60)::INTEGER END",
    "primary_accepted": "q < 90",
    "chiropractor_present": "q < 98",
}
"""What no claim carries, mostly as it should be; of fifty lines one has not been asked."""


def make(lines: int, target: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Writes so many lines."""
    connection.execute(_MACROS)
    low = 0
    connection.execute(
        "CREATE OR REPLACE TABLE payers (payer TEXT, payer_name TEXT, payer_type TEXT, low INT, high INT)"
    )
    for *called, share in _PAYERS:
        connection.execute("INSERT INTO payers VALUES (?, ?, ?, ?, ?)", [*called, low, low + share])
        low += share
    assert low == 100
    patients = int(lines / LINES_A_PATIENT * 1.06) + 60
    sizes = {"lines": lines, "patients": patients, "providers": max(40, patients // 60)}
    for script in (_PEOPLE, _VISITS, _RAW):
        connection.execute(script.format(**sizes))
    known = "CASE WHEN part(lk, 60, 50) > 0 THEN {} END AS fact_{}"
    facts = ", ".join(known.format(value, name) for name, value in _FACTS.items())
    query = _LINES.format(facts=facts)
    path = str(target).replace("'", "''")
    connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 122880)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=int)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    begun = time.perf_counter()
    make(arguments.lines, arguments.target, duckdb.connect(config={"memory_limit": "12GB"}))
    counts = ", ".join(f"count(DISTINCT {name})" for name in ("claim", "patient", "procedure", "billing_tin"))
    read = f"SELECT count(*), {counts}, min(service_date), max(service_date) FROM '{arguments.target}'"
    (found,) = duckdb.execute(read).fetchall()
    lines, claims, patients, codes, practices, first, last = found
    print(f"{lines:,} lines of {claims:,} claims, {patients:,} patients, {codes:,} codes, {practices:,} practices")
    print(f"{first} to {last}; {time.perf_counter() - begun:.1f} s, {arguments.target.stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
