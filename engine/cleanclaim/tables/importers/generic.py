"""Any other table: the columns are those of the file, and each policy says their types."""

from __future__ import annotations

from cleanclaim.tables.kind import Kind, Nature
from cleanclaim.tables.release_names import Span

GENERIC = Kind(
    name="generic",
    columns=(),
    keys=(),
    decides=(),
    nature=Nature.UNITED,
    span=Span.OPEN,
    header="the names of the columns, in the first row",
    start=None,
    through=None,
    any_columns=True,
)
