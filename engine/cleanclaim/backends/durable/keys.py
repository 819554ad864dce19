"""The keys by which lines see each other: the ``same`` fields of a look and its calendar window."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from operator import itemgetter

from cleanclaim.backends.durable.local import position_of, sorted_codes
from cleanclaim.claims.fields import BY_NAME, ValueType
from cleanclaim.claims.model import Line
from cleanclaim.findings.compose import field_value
from cleanclaim.policy.model import FieldOf, Look, Span

Key = Hashable
KeyOf = Callable[[Line], Key | None]
"""The key of a line; ``None`` where a field of it is missing."""

SPANS: dict[Span, KeyOf] = {
    Span.DAY: lambda line: line.service_date,
    Span.CALENDAR_MONTH: lambda line: (line.service_date.year, line.service_date.month),
    Span.CALENDAR_YEAR: lambda line: line.service_date.year,
}


def key_of(look: Look, partition: Sequence[str]) -> KeyOf:
    """The key of a look. Fields that all lines of a group share anyway are left out.

    A span of the calendar is part of the key: two dates lie in one month of one year or do not.
    """
    same = [field for field in dict.fromkeys(look.same) if not _shared(field, partition)]
    parts: list[KeyOf] = [_field(field) for field in same]
    if look.within is not None and look.within.span in SPANS:
        parts.append(SPANS[look.within.span])
    if not parts:
        return lambda line: ()
    if len(parts) == 1:
        return parts[0]
    if len(parts) == len(same) and not any(field.declared or field.type is ValueType.CODES for field in same):
        fields = itemgetter(*(position_of(field) for field in same))
        return lambda line: None if None in (key := fields(line)) else key
    return _joined(parts)


def _shared(field: FieldOf, partition: Sequence[str]) -> bool:
    return not field.declared and field.name in partition and not BY_NAME[field.name].nullable


def _field(field: FieldOf) -> KeyOf:
    if field.declared:
        return lambda line: sorted_codes(field_value(field, line))
    at = position_of(field)
    if field.type is ValueType.CODES:
        return lambda line: sorted_codes(line[at])  # type: ignore[arg-type]
    return lambda line: line[at]


def _joined(parts: Sequence[KeyOf]) -> KeyOf:
    def key(line: Line) -> Key | None:
        values = tuple([part(line) for part in parts])
        return None if None in values else values

    return key
