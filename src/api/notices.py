"""`GET /notices.atom?election=…`: what went public, and each notice of what changed in it, for newsrooms and their feed readers.

Atom (RFC 4287). It holds what `releases` tells anybody; a notice says what changed, by which office, why (a code, never
free text) and who approved it. Remarks that an office has marked public are told in its own words; one that was taken back, by why.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as xml

from starlette.datastructures import QueryParams

from api.graphql.known import require_known
from api.graphql.remarks import PublicRemark, public_remarks_of
from api.messages import message
from projections.read import ElectionRow, ViewReader, desk
from projections.read.desk import ReleaseRow
from reporting.application.catalog import KnownElection
from reporting.application.service import Reporting
from reporting.domain.figures import Cell
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


def answer(reader: ViewReader, service: Reporting, given: QueryParams, author: str | None = None) -> bytes:
    """The feed, newest first. `author`: the office at whose host it is asked for. InvalidInput; UnknownReference for an election nobody defined, or a form or slot that it does not have."""
    for name in given:
        if name not in PARAMETERS or len(given.getlist(name)) > 1:
            raise InvalidInput(field="parameter", found=name[:40], expected=", ".join(PARAMETERS))
    if not (code := given.get("election")):
        raise InvalidInput(field="election", found="", expected="election=CODE")
    with reader.snapshot() as snapshot:
        election = snapshot.election(code)
        releases = desk.releases(
            snapshot, election, given.get("form"), given.get("slot"), snapshot.position, NOTICES
        )
        remarks = public_remarks_of(service, snapshot, election, given.get("form"), given.get("slot"))[
            :NOTICES
        ]
    defined = service.catalog.election(code)
    if not releases:
        require_known(defined.definition, defined.roster, form=given.get("form"), slot=given.get("slot"))
    return _feed(election, defined, releases, remarks, author or message("election_commission"))


def _feed(
    election: ElectionRow,
    defined: KnownElection,
    releases: Sequence[ReleaseRow],
    remarks: Sequence[PublicRemark],
    author: str,
) -> bytes:
    definition = election.definition
    feed = xml.Element("feed", {"xmlns": ATOM, "xml:lang": "ja"})
    mark = f"【{LABELS['test'].beside}】" if definition.is_test else ""
    _add(feed, "id", f"urn:reporting:notices:{definition.code}")
    _add(feed, "title", f"{mark}{definition.label.ja} {message('publications_and_corrections')}")
    moments = [releases[0].released_at] if releases else []
    moments += [_told_at(remark) for remark in remarks]
    begin = datetime.combine(definition.polling_date, datetime.min.time())
    _add(feed, "updated", _time(max(moments) if moments else begin))
    _add(xml.SubElement(feed, "author"), "name", author)
    for release in releases:
        form, slot = defined.form(release.form, release.slot), release.slot
        label = next((s.label.ja for s in form.slots if s.code == slot), slot)
        kinds = kinds_in(release.changes, () if release.number == 1 else release.lots, release.bases)
        what = " ".join(notice_words(release.number, kinds, release.corrections, release.lot_notices))
        entry = xml.SubElement(feed, "entry")
        _add(entry, "id", f"urn:uuid:{release.release}")
        _add(entry, "title", f"{mark}{what}: {form.label.ja} {label}")
        _add(entry, "updated", _time(release.released_at))
        for term in kinds or ("publication",):
            _add(entry, "category", None, term=str(term))
        _add(entry, "content", "\n".join(_lines(defined, release)), type="text")
    for remark in remarks:
        shape = defined.shape(remark.form, remark.slot)
        cells = [" / ".join(shape.named(Cell.from_key(key))) for key in remark.cells[:CELLS]]
        entry = xml.SubElement(feed, "entry")
        _add(entry, "id", f"urn:reporting:remark:{definition.code}:{remark.position}")
        what = LABELS["remark" if remark.taken_back is None else "remark_taken_back"].beside
        _add(entry, "title", f"{mark}{what}: {_unit(defined, remark.unit)}")
        _add(entry, "updated", _time(_told_at(remark)))
        _add(entry, "category", None, term="remark")
        told = [*cells, remark.words or LABELS["erased"].beside, remark.office]
        if (gone := remark.taken_back) is not None:
            _add(entry, "category", None, term="remark_taken_back")
            told = [
                *cells,
                f"{LABELS['taken_back'].beside}: {gone.reason or LABELS['erased'].beside}",
                gone.office,
            ]
        _add(entry, "content", "\n".join(told), type="text")
    return bytes(xml.tostring(feed, encoding="utf-8", xml_declaration=True))


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
    names = {} if contest is None else {choice.code: choice.name for choice in contest.choices}
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
