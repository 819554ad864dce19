"""Reads claims written as JSON in our schema: one document, an array, or JSON Lines."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain
from typing import BinaryIO

from cleanclaim.claims.claim_numbers import RepeatedNumbers
from cleanclaim.claims.doubts import Doubts
from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.json_lines import JsonClaim, UndeclaredFacts
from cleanclaim.claims.json_schema import Repeated, Unlimited, violations
from cleanclaim.claims.model import Claim, Reading, Reject, Warning

_NOT_JSON = "is not JSON: {}; check the quotes, commas and brackets there"


def read_json(stream: BinaryIO, source: str, declared: Mapping[str, ValueType] | None = None) -> Iterator[Reading]:
    """The claims of ``{"claims": [...]}``, of an array of claims, of one claim, or of one claim a text line.

    JSON Lines are streamed; a document is read whole. A claim that does not keep to
    ``schemas/claim.schema.json`` is rejected with the JSON path of everything wrong in it.
    """
    reader = _Reader(source, declared or {})
    for where, text, whole in _documents(stream):
        yield from reader.document(where, text, whole)
    yield from reader.close()


def _documents(stream: BinaryIO) -> Iterator[tuple[str, str | None, bool]]:
    """Places and texts of the JSON values in a file, and whether each is the whole file."""
    start = stream.readline()
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield "", _decoded(start + stream.read(), "utf-16"), True
        return
    if start.startswith(codecs.BOM_UTF8):
        start = start[len(codecs.BOM_UTF8) :]
    number = 1
    while start and not start.strip():
        start = stream.readline()
        number += 1
    second = stream.readline()
    if not _one_a_line(start, second):
        yield "", _decoded(start + second + stream.read(), "utf-8"), True
        return
    for n, raw in enumerate(chain((start, second), stream), start=number):
        if raw.strip():
            yield f"line {n}", _decoded(raw, "utf-8"), False


def _one_a_line(first: bytes, second: bytes) -> bool:
    if not (first.lstrip().startswith(b"{") and first.rstrip().endswith(b"}")):
        return False
    try:
        found = json.loads(first)
    except (ValueError, RecursionError):
        # A slip in the first claim must not lose the others.
        return second.lstrip().startswith(b"{")
    return isinstance(found, dict) and "claims" not in found


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


class _Reader:
    def __init__(self, source: str, declared: Mapping[str, ValueType]) -> None:
        self._source = source
        self._declared = declared
        self._undeclared = UndeclaredFacts()
        self._numbers = RepeatedNumbers()
        self._doubts = Doubts()

    def document(self, where: str, text: str | None, whole: bool) -> Iterator[Reading]:
        """The claims in one JSON value."""
        lost = 0 if whole else 1
        if text is None:
            yield Reject(self._source, where or "file", "is not UTF-8 text; save it as UTF-8", claims=lost)
            return
        try:
            found = json.loads(
                text, parse_float=Decimal, parse_constant=lambda name: Unlimited(), object_pairs_hook=_object
            )
        except json.JSONDecodeError as error:
            place = f"line {error.lineno} column {error.colno}" if whole else f"{where} column {error.colno}"
            yield Reject(self._source, place, _NOT_JSON.format(error.msg), claims=lost)
            return
        except (ValueError, ArithmeticError, RecursionError):
            reason = _NOT_JSON.format("a number is too long or brackets are nested too deeply")
            yield Reject(self._source, where or "file", reason, claims=lost)
            return
        if not whole:
            yield from self._claim(where, "$", found)
            return
        if isinstance(found, dict) and "claims" not in found:
            yield from self._claim("$", "$", found)
            return
        claims, path = (found, "$") if isinstance(found, list) else (found.get("claims"), "$.claims")
        if not isinstance(claims, list):
            yield Reject(self._source, path, 'is not a list of claims; a document is {"claims": [{"claim": …}]}')
            return
        if isinstance(found, dict) and (extra := sorted(set(found) - {"claims", "$schema"})):
            yield Warning(self._source, "$", f"keys beside claims are not used: {', '.join(extra)}")
        if not claims:
            yield Reject(self._source, path, "no claims in it: the list is empty; export the claims again")
        for n, claim in enumerate(claims):
            yield from self._claim(f"{path}[{n}]", f"{path}[{n}]", claim)

    def _claim(self, where: str, path: str, found: object) -> Iterator[Reading]:
        if isinstance(found, dict) and "resourceType" in found:
            reason = "is a FHIR resource, not a claim of our schema; FHIR is not read yet"
            yield Reject(self._source, where, reason, claims=1)
            return
        problems = violations(found, path, self._declared)
        if not problems and isinstance(found, dict):
            claim = JsonClaim(found, path, self._source, where, self._declared)
            lines = claim.lines()
            problems = claim.problems
            if not problems:
                self._undeclared.note(claim)
                for field, place, reason in claim.doubts:
                    self._doubts.note(field, where if place == "$" else place, reason)
                number = lines[0].claim
                name = self._numbers.unseen(number)
                self._numbers.take(number, name, where)
                if name != number:
                    lines = [line._replace(claim=name) for line in lines]
                yield Claim(tuple(lines))
                return
        yield Reject(self._source, where, "; ".join(problems), claims=1)

    def close(self) -> Iterator[Reading]:
        """What is to be said of the file as a whole."""
        yield from self._numbers.warning(self._source)
        yield from self._doubts.warnings(self._source)
        yield from self._undeclared.warnings(self._source)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        found[key] = Repeated() if key in found else value
    return found
