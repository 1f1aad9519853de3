"""`GET /notices.atom?election=…`: what went public, and each notice of what changed in it, for newsrooms and their feed readers; without
an election, at the host of an office that has some: of all of these.

Atom (RFC 4287). It holds what `releases` tells anybody; a notice says what changed, by which office, why (a code, never
free text) and who approved it. Remarks that an office has marked public are told in its own words; one that was taken back, by why.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree as xml

from starlette.datastructures import QueryParams

from api.graphql.known import require_known
from api.graphql.remarks import PublicRemark, public_remarks_of
from api.messages import message
from projections.read import ElectionRow, ViewReader, desk
from projections.read.desk import ReleaseRow
from projections.read.snapshot import Snapshot
from reporting.application.catalog import KnownElection
from reporting.application.service import Reporting
from reporting.domain.figures import Cell
from reporting.domain.namesakes import called_in
from reporting.domain.released import (
    COUNT_WORDS,
    KIND_WORDS,
    ChangeKind,
    ReleasedBasis,
    ReleasedChange,
    ReleasedLot,
    RestsOn,
    kinds_in,
    notice_words,
)
from reporting.errors import InvalidInput

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
NOTICES, CHANGES = 50, 100
"""Newest releases of one answer, and changes told in words of each; the rest is in the release's changes.csv."""

