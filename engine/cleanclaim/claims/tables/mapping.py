"""Reads ``--map FILE``: which columns of somebody else's table feed which of our fields.

.. code-block:: yaml

    columns:
      claim_id: ClaimNo                                        # our column (or policy field): theirs
      charge_amount: {column: charge_cents, unit: cents}
      hcpcs_modifier_: {column: modifiers, separator: ","}     # a family, by its stem, from one column
      diagnosis_code_: [DX1, DX2]                              # a family from several columns,
      pointed_diagnosis_code_1: PTR1                           # or column by column
      payer_type: {value: commercial}                          # the same for every row
      claim_type: {column: kind, values: {P: professional, I: institutional}}
      claim_line_start_date: {column: dos, format: "%m/%d/%Y"}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import yaml

from cleanclaim.claims.fields import ValueType
from cleanclaim.claims.nearest import did_you_mean
from cleanclaim.claims.tables.targets import Target, columns_of, targets


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """Where the value of one target comes from and how it is written there."""

    columns: tuple[str, ...] = ()
    value: str | None = None
    unit: str | None = None
    separator: str | None = None
    format: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    slots: tuple[int, ...] = ()
    """Where a family is named column by column: the number (0-based) of each."""


PLAIN = ColumnRule()


@dataclass(frozen=True, slots=True)
class TableMap:
    """A mapping file as read: a rule for each target it names, by the target's policy name."""

    source: str = ""
    rules: Mapping[str, ColumnRule] = field(default_factory=dict)


NO_MAP = TableMap()


@dataclass(frozen=True, slots=True)
class MapError:
    """One thing wrong in a mapping file: its place (1-based) and what to do about it."""

    source: str
    line: int
    column: int
    reason: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}: {self.reason}"


