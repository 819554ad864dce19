"""What an import will do, known before any row is read: the files with the table, its name, its release, its dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath

from cleanclaim.policy.diagnostics import quoted
from cleanclaim.tables.declared import Declaration
from cleanclaim.tables.importers import KINDS
from cleanclaim.tables.kind import Kind, Nature, label
from cleanclaim.tables.members import Member, digest, members
from cleanclaim.tables.problems import ImportRefused, Problem
from cleanclaim.tables.release_names import SAFE, Named, Span, end_of, name_of, named
from cleanclaim.tables.releases import SourceFile
from cleanclaim.tables.sources import Source, source_of

_PART = re.compile(r"[-_]f([1-9])(?![0-9a-z])", re.I)


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for; what is ``None`` is taken from the files."""

    kind: Kind
    files: tuple[Path, ...]
    name: str | None = None
    release: str | None = None
    effective: date | None = None
    through: date | None = None
    published: date | None = None
    supplier: str | None = None
    declared: tuple[Declaration, ...] = ()
    """What policies say that the table holds: files that do not are refused."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An import that can begin. ``left_out`` are files that are not read, each with the reason."""

    kind: Kind
    table: str
    release: str
    effective: date | None
    through: date | None
    published: date | None
    sources: tuple[Source, ...]
    files: tuple[SourceFile, ...]
    left_out: tuple[str, ...]
    told: tuple[Problem, ...] = field(default=())
    declared: tuple[Declaration, ...] = ()

    @property
    def size(self) -> int:
        """Bytes that will be read."""
        return sum(source.member.size for source in self.sources)


def plan(request: Request) -> Plan:
    """Looks into the files. Raises :class:`ImportRefused` where they do not hold one release of one table."""
    paths = list(dict.fromkeys(request.files))
    found = [member for path in paths for member in members(path)]
    digests = _digests(paths)
    sources, left_out = _sources(found, request.kind)
    table = _table(request, sources)
    release, effective = _release(request, sources)
    through = request.through or (end_of(effective, request.kind.span) if effective is not None else None)
    if effective is not None and through is not None and through < effective:
        raise _refused(f"the release would end on {through}, before it begins on {effective}", "correct the dates")
    united = request.kind.nature is Nature.UNITED
    return Plan(
        kind=request.kind,
        table=table,
        release=release,
        effective=effective,
        through=through,
        published=request.published or (None if united else effective),
        sources=tuple(sources),
        files=tuple(SourceFile(path.name, sha, path.stat().st_size) for sha, path in digests.items()),
        left_out=tuple(left_out),
        told=(*_parts(request.kind, sources), *_doubted_dates(request, sources, effective)),
        declared=request.declared,
    )


