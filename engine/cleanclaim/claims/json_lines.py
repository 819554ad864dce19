"""Makes the lines of one JSON claim that keeps to the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import cast

from cleanclaim.claims.fields import FIELDS, FieldSpec, ValueType
from cleanclaim.claims.keys import lone_patient
from cleanclaim.claims.model import NO_FACTS, FactValue, Line, Status, Warning
from cleanclaim.claims.pointers import BEYOND, pointed_diagnoses
from cleanclaim.claims.tables.targets import CATALOGUE, Target
from cleanclaim.claims.tables.values import Convert, Doubted, Unreadable, Value, codes_of, converter

_Object = Mapping[str, object]
_INHERITED = tuple(spec for spec in FIELDS if spec.name not in ("claim", "line", "patient"))
_CONVERT = {spec.name: converter(CATALOGUE[spec.name]) for spec in _INHERITED}
_BILLED = ("procedure", "modifiers", "units", "charge")
"""What a claim may say of all its billed lines and not of a service that was only logged."""


class JsonClaim:
    """One claim being made into lines; ``problems`` are the reasons why it cannot be."""

    def __init__(self, claim: _Object, path: str, source: str, where: str, declared: Mapping[str, ValueType]) -> None:
        self.problems: list[str] = []
        self.undeclared: list[str] = []
        self.doubts: list[tuple[str, str, str]] = []
        """Field, path and reason of values that are used though they are odd."""
        self._claim = claim
        self._path = path
        self._source = f"{source}, {where}"
        self._declared = declared
        self._name = cast(str, claim["claim"]).strip()
        self._patient = cast("str | None", claim.get("patient")) or lone_patient(source, self._name)

    def lines(self) -> list[Line]:
        """The billed lines, and after them those of the treatment log, under numbers that follow."""
        status = Status(self._claim.get("status", "claim"))
        shared = self._values(self._claim, self._path)
        facts = self._facts(self._claim, self._path)
        billed = cast("list[_Object]", self._claim["lines"])
        numbers = self._numbers(billed)
        lines = []
        for n, (number, line) in enumerate(zip(numbers, billed, strict=True)):
            path = f"{self._path}.lines[{n}]"
            own = {**facts, **self._facts(line, path)}
            lines.append(self._line(number, {**shared, **self._values(line, path)}, own, status, path))
        last = max(numbers)
        kept = {name: value for name, value in shared.items() if name not in _BILLED}
        for n, line in enumerate(cast("list[_Object]", self._claim.get("treatment_log", []))):
            path = f"{self._path}.treatment_log[{n}]"
            values = {**kept, **self._values(line, path)}
            lines.append(self._line(last + n + 1, values, facts, Status.LOG, path))
        return [line for line in lines if line is not None]

    def _numbers(self, billed: list[_Object]) -> list[int]:
        given = [cast("int | None", line.get("line")) for line in billed]
        numbers = [number for number in given if number is not None]
        if not numbers:
            return list(range(1, len(billed) + 1))
        if len(numbers) < len(given):
            self.problems.append(f"{self._path}.lines are numbered (line) only in part; number all or none")
        elif len(set(numbers)) < len(numbers):
            self.problems.append(f"{self._path}.lines has two of the same number (line); each needs its own")
        return [number or 0 for number in given]

    def _line(
        self, number: int, values: Mapping[str, Value], facts: Mapping[str, FactValue], status: Status, path: str
    ) -> Line | None:
        given = {name.replace(".", "_"): value for name, value in values.items() if value is not None}
        if "service_date" not in given:
            if not self.problems:
                self.problems.append(f"{path} has no service_date, and neither has its claim")
            return None
        given.setdefault("service_through", given["service_date"])
        # Left out means that there are none; null says that they are not known.
        unknown = values.get("diagnoses", ()) is None
        if not unknown and "pointed_diagnoses" not in given and isinstance(given.get("diagnosis_pointers"), tuple):
            given |= self._pointed(given, path)
        if "claim_type" not in given and ("revenue_code" in given or "bill_type" in given):
            given["claim_type"] = "institutional"
        typed = cast("dict[str, object]", {**given, "diagnoses": None} if unknown else given)
        fields = {**Line._field_defaults, **typed, "claim": self._name, "line": number, "patient": self._patient}
        fields |= {"facts": facts or NO_FACTS, "status": status, "source": self._source}
        return Line._make(fields[name] for name in Line._fields)

    def _pointed(self, given: Mapping[str, Value], path: str) -> dict[str, tuple[str, ...]]:
        """What the line's pointers point to, where they can tell."""
        pointers = cast("tuple[str, ...]", given["diagnosis_pointers"])
        pointed = pointed_diagnoses(pointers, cast("tuple[str, ...]", given.get("diagnoses", ())))
        if pointed is None:
            self.doubts.append(("diagnosis_pointers", path, BEYOND))
            return {}
        return {"pointed_diagnoses": pointed}

    def _values(self, given: _Object, path: str) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for spec in _INHERITED:
            if spec.name in given:
                value = self._value(spec, given[spec.name])
                if isinstance(value, Doubted):
                    self.doubts.append((spec.name, path, value.reason))
                    value = value.value
                if isinstance(value, Unreadable):
                    self.problems.append(f"{path}.{spec.name} {value.reason}")
                elif value is not None or spec.nullable:
                    values[spec.name] = value
        return values

    def _value(self, spec: FieldSpec, found: object) -> Value:
        convert = _CONVERT[spec.name]
        if not isinstance(found, list):
            return convert(cast("str | int | Decimal | None", found))
        # No pointers are not an empty list of them: the line points to nothing.
        return _codes(convert, found) or (None if spec.name == "diagnosis_pointers" else ())

    def _facts(self, given: _Object, path: str) -> dict[str, FactValue]:
        facts: dict[str, FactValue] = {}
        for name, found in cast(_Object, given.get("facts", {})).items():
            if found is None:
                continue
            if name not in self._declared:
                self.undeclared.append(name)
                facts[name] = _as_it_is(found)
                continue
            value = _declared_fact(name, self._declared[name], found)
            if isinstance(value, Unreadable):
                self.problems.append(f"{path}.facts.{name} {value.reason}")
            elif value is not None and not isinstance(value, Doubted):
                facts[name] = value
        return facts