class InvalidMap(ValueError):
    """A mapping file that cannot be used; holds every error in it."""

    def __init__(self, errors: tuple[MapError, ...]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = errors


_BIGGEST = 256 * 1024
_KEYS = ("column", "columns", "value", "unit", "separator", "format", "values")


def read_map(text: str, source: str, declared: Mapping[str, ValueType] | None = None) -> TableMap:
    """Read a mapping file's text; raises :class:`InvalidMap` with all its errors."""
    if len(text) > _BIGGEST:
        raise InvalidMap((MapError(source, 1, 1, "is too big for a mapping file; is it the table itself?"),))
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise InvalidMap((MapError(source, *place, f"is not YAML: {error.problem}"),)) from None
    except (yaml.YAMLError, RecursionError):
        raise InvalidMap((MapError(source, 1, 1, "is not YAML text"),)) from None
    reader = _MapReader(source, targets(declared or {}))
    rules = dict(reader.rules(root))
    if reader.errors:
        raise InvalidMap(tuple(sorted(reader.errors, key=lambda e: (e.line, e.column, e.reason))))
    return TableMap(source, rules)


class _MapReader:
    def __init__(self, source: str, known: Mapping[str, Target]) -> None:
        self.errors: list[MapError] = []
        self._source = source
        self._names = {name.casefold(): target for target in known.values() for name in columns_of(target)}
        self._known = sorted({target.column for target in known.values()} | set(known))

    def _wrong(self, node: yaml.Node, reason: str) -> None:
        mark = node.start_mark
        self.errors.append(MapError(self._source, mark.line + 1, mark.column + 1, reason))

    def _entries(self, node: yaml.Node, what: str) -> Iterator[tuple[yaml.Node, str, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, f"{what} must be a mapping (name: value)")
            return
        seen: set[str] = set()
        for key, value in node.value:
            name = self._text(key, f"a name in {what}")
            if name is None:
                continue
            if name in seen:
                self._wrong(key, f"{name} is given twice; keep one")
                continue
            seen.add(name)
            yield key, name, value

    def _text(self, node: yaml.Node, what: str) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.value.strip():
            return str(node.value)
        self._wrong(node, f"{what} must be text")
        return None

    def rules(self, root: yaml.Node | None) -> Iterator[tuple[str, ColumnRule]]:
        """The rules of the file, with every error noted on the way."""
        if root is None:
            self.errors.append(MapError(self._source, 1, 1, "is empty; a mapping file starts with columns:"))
            return
        columns: yaml.Node | None = None
        for key, name, node in self._entries(root, "a mapping file"):
            if name == "columns":
                columns = node
            else:
                self._wrong(key, f"unknown key {name}; a mapping file has only columns:")
        if columns is None:
            if not self.errors:
                self._wrong(root, "there is no columns: in it")
            return
        taken: dict[str, str] = {}
        members: dict[str, dict[int, str]] = {}
        for key, name, node in self._entries(columns, "columns"):
            target = self._names.get(name.casefold())
            if target is None:
                self._wrong(key, f"unknown field {name}{did_you_mean(name, self._known)}")
            elif name.casefold() in target.members and (target.name in members or target.name not in taken):
                taken.setdefault(target.name, name)
                column = self._text(node, f"the column for {name}")
                members.setdefault(target.name, {})[target.members.index(name.casefold())] = column or ""
            elif target.name in taken:
                self._wrong(key, f"{name} and {taken[target.name]} are the same field; keep one")
            else:
                taken[target.name] = name
                rule = self._rule(target, node)
                if rule is not None:
                    yield target.name, rule
        for family, named in members.items():
            slots = tuple(sorted(named))
            yield family, ColumnRule(columns=tuple(named[n] for n in slots), slots=slots)

    def _rule(self, target: Target, node: yaml.Node) -> ColumnRule | None:
        if isinstance(node, yaml.ScalarNode):
            text = self._text(node, f"the column for {target.column}")
            return ColumnRule(columns=(text,)) if text else None
        if isinstance(node, yaml.SequenceNode):
            return ColumnRule(columns=self._columns(target, node))
        before = len(self.errors)
        given: dict[str, yaml.Node] = {}
        for key, name, value in self._entries(node, target.column):
            if name in _KEYS:
                given[name] = value
            else:
                self._wrong(key, f"unknown key {name} for {target.column}{did_you_mean(name, _KEYS)}")
        if len(self.errors) == before and sum(name in given for name in ("column", "columns", "value")) != 1:
            self._wrong(node, f"{target.column} needs exactly one of column, columns or value")
        checks: dict[str, Callable[[Target, yaml.Node, str], None]] = {
            "value": self._check_value,
            "unit": self._check_unit,
            "format": self._check_format,
            "separator": self._check_separator,
        }
        texts: dict[str, str | None] = {}
        for name, value in given.items():
            if name not in ("columns", "values"):
                # A separator may be a blank, which is no text elsewhere.
                blank = name == "separator" and isinstance(value, yaml.ScalarNode) and value.value != ""
                texts[name] = str(value.value) if blank else self._text(value, name)
            if name in checks and (text := texts[name]) is not None:
                checks[name](target, value, text)
        column = texts.get("column")
        columns = self._columns(target, given["columns"]) if "columns" in given else ((column,) if column else ())
        values = dict(self._values(given["values"])) if "values" in given else {}
        return ColumnRule(
            columns=columns,
            value=texts.get("value"),
            unit=texts.get("unit"),
            separator=texts.get("separator"),
            format=texts.get("format"),
            values=values,
        )

    def _columns(self, target: Target, node: yaml.Node) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self._wrong(node, f"columns of {target.column} must be a list of column names")
            return ()
        if not target.listed:
            self._wrong(node, f"{target.column} holds one value; name one column")
        return tuple(text for part in node.value if (text := self._text(part, "a column name")) is not None)

    def _values(self, node: yaml.Node) -> Iterator[tuple[str, str]]:
        for _, name, value in self._entries(node, "values"):
            if isinstance(value, yaml.ScalarNode):
                yield name.strip(), str(value.value).strip()
            else:
                self._wrong(value, "a translation in values must be text")

    def _check_value(self, target: Target, node: yaml.Node, text: str) -> None:
        if target.name in ("claim", "line"):
            self._wrong(node, f"{target.column} cannot be the same for every row; name its column")
        elif target.values and text not in target.values:
            near = did_you_mean(text, target.values)
            self._wrong(node, f"{target.column} is one of {', '.join(target.values)}{near}")

    def _check_unit(self, target: Target, node: yaml.Node, text: str) -> None:
        if target.type is not ValueType.MONEY:
            self._wrong(node, f"{target.column} is not money; unit: is only for money")
        elif text not in ("cents", "dollars"):
            self._wrong(node, "unit is cents or dollars")

    def _check_separator(self, target: Target, node: yaml.Node, text: str) -> None:
        if not target.listed:
            self._wrong(node, f"{target.column} holds one value; separator: is only for lists of codes")

    def _check_format(self, target: Target, node: yaml.Node, text: str) -> None:
        if target.type is not ValueType.DATE:
            self._wrong(node, f"{target.column} is not a date; format: is only for dates")
            return
        example = date(2019, 12, 31)
        try:
            sound = datetime.strptime(example.strftime(text), text).date() == example
        except (ValueError, TypeError):
            sound = False
        if not sound:
            self._wrong(node, 'format must give day, month and year, such as "%m/%d/%Y"')
