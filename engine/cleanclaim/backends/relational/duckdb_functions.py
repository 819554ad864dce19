"""What Ibis cannot say, as one small SQL macro each, for DuckDB; another engine defines the same names.

The meaning of each is that of :mod:`cleanclaim.policy.functions` and :mod:`cleanclaim.findings.compose`.
"""

from __future__ import annotations

from cleanclaim.policy.functions import DAYS_LIMIT, MONTHS_LIMIT

LAST_DAY, FIRST_DAY = "DATE '9999-12-31'", "DATE '0001-01-01'"

MACROS: tuple[str, ...] = (
    "cc_product(a, b) AS a * b",
    # A quotient to four decimals, half away from zero, in whole numbers of 128 bits.
    "cc_whole(x) AS CAST(CAST(x AS DECIMAL(38, 6)) * 1000000 AS HUGEINT)",
    """cc_quotient(a, b) AS CASE WHEN b = 1 THEN CAST(a AS DECIMAL(38, 4))
         WHEN b <> 0 THEN CAST(sign(cc_whole(a)) * sign(cc_whole(b))
         * ((abs(cc_whole(a)) * 20000 + abs(cc_whole(b))) // (abs(cc_whole(b)) * 2)) AS DECIMAL(34, 0))
         * CAST('0.0001' AS DECIMAL(4, 4)) END""",
    # Days and months from a date, within the calendar.
    f"""cc_days_after(day, n) AS CASE WHEN n = floor(n) AND n BETWEEN -{DAYS_LIMIT} AND {DAYS_LIMIT}
         AND day + CAST(n AS INTEGER) BETWEEN {FIRST_DAY} AND {LAST_DAY} THEN day + CAST(n AS INTEGER) END""",
    f"""cc_months_after(day, n) AS CASE WHEN n = floor(n) AND n BETWEEN -{MONTHS_LIMIT} AND {MONTHS_LIMIT}
         AND CAST(day + to_months(CAST(n AS INTEGER)) AS DATE) BETWEEN {FIRST_DAY} AND {LAST_DAY}
         THEN CAST(day + to_months(CAST(n AS INTEGER)) AS DATE) END""",
    """cc_years_between(a, b) AS CAST(year(b) - year(a)
         - CASE WHEN month(b) * 100 + day(b) < month(a) * 100 + day(a) THEN 1 ELSE 0 END AS BIGINT)""",
    f"""cc_next_weekday(day) AS CASE WHEN isodow(day) < 6 THEN day
         WHEN day + CAST(8 - isodow(day) AS INTEGER) <= {LAST_DAY} THEN day + CAST(8 - isodow(day) AS INTEGER) END""",
    # Units by minutes, by the three methods; a quarter is 15 minutes.
    "cc_quarters(m) AS CAST(floor(m) AS BIGINT) // 15",
    """cc_units_of_one(m, method) AS CASE
         WHEN method = 'full_increment' THEN CASE WHEN m < 0 THEN 0 ELSE cc_quarters(m) END
         WHEN method IS NOT NULL AND m >= 8 THEN cc_quarters(m + 7) WHEN method IS NOT NULL AND m < 8 THEN 0 END""",
    # The check digit of an NPI by the Luhn formula over 80840 and the NPI.
    "cc_digit(t, n) AS TRY_CAST(substr(t, n, 1) AS INTEGER)",
    "cc_doubled(t, n) AS cc_digit(t, n) * 2 - CASE WHEN cc_digit(t, n) > 4 THEN 9 ELSE 0 END",
    """cc_valid_npi(t) AS CASE WHEN t IS NULL THEN NULL WHEN NOT regexp_full_match(t, '[12][0-9]{9}') THEN FALSE
         ELSE (24 + cc_doubled(t, 1) + cc_digit(t, 2) + cc_doubled(t, 3) + cc_digit(t, 4) + cc_doubled(t, 5)
         + cc_digit(t, 6) + cc_doubled(t, 7) + cc_digit(t, 8) + cc_doubled(t, 9) + cc_digit(t, 10)) % 10 = 0 END""",
    # Lists of codes.
    "cc_has_any(codes, among) AS list_has_any(codes, among)",
    # Most lists are short, and their codes all different, which is sooner compared than gathered in a set.
    """cc_different(codes) AS CASE WHEN len(codes) = 1 AND codes[1] IS NOT NULL THEN 1
         WHEN len(codes) = 2 AND codes[1] <> codes[2] THEN 2
         WHEN len(codes) = 3 AND codes[1] <> codes[2] AND codes[1] <> codes[3] AND codes[2] <> codes[3] THEN 3
         WHEN len(codes) = 4 AND codes[1] <> codes[2] AND codes[1] <> codes[3] AND codes[1] <> codes[4]
         AND codes[2] <> codes[3] AND codes[2] <> codes[4] AND codes[3] <> codes[4] THEN 4
         ELSE len(list_distinct(codes)) END""",
    """cc_unordered(codes) AS CASE WHEN len(codes) = 0 THEN chr(30) WHEN len(codes) = 1 THEN codes[1]
         ELSE array_to_string(list_sort(codes), chr(31)) END""",
    "cc_present(found) AS list_filter(found, lambda each: each IS NOT NULL)",
    "cc_sorted_set(found) AS list_sort(list_distinct(found))",
    "cc_shaped(code, pattern) AS regexp_full_match(code, pattern)",
    # Values as text, as the fingerprint, JSON and a person want them.
    "cc_number(x) AS CASE WHEN contains(CAST(x AS VARCHAR), '.') THEN rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.')"
    " ELSE CAST(x AS VARCHAR) END",
    "cc_money(x) AS CASE WHEN x = CAST(x AS DECIMAL(38, 2)) THEN CAST(CAST(x AS DECIMAL(38, 2)) AS VARCHAR)"
    " ELSE cc_number(x) END",
    """cc_json_number(x) AS CASE WHEN contains(cc_number(x), '.') THEN '"' || cc_number(x) || '"'
         ELSE cc_number(x) END""",
    "cc_json(x) AS CAST(to_json(x) AS VARCHAR)",
    "cc_joined(codes, between) AS array_to_string(codes, between)",
    "cc_hash(a, b, c, d) AS hash(a, b, c, d)",
    "cc_part(t) AS length(t) || ':' || t",
    "cc_digest(t) AS left(sha256(t), 32)",
)
"""Macros that a session needs, in order."""


def definitions() -> tuple[str, ...]:
    """The statements that define them."""
    return tuple(f"CREATE OR REPLACE MACRO {macro}" for macro in MACROS)
