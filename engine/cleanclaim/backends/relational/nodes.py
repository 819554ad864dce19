"""What policy nodes speak of: the fields of lines that stand in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass

from cleanclaim.policy.model import Allowance, FieldOf, Let, Measure, Member, Side, Total

_MEASURED: Mapping[Measure, str] = {
    Measure.UNITS: "units",
    Measure.MINUTES: "minutes",
    Measure.CHARGE: "charge",
    Measure.ALLOWED: "allowed",
    Measure.PROCEDURES: "procedure",
}


def fields_in(*roots: object) -> Iterator[FieldOf]:
    """Every field that policy nodes speak of, of either line, repeats included."""
    for root in roots:
        if isinstance(root, FieldOf):
            yield root
        elif isinstance(root, tuple):
            yield from fields_in(*root)
        else:
            yield from fields_in(*(getattr(root, name) for name in names_of(type(root))))


def members_in(*roots: object) -> Iterator[Member]:
    """Every condition in policy nodes that a value is among some, repeats included."""
    for root in roots:
        if isinstance(root, Member):
            yield root
        elif isinstance(root, tuple):
            yield from members_in(*root)
        else:
            yield from members_in(*(getattr(root, name) for name in names_of(type(root))))


_NAMES: dict[type[object], tuple[str, ...]] = {}


def names_of(type_: type[object]) -> tuple[str, ...]:
    """The fields of a dataclass, none of another type."""
    if type_ not in _NAMES:
        # Remembered, because thousands of rules are of the same few types.
        _NAMES[type_] = tuple(each.name for each in fields(type_)) if is_dataclass(type_) else ()
    return _NAMES[type_]


def fields_of(side: Side, *roots: object) -> Sequence[FieldOf]:
    """The fields of one line that policy nodes speak of, each once."""
    return tuple(dict.fromkeys(field for field in fields_in(*roots) if field.side is side))


def measured(let: Let) -> tuple[str, ...]:
    """The columns of other lines that a let adds up."""
    match let:
        case Total(measure):
            return (_MEASURED[measure],) if measure in _MEASURED else ()
        case Allowance():
            return ("procedure", "minutes")
        case _:
            return ()