UNITS, CELLS = 50, 10
"""Units that lack cells told of each, and cells of each unit; the rest is in the release's manifest.json."""
LABELS = message.table("label")
ABSENT = {f"!{absence}": words.beside for absence, words in message.table("absent").items()}

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What a name may hold and XML 1.0 may not (§2.2)."""

PARAMETERS = ("election", "form", "slot")


@dataclass(frozen=True, slots=True)
class OfficeFeed:
    """Of an office of a common installation: what its brand says. `elections`: codes; one that nobody has defined yet is passed over."""

    code: str
    name: str
    elections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Notices:
    """What went public of an election, newest first."""

    election: ElectionRow
    defined: KnownElection
    releases: Sequence[ReleaseRow]
    remarks: Sequence[PublicRemark]


def answer(
    reader: ViewReader, service: Reporting, given: QueryParams, office: OfficeFeed | None = None
) -> bytes:
    """The feed, newest first: of an election; without one, at the host of an `office` with elections, of all of these but practice.
    InvalidInput; UnknownReference for an election nobody defined, or a form or slot that it does not have."""
    for name in given:
        if name not in PARAMETERS or len(given.getlist(name)) > 1:
            raise InvalidInput(field="parameter", found=name[:40], expected=", ".join(PARAMETERS))
    if not given and office is not None and office.elections:
        return _of_office(reader, service, office)
    if not (code := given.get("election")):
        raise InvalidInput(field="election", found="", expected="election=CODE")
    with reader.snapshot() as snapshot:
        told = _notices(snapshot, service, snapshot.election(code), given.get("form"), given.get("slot"))
    if not told.releases:
        require_known(
            told.defined.definition, told.defined.roster, form=given.get("form"), slot=given.get("slot")
        )
    definition = told.election.definition
    mark = f"【{LABELS['test'].beside}】" if definition.is_test else ""
    begin = datetime.combine(definition.polling_date, datetime.min.time())
    return _feed(
        f"urn:reporting:notices:{definition.code}",
        f"{mark}{definition.label.ja} {message('publications_and_corrections')}",
        message("election_commission") if office is None else office.name,
        begin,
        _entries(told, mark),
    )


def _of_office(reader: ViewReader, service: Reporting, office: OfficeFeed) -> bytes:
    entries, begins = list[_Entry](), [BEFORE_ALL]
    with reader.snapshot() as snapshot:
        there = {row.definition.code: row for row in snapshot.elections()}
        for code in dict.fromkeys(office.elections):
            if (election := there.get(code)) is None or election.definition.is_test:
                continue
            entries += _entries(
                _notices(snapshot, service, election, None, None), f"{election.definition.label.ja}: "
            )
            begins.append(datetime.combine(election.definition.polling_date, datetime.min.time()))
    title = f"{office.name} {message('publications_and_corrections')}"
    newest = sorted(entries, key=lambda entry: _time(entry[0]), reverse=True)[:NOTICES]
    return _feed(f"urn:reporting:notices-of-office:{office.code}", title, office.name, max(begins), newest)


def _notices(
    snapshot: Snapshot, service: Reporting, election: ElectionRow, form: str | None, slot: str | None
) -> _Notices:
    releases = desk.releases(snapshot, election, form, slot, snapshot.position, NOTICES)
    remarks = public_remarks_of(service, snapshot, election, form, slot)[:NOTICES]
    return _Notices(election, service.catalog.election(election.definition.code), releases, remarks)


_Entry = tuple[datetime, xml.Element]
"""With when it was last told otherwise."""
BEFORE_ALL = datetime(1970, 1, 1)


def _feed(id_: str, title: str, author: str, begin: datetime, entries: Sequence[_Entry]) -> bytes:
    """`begin`: when it was last updated, where it holds nothing."""
    feed = xml.Element("feed", {"xmlns": ATOM, "xml:lang": "ja"})
    _add(feed, "id", id_)
    _add(feed, "title", title)
    _add(feed, "updated", max((_time(at) for at, _ in entries), default=_time(begin)))
    _add(xml.SubElement(feed, "author"), "name", author)
    feed.extend(entry for _, entry in entries)
    return bytes(xml.tostring(feed, encoding="utf-8", xml_declaration=True))


def _entries(told: _Notices, mark: str) -> list[_Entry]:
    """`mark`: what each title begins with."""
    definition, defined, entries = told.election.definition, told.defined, list[_Entry]()
    for release in told.releases:
        form, slot = defined.form(release.form, release.slot), release.slot
        label = next((s.label.ja for s in form.slots if s.code == slot), slot)
        kinds = kinds_in(release.changes, () if release.number == 1 else release.lots, release.bases)
        what = " ".join(notice_words(release.number, kinds, release.corrections, release.lot_notices))
        entry = xml.Element("entry")
        _add(entry, "id", f"urn:uuid:{release.release}")
        _add(entry, "title", f"{mark}{what}: {form.label.ja} {label}")
        _add(entry, "updated", _time(release.released_at))
        for term in kinds or ("publication",):
            _add(entry, "category", None, term=str(term))
        _add(entry, "content", "\n".join(_lines(defined, release)), type="text")
        entries.append((release.released_at, entry))
    for remark in told.remarks:
        shape = defined.shape(remark.form, remark.slot)
        cells = [" / ".join(shape.named(Cell.from_key(key))) for key in remark.cells[:CELLS]]
        entry, at = xml.Element("entry"), _told_at(remark)
        # by what it is and not by its position, which another log calls it otherwise
        _add(
            entry,
            "id",
            f"urn:reporting:remark:{definition.code}:{remark.form}:{remark.slot}:{remark.version}",
        )
        what = LABELS["remark" if remark.taken_back is None else "remark_taken_back"].beside
        _add(entry, "title", f"{mark}{what}: {_unit(defined, remark.unit)}")
        _add(entry, "updated", _time(at))
        _add(entry, "category", None, term="remark")
        lines = [*cells, remark.words or LABELS["erased"].beside, remark.office]
        if (gone := remark.taken_back) is not None:
            _add(entry, "category", None, term="remark_taken_back")
            lines = [
                *cells,
                f"{LABELS['taken_back'].beside}: {gone.reason or LABELS['erased'].beside}",
                gone.office,
            ]
        _add(entry, "content", "\n".join(lines), type="text")
        entries.append((at, entry))
    return entries


def _told_at(remark: PublicRemark) -> datetime:
    """When it was last told otherwise: an entry keeps its id, and a reader of feeds replaces what it has of it."""
    return remark.recorded_at if remark.taken_back is None else remark.taken_back.recorded_at


def _lines(defined: KnownElection, release: ReleaseRow) -> list[str]:
    lines = [
        f"{release.approved}/{release.expected} {LABELS['units'].beside}, {LABELS['position'].beside} {release.position}"
    ]
    if release.whole is not None:
        lines[0] = (
            f"{release.whole}/{release.expected} {LABELS['whole'].beside}（{LABELS['any'].beside} {release.approved}）, "
            f"{LABELS['position'].beside} {release.position}"
        )
    for lack in release.incomplete[:UNITS]:
        shape = defined.shape(release.form, release.slot)
        cells = [" / ".join(shape.named(Cell.from_key(key))) for key in lack.cells[:CELLS]]
        more = message("more_cells", rest=len(lack.cells) - CELLS) if len(lack.cells) > CELLS else ""
        lines.append(f"{LABELS['lacking'].beside}: {_unit(defined, lack.unit)} " + "、".join(cells) + more)
    if (rest := len(release.incomplete) - UNITS) > 0:
        lines.append(f"{LABELS['lacking'].beside}: {message('more_units_manifest_json', rest=rest)}")
    if release.single_handed:
        units = ", ".join(_unit(defined, unit) for unit in release.single_handed[:UNITS])
        rest = len(release.single_handed) - UNITS
        more = message("more_units", rest=rest) if rest > 0 else ""
        lines.append(f"{LABELS['single_handed'].beside}: {units}{more}")
    if release.under_correction:
        lines.append(f"{LABELS['under_correction'].beside}: " + ", ".join(release.under_correction))
    lines += [_lot(defined, lot) for lot in release.lots if release.number == 1 or lot.kind is not None]
    lines += [_basis(defined, basis) for basis in release.bases[:UNITS]]
    if (rest := len(release.bases) - UNITS) > 0:
        lines.append(f"{' '.join(KIND_WORDS[ChangeKind.BASIS])}: + {rest}: manifest.json")
    for change in release.changes[:CHANGES]:
        ja, en = defined.shape(release.form, release.slot, change.unit).named(Cell.from_key(change.cell))
        why = f", {change.reason_class}" if change.reason_class else ""
        approved = f" → {change.approved_by}" if change.approved_by else ""
        lines.append(
            f"{' '.join(KIND_WORDS[change.kind])}: {_unit(defined, change.unit)} {ja} / {en}: {_values(change)}"
            f" ({change.office}{approved}{why})"
        )
    if (rest := len(release.changes) - CHANGES) > 0:
        lines.append(message("more_changes_csv", rest=rest))
    return lines


def _basis(defined: KnownElection, basis: ReleasedBasis) -> str:
    approved = f" → {basis.approved_by}" if basis.approved_by else ""
    before, after = _rests_on(basis.before), _rests_on(basis.after)
    return f"{' '.join(KIND_WORDS[ChangeKind.BASIS])}: {_unit(defined, basis.unit)}: {before} → {after} ({basis.office}{approved})"


def _rests_on(rests: RestsOn) -> str:
    of = f" {rests.places}/{rests.of_places}" if rests.places is not None else ""
    return " ".join(COUNT_WORDS[rests.method]) + of


def _lot(defined: KnownElection, lot: ReleasedLot) -> str:
    contest = next((contest for contest in defined.definition.contests if contest.code == lot.contest), None)
    names = called_in(contest)
    among, winners = (
        "、".join(names.get(code, code) for code in codes) for codes in (lot.among, lot.winners)
    )
    label = lot.contest if contest is None else contest.label.ja
    kind = ChangeKind.LOT if lot.overtaken is None else ChangeKind.LOT_OVERTAKEN
    what = (
        f"{LABELS['elected'].beside}: {winners}"
        if lot.overtaken is None
        else f"{LABELS['had_been_elected'].beside}: {winners}, {LABELS['position'].beside} {lot.overtaken}"
    )
    alone = f"（{LABELS['alone'].beside}）" if lot.alone else ""
    return (
        f"{' '.join(KIND_WORDS[kind])}: {label}: {LABELS['equal_votes'].beside} {lot.votes} ({among}): {what}"
        f" ({lot.source_class}, {LABELS['position'].beside} {lot.recorded}){alone}"
    )


def _unit(defined: KnownElection, code: str) -> str:
    unit = defined.roster.units.get(code)
    return code if unit is None else f"{code} {unit.name}"


def _values(change: ReleasedChange) -> str:
    """Before and after; nothing before where nothing was public."""
    after = ABSENT.get(change.after, change.after)
    if change.withdrawn is not None:
        return f"{change.withdrawn}（{LABELS['withdrawn'].beside}）→ {after}"
    if change.kind in (ChangeKind.FIRST, ChangeKind.ABSENCE) or change.before is None:
        return after
    return f"{ABSENT.get(change.before, change.before)} → {after}"


def _add(parent: xml.Element, name: str, words: str | None, **attributes: str) -> None:
    xml.SubElement(parent, name, attributes).text = words and NOT_XML.sub("\ufffd", words)


def _time(at: datetime) -> str:
    return at.isoformat() if at.tzinfo else at.isoformat() + "Z"
