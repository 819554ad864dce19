"""What a rule asks that cannot be decided: each missing fact, who would know it, and where the answer goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cleanclaim.claims.fields import BY_NAME
from cleanclaim.claims.tables.facts_columns import BESIDE
from cleanclaim.policy.model import DeclaredFact

_ROSTER = ("performer.licences", "performer.supervisor_npi")


def question(names: Sequence[str], declared: Mapping[str, DeclaredFact]) -> str:
    """The message of a rule that misses these facts, of which its policy declares some.

    A name that is neither a field nor declared is a column of a reference table.

    >>> question(["minutes"], {})  # doctest: +NORMALIZE_WHITESPACE
    'cannot be decided without minutes (Documented minutes of the service; in timed therapy,
    of direct treatment; from the treatment record). Give it with --facts, as a table column or in JSON.'
    """
    if not names:
        return "cannot be decided: a value is out of range."
    wanted = "; ".join(f"{name} ({_told(name, declared)})" for name in names)
    places = "; ".join(_places(names, declared))
    return f"cannot be decided without {wanted}." + (f" Give {places}." if places else "")


def _told(name: str, declared: Mapping[str, DeclaredFact]) -> str:
    if name in declared:
        return f"{_clause(declared[name].description)}; from {declared[name].who}"
    spec = BY_NAME.get(name)
    return f"{_clause(spec.doc)}; from {spec.who}" if spec is not None else "from its reference table"


def _places(names: Sequence[str], declared: Mapping[str, DeclaredFact]) -> list[str]:
    """Where the answers go; what only the claim can say goes nowhere else."""
    facts = [name for name in names if name in declared]
    others = [name for name in names if name not in declared]
    beside = [name for name in others if name in BESIDE]
    performer = [name for name in others if name in _ROSTER]
    whole = "it" if len(names) == 1 else "them"
    places = []
    if asked := facts + beside:
        column = "table columns" if len(asked) > 1 else "a table column"
        under = f" ({_listed(facts)} under facts)" if facts and beside else " under facts" if facts else ""
        what = whole if len(asked) == len(names) else _listed(asked)
        places.append(f"{what} with --facts, as {column} or in JSON{under}")
    if performer:
        places.append(f"{whole if len(performer) == len(names) else _listed(performer)} with --roster")
    return places


def _clause(sentence: str) -> str:
    return sentence.strip().removesuffix(".")


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
