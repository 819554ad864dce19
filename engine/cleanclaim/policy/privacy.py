"""What of a rule's values would give away who the patient is: no message and no report shows it."""

from __future__ import annotations

from collections.abc import Sequence

from cleanclaim.claims.fields import BY_NAME
from cleanclaim.policy.model import Allowance, Call, FieldOf, Let, LetOf, Lookup, Total, Value


def shows_patient_data(built: Value, phi_lets: frozenset[str]) -> bool:
    """Whether a value gives away what may not be printed."""
    match built:
        case FieldOf(name, _, _, declared):
            return not declared and BY_NAME[name].phi
        case LetOf(name):
            return name in phi_lets
        case Call(_, arguments):
            return any(shows_patient_data(argument, phi_lets) for argument in arguments)
        case _:
            return False


def private_lets(lets: Sequence[tuple[str, Let]]) -> frozenset[str]:
    """The names of lets that give away patient data, by themselves or through other lets."""
    private: frozenset[str] = frozenset()
    for name, let in lets:
        if is_private(let, private):
            private |= {name}
    return private


def is_private(let: Let, private: frozenset[str]) -> bool:
    """Whether a let gives away patient data; sums, allowances and cells of tables do not."""
    return not isinstance(let, Total | Allowance | Lookup) and shows_patient_data(let, private)
