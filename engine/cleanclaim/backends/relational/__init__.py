"""The relational back end: an edition as expressions that a database runs, DuckDB by default."""
