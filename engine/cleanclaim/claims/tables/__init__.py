"""Claims tables: CSV and Parquet in Tuva's ``medical_claim`` layout plus our columns, or mapped to it."""

from cleanclaim.claims.tables.csv_tables import read_csv
from cleanclaim.claims.tables.mapping import NO_MAP, InvalidMap, MapError, TableMap, read_map
from cleanclaim.claims.tables.parquet_tables import read_parquet

__all__ = ["NO_MAP", "InvalidMap", "MapError", "TableMap", "read_csv", "read_map", "read_parquet"]