def _digests(paths: Iterable[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in paths:
        other = found.setdefault(digest(path), path)
        if other != path:
            raise _refused(
                f"{quoted(other.name)} and {quoted(path.name)} are the same file, byte for byte",
                "leave one out, or download the one again that should differ",
            )
    return found


def _sources(found: Sequence[Member], kind: Kind) -> tuple[list[Source], list[str]]:
    """The files with the table; of a text and a workbook of it the text."""
    books = [member for member in found if member.suffix in (".xlsx", ".xlsm")]
    sources = [source for member in found if member not in books and (source := source_of(member, kind))]
    reasons: dict[str, str] = {}
    given = {source.member.given for source in sources}
    stems = {_stem(source.member) for source in sources}
    for member in books:
        if member.given in given or _stem(member) in stems:
            reasons[member.place] = "the same table as text was read"
        elif source := source_of(member, kind):
            sources.append(source)
    liked = [source for source in sources if kind.prefers and kind.prefers in label(source.member.name)]
    for source in sources if liked else ():
        if source not in liked:
            reasons[source.member.place] = f"of files with the same codes, {liked[0].member.name} was read"
    sources = liked or sources
    read = {source.member.place for source in sources}
    for member in found:
        if member.place not in read:
            reasons.setdefault(member.place, "it has not the header of this table")
    if not sources:
        names = ", ".join(quoted(member.place) for member in found[:5]) or "the zip, which is empty,"
        raise _refused(
            f"no table of the kind {kind.name} was found in {names}",
            f"its header is: {kind.header}; look whether this is the right file, and the right kind",
        )
    return sources, [f"{place}: {reason}" for place, reason in reasons.items()]


def _stem(member: Member) -> str:
    return PurePosixPath(member.name).stem.lower()


def _table(request: Request, sources: Iterable[Source]) -> str:
    """The name under which the table is stored, and policies know it."""
    kind = request.kind
    if request.supplier is not None and request.supplier not in kind.suppliers:
        known = f"it knows {', '.join(kind.suppliers)}" if kind.suppliers else "leave it out"
        raise _refused(f"{kind.name} has no table for the supplier {quoted(request.supplier)}", known)
    if request.name is not None:
        return _own_name(kind, request.name)
    if kind.any_columns:
        raise _refused("a generic table needs a name", "give --name as the policy says it (import: NAME)")
    if not kind.suppliers:
        return kind.name
    asked = kind.suppliers[request.supplier] if request.supplier is not None else None
    told: dict[str, str] = {}
    for source in sources:
        for words in (source.member.name, *source.titles, source.member.given):
            table = next((table for clue, table in kind.clues if clue in label(words)), None)
            if table is not None:
                told.setdefault(table, source.member.place)
                break
    wrong = [(table, place) for table, place in told.items() if asked is not None and table != asked]
    if wrong:
        raise _refused(
            f"{quoted(wrong[0][1])} is a file of {wrong[0][0]}, and --supplier {request.supplier} asks for {asked}",
            "leave --supplier out, or name the right file",
        )
    if len(told) > 1:
        what = " and ".join(f"{table} ({quoted(place)})" for table, place in told.items())
        raise _refused(f"the files are of different tables: {what}", "import each table by a command of its own")
    if asked is None and not told:
        which = ", ".join(kind.suppliers)
        raise _refused(
            f"neither the names of the files nor their headers say which table of {kind.name} this is",
            f"give --supplier with one of {which}",
        )
    return asked or next(iter(told))


def _own_name(kind: Kind, name: str) -> str:
    if kind.nature is not Nature.UNITED:
        raise _refused(f"tables of the kind {kind.name} have their own names", "leave --name out")
    if not SAFE.match(name):
        raise _refused(f"{quoted(name)} is not a name for a table", "use small letters, digits and dashes")
    owner = next((each for each in KINDS.values() if name in (each.name, *each.suppliers.values())), None)
    if owner is not None and owner is not kind:
        raise _refused(
            f"{name} is the name of another kind of table", f"import it as {owner.name}, or choose another name"
        )
    return name


def _release(request: Request, sources: Sequence[Source]) -> tuple[str, date | None]:
    """The release and the first day that it is for."""
    kind = request.kind
    asked = named(request.release) or named(f"cy{request.release}") if request.release is not None else None
    if request.release is not None and not SAFE.match(request.release):
        raise _refused(f"{quoted(request.release)} is not a name for a release", "use small letters and digits: 2026q3")
    told: dict[Named, str] = {}
    if kind.span is not Span.OPEN:
        for source in sources:
            found = named(source.member.name) or named(source.member.given)
            if found is not None:
                told.setdefault(found, source.member.place)
    if len(told) > 1:
        what = " and ".join(f"{each.release} ({quoted(place)})" for each, place in told.items())
        raise _refused(f"the files are of different releases: {what}", "import each release by a command of its own")
    by_name = next(iter(told), None)
    if asked is None or (by_name is not None and name_of(by_name.effective, kind.span) in (request.release or "")):
        # A revision (2026q3r1) may begin within the quarter that it is named after.
        asked = by_name
    _agree(request, asked, told)
    effective = request.effective or (asked or Named("", date.min)).effective
    if effective != date.min:
        default = (
            by_name.release if by_name is not None and request.effective is None else name_of(effective, kind.span)
        )
        if kind.span is Span.OPEN:
            default = _slug(sources[0].member.given)
        return request.release or default, effective
    if kind.span is Span.OPEN:
        return request.release or _slug(sources[0].member.given), None
    what = "2026q3" if kind.span is Span.QUARTER else "2026"
    need = (
        "--effective with its first day"
        if request.release
        else f"--release (such as {what}) or --effective with its first day"
    )
    raise _refused(f"the names of the files do not say which release of {kind.name} this is", f"give {need}")


def _agree(request: Request, asked: Named | None, told: Mapping[Named, str]) -> None:
    """Refuses a release or a first day that is not of the quarter or year that the files' names say, or of each other.

    A wrong one would put the rows under dates for which they were not published, and nobody would see it.
    """
    span = request.kind.span
    if span is Span.OPEN:
        return
    said = [(f"the name of {quoted(place)} says", each.effective) for each, place in told.items()]
    if request.release is not None and asked is not None:
        said.append((f"--release {request.release} says", asked.effective))
    if request.effective is not None:
        said.append((f"--effective {request.effective} says", request.effective))
    words = {name_of(day, span): who for who, day in reversed(said)}
    if len(words) > 1:
        raise _refused(
            f"the release is told in two ways: {', '.join(f'{who} {name}' for name, who in reversed(words.items()))}",
            "leave out the option that is wrong; if it is the name of the file that is, give the file its right name",
        )


def _doubted_dates(request: Request, sources: Sequence[Source], effective: date | None) -> Iterable[Problem]:
    """A first day outside of the quarter or year in the name of a table of the user's own, who may name it freely."""
    if request.kind.span is not Span.OPEN or effective is None:
        return
    for source in sources:
        found = named(source.member.name) or named(source.member.given)
        if found is None:
            continue
        span = Span.QUARTER if "q" in found.release else Span.YEAR
        if name_of(effective, span) != name_of(found.effective, span):
            place = quoted(source.member.place)
            yield Problem(
                f"the name of {place} says {found.release}, and the release begins on {effective}",
                "if that is wrong, import it again with the right --effective and --replace",
                refuses=False,
            )


def _slug(name: str) -> str:
    """A release's name made of a file's."""
    text = re.sub(r"[^a-z0-9._-]+", "-", PurePosixPath(name).stem.lower()).strip("-._")[:60]
    return text or "imported"


def _parts(kind: Kind, sources: Sequence[Source]) -> Iterable[Problem]:
    """Parts of the table that are not there: without them pairs would be missed without a word."""
    if kind.parts < 2:
        return
    parts: Mapping[int, str] = {
        int(found[1]): source.member.name for source in sources if (found := _PART.search(source.member.name))
    }
    if not parts:
        return
    gaps = [f"f{n}" for n in range(1, max(parts)) if n not in parts]
    if gaps:
        raise _refused(
            f"of the parts of this table {', '.join(gaps)} is not among the files",
            "CMS publishes it in several parts; name all of them in one command",
        )
    if max(parts) < kind.parts:
        yield Problem(
            f"only {len(parts)} of the parts f1 to f{kind.parts}, in which CMS has published this table, are there",
            "if CMS has published more, import all of them in one command with --replace",
            tuple(parts.values()),
            refuses=False,
        )


def _refused(what: str, help: str) -> ImportRefused:
    return ImportRefused(Problem(what, help))