def _as_it_is(found: object) -> FactValue:
    if isinstance(found, list):
        return tuple(found)
    return _whole(found) if isinstance(found, Decimal) else cast(FactValue, found)


def _whole(number: Decimal) -> FactValue:
    return int(number) if number == number.to_integral_value() else number


_JSON_TYPES: dict[ValueType, tuple[type, ...]] = {
    ValueType.BOOLEAN: (bool,),
    ValueType.NUMBER: (int, Decimal),
    ValueType.MONEY: (int, Decimal),
    ValueType.CODES: (list,),
}


def _declared_fact(name: str, type: ValueType, found: object) -> Value:
    wanted = _JSON_TYPES.get(type, (str,))
    if not isinstance(found, wanted) or (isinstance(found, bool) and bool not in wanted):
        kind = {bool: "true or false", int: "a number", list: "a list of codes"}.get(wanted[0], "text in quotes")
        return Unreadable(f"must be {kind}: a policy declares it as {type.value}")
    convert = converter(Target(name, type, name, fact=True))
    if isinstance(found, list):
        return _codes(convert, found)
    return convert(cast("str | int | Decimal", found))


def _codes(convert: Convert, found: list[object]) -> Value:
    codes = [convert(cast(str, code)) for code in found]
    unreadable = next((code for code in codes if isinstance(code, Unreadable)), None)
    return unreadable or tuple(code for each in codes for code in codes_of(each))


class UndeclaredFacts:
    """Which facts no loaded policy declares, over a whole file."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def note(self, claim: JsonClaim) -> None:
        """Remember the undeclared facts of a claim."""
        self._names.update(claim.undeclared)

    def warnings(self, source: str) -> Iterator[Warning]:
        """One warning that names them all."""
        if self._names:
            names = ", ".join(sorted(self._names))
            yield Warning(source, "facts", f"no loaded policy declares these facts, so no rule can use them: {names}")
