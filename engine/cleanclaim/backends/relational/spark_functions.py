"""What Ibis cannot say, as one small piece of Spark SQL each: the names and meanings of :mod:`.duckdb_functions`.

Spark's own SQL functions have parameters of one type each, so these are written out where they are called
(:mod:`.macros`). They want the settings of :mod:`.spark_session`: ANSI mode, and decimals without loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from cleanclaim.backends.relational.macros import Macro, macros
from cleanclaim.policy.functions import DAYS_LIMIT, MONTHS_LIMIT

LAST_DAY, FIRST_DAY = "DATE '9999-12-31'", "DATE '0001-01-01'"

MACROS: tuple[str, ...] = (
    "cc_product(a, b) AS a * b",
    # A quotient to four decimals, half away from zero, in whole numbers: Spark's own division of decimals keeps too few
    # digits, and its DIV gives 64 bits, so the dividend is divided by parts, as on paper.
    "cc_whole(x) AS CAST(abs(CAST(x AS DECIMAL(38, 6))) * 1000000 AS DECIMAL(38, 0))",
    """cc_quotient(a, b) AS CASE WHEN b <> 0 THEN CAST(sign(a) * sign(b) AS INT)
         * element_at(transform(transform(transform(
         array(named_struct('a', cc_whole(a), 'b', cc_whole(b))),
         s -> named_struct('h', s.a div 1000000, 'l', s.a % 1000000, 'b', s.b)),
         s -> named_struct('h', s.h div s.b, 'l', CAST((s.h % s.b) * 1000000 + s.l AS DECIMAL(38, 0)), 'b', s.b)),
         s -> CAST(CAST(s.h AS DECIMAL(28, 0)) * 1000000 + (s.l div s.b)
         + CAST(((s.l % s.b) * 20000 + s.b) div (s.b * 2) AS DECIMAL(5, 0)) * CAST('0.0001' AS DECIMAL(4, 4))
         AS DECIMAL(38, 4))), 1) END""",
    # Days and months from a date, within the calendar. Spark may work out the second half of an AND where the first is
    # false, so that numbers out of bounds are null before anything is done with them.
    "cc_count(n, most) AS CASE WHEN n BETWEEN -most AND most AND n = floor(n) THEN TRY_CAST(n AS INT) END",
    # By way of a list, so that the day is written once: rules put such functions into one another, and texts grew.
    f"cc_on_calendar(day) AS try_element_at(filter(array(day), d -> d BETWEEN {FIRST_DAY} AND {LAST_DAY}), 1)",
    f"cc_days_after(day, n) AS cc_on_calendar(date_add(day, cc_count(n, {DAYS_LIMIT})))",
    f"cc_months_after(day, n) AS cc_on_calendar(add_months(day, cc_count(n, {MONTHS_LIMIT})))",
    """cc_years_between(a, b) AS CAST(year(b) - year(a)
         - CASE WHEN month(b) * 100 + day(b) < month(a) * 100 + day(a) THEN 1 ELSE 0 END AS BIGINT)""",
    """cc_next_weekday(day) AS cc_on_calendar(element_at(transform(array(day),
         d -> date_add(d, CASE WHEN weekday(d) < 5 THEN 0 ELSE 7 - weekday(d) END)), 1))""",
    # Units by minutes, by the three methods; a quarter is 15 minutes.
    "cc_quarters(m) AS CAST(floor(m) AS BIGINT) div 15",
    """cc_units_of_one(m, method) AS CASE
         WHEN method = 'full_increment' THEN CASE WHEN m < 0 THEN 0 ELSE cc_quarters(m) END
         WHEN method IS NOT NULL AND m >= 8 THEN cc_quarters(m + 7) WHEN method IS NOT NULL AND m < 8 THEN 0 END""",
    # The check digit of an NPI by the Luhn formula over 80840 and the NPI.
    "cc_digit(t, n) AS TRY_CAST(substr(t, n, 1) AS INT)",
    "cc_doubled(t, n) AS cc_digit(t, n) * 2 - CASE WHEN cc_digit(t, n) > 4 THEN 9 ELSE 0 END",
    """cc_valid_npi(t) AS CASE WHEN t IS NULL THEN NULL WHEN NOT t RLIKE '\\\\A[12][0-9]{9}\\\\z' THEN FALSE
         ELSE (24 + cc_doubled(t, 1) + cc_digit(t, 2) + cc_doubled(t, 3) + cc_digit(t, 4) + cc_doubled(t, 5)
         + cc_digit(t, 6) + cc_doubled(t, 7) + cc_digit(t, 8) + cc_doubled(t, 9) + cc_digit(t, 10)) % 10 = 0 END""",
    # Lists of codes.
    "cc_has_any(codes, among) AS arrays_overlap(codes, among)",
    "cc_different(codes) AS CAST(array_size(array_distinct(codes)) AS BIGINT)",
    """cc_unordered(codes) AS CASE WHEN array_size(codes) = 0 THEN chr(30)
         ELSE array_join(array_sort(codes), chr(31)) END""",
    "cc_present(found) AS filter(found, each -> each IS NOT NULL)",
    "cc_sorted_set(found) AS array_sort(array_distinct(cc_present(found)))",
    "cc_shaped(code, pattern) AS code RLIKE concat('\\\\A', pattern, '\\\\z')",
    # Values as text, as the fingerprint, JSON and a person want them. In ANSI mode a decimal is text without exponent.
    "cc_number(x) AS regexp_replace(CAST(x AS STRING), '\\\\.0*$|(\\\\.[0-9]*[1-9])0+$', '$1')",
    """cc_money(x) AS CASE WHEN x = CAST(x AS DECIMAL(38, 2)) THEN CAST(CAST(x AS DECIMAL(38, 2)) AS STRING)
         ELSE cc_number(x) END""",
    """cc_json_number(x) AS regexp_replace(cc_number(x), '(.*[.].*)', '"$1"')""",
    # Spark writes objects and lists as JSON, and no text by itself: what stands between {"v": and } of an object.
    """cc_json(x) AS regexp_extract(to_json(named_struct('v', x), map('ignoreNullFields', 'false')),
         '(?s)^."v":(.*).$', 1)""",
    "cc_joined(codes, mark) AS array_join(codes, mark)",
    "cc_hash(a, b, c, d) AS xxhash64(a, b, c, d)",
    "cc_part(t) AS concat(CAST(length(t) AS STRING), ':', t)",
    "cc_digest(t) AS left(sha2(t, 256), 32)",
)
"""Each may call those before it."""


@cache
def spark_macros() -> Mapping[str, Macro]:
    """The macros by name."""
    return macros(MACROS, "spark")
