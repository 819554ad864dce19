"""What an audit reads: tables of claim lines, as relations of one DuckDB connection that are never held in memory."""
