"""Words to HTML: names marked by what they are names of, long sets of codes folded."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from cleanclaim.policy.words.phrases import SHOWN_CODES, Clause, Codes, Joint, Kind, Name, Words

_JOINTS = {Joint.ALL: "all of these", Joint.ANY: "any of these"}


_DATE = re.compile(r"\b(\d{4}-\d\d-\d\d)\b")


def dates(text: object) -> Markup:
    """Text in which no date is broken over two lines.

    >>> str(dates("<2020-01-01"))
    '&lt;<span class="date">2020-01-01</span>'
    """
    return Markup(_DATE.sub(r'<span class="date">\1</span>', str(escape(text))))


class Marker:
    """Makes HTML of words. ``prefix`` stands before the anchors of one version of a policy."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def words(self, words: Words) -> Markup:
        """A run of words."""
        return Markup("").join(self._part(part) for part in words)

    def clauses(self, clauses: tuple[Clause, ...]) -> Markup:
        """Clauses as a list, those inside them as lists in it."""
        return Markup("<ul>{}</ul>").format(Markup("").join(map(self._clause, clauses)))

    def message(self, words: Words) -> Markup:
        """A message, with the values that it shows marked as such."""
        return Markup("").join(
            Markup('<span class="value">{}</span>').format(part.text) if isinstance(part, Name) else escape(part)
            for part in words
        )

    def let(self, clause: Clause) -> Markup:
        """What a let computes."""
        if not clause.parts:
            return self.words(clause.words)
        return Markup("{}, where {}:{}").format(self.words(clause.words), _joint(clause), self.clauses(clause.parts))

    def _clause(self, clause: Clause) -> Markup:
        if not clause.parts:
            return Markup("<li>{}</li>").format(self.words(clause.words))
        # What holds of several lines is told apart from the bare "all of these hold".
        lead = self.words(clause.words)
        told = lead if clause.loose or not _is_look(clause) else Markup("{}, where {}").format(lead, _joint(clause))
        return Markup("<li>{}:{}</li>").format(told, self.clauses(clause.parts))

    def _part(self, part: str | Name | Codes) -> Markup:
        match part:
            case Name(Kind.TABLE, text):
                return Markup('<a href="#{}table-{}">{}</a>').format(self.prefix, text, text)
            case Name(Kind.DERIVED, text):
                return Markup('<a href="#{}fact-{}">{}</a>').format(self.prefix, text, text)
            case Name(_, text):
                return Markup("<var>{}</var>").format(text)
            case Codes():
                return _codes(part)
            case _:
                return escape(part)


def _codes(codes: Codes) -> Markup:
    listed = ", ".join(codes.entries) or "nothing"
    if len(codes.entries) > SHOWN_CODES:
        title = f"{codes.name}, {len(codes.entries)} entries" if codes.name else f"{len(codes.entries)} entries"
        return Markup('<details class="codes"><summary>{}</summary><span>{}</span></details>').format(title, listed)
    if codes.name is None:
        return escape(listed)
    return Markup('<var>{}</var> <span class="entries">({})</span>').format(codes.name, listed)


def _is_look(clause: Clause) -> bool:
    return clause.words not in (("not all of these hold",), ("none of these holds",))


def _joint(clause: Clause) -> str:
    return _JOINTS[clause.joint] + (" hold" if clause.joint is Joint.ALL else " holds") if len(clause.parts) > 1 else ""
