"""`GET /notices.atom?election=…`: what went public, and each correction of it, for newsrooms and their feed readers.

Atom (RFC 4287). It holds what `releases` tells anybody; a notice says what changed, by which office, why (a code, never
free text) and who approved it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as xml

from starlette.datastructures import QueryParams

from projections.read import ElectionRow, ViewReader, desk
from projections.read.desk import ReleaseRow
from reporting.application.catalog import KnownElection
from reporting.application.service import Reporting
from reporting.domain.figures import Cell
from reporting.errors import InvalidInput

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
NOTICES, CHANGES = 50, 100
"""Newest releases of one answer, and changes told in words of each; the rest is in the release's changes.csv."""

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What a name may hold and XML 1.0 may not (§2.2)."""

PARAMETERS = ("election", "form", "slot")


def answer(reader: ViewReader, service: Reporting, given: QueryParams) -> bytes:
    """The feed, newest first. InvalidInput; UnknownReference for an election nobody defined."""
    for name in given:
        if name not in PARAMETERS or len(given.getlist(name)) > 1:
            raise InvalidInput(field="parameter", found=name[:40], expected=", ".join(PARAMETERS))
    if not (code := given.get("election")):
        raise InvalidInput(field="election", found="", expected="election=CODE")
    with reader.snapshot() as snapshot:
        election = snapshot.election(code)
        found = desk.releases(
            snapshot, election, given.get("form"), given.get("slot"), snapshot.position, NOTICES
        )
    return _feed(election, service.catalog.election(code), found)


def _feed(election: ElectionRow, known: KnownElection, found: Sequence[ReleaseRow]) -> bytes:
    definition = election.definition
    feed = xml.Element("feed", {"xmlns": ATOM, "xml:lang": "ja"})
    mark = "【試験 TEST】" if definition.is_test else ""
    _add(feed, "id", f"urn:reporting:notices:{definition.code}")
    _add(feed, "title", f"{mark}{definition.label.ja} 公表と訂正 / publications and corrections")
    newest = found[0].released_at if found else datetime.combine(definition.polling_date, datetime.min.time())
    _add(feed, "updated", _time(newest))
    _add(xml.SubElement(feed, "author"), "name", "選挙管理委員会 / election commission")
    for one in found:
        form, slot = known.form(one.form, one.slot), one.slot
        label = next((s.label.ja for s in form.slots if s.code == slot), slot)
        what = (
            "公表 publication"
            if one.number == 1
            else f"訂正 第{one.number - 1}号 correction {one.number - 1}"
        )
        entry = xml.SubElement(feed, "entry")
        _add(entry, "id", f"urn:uuid:{one.release}")
        _add(entry, "title", f"{mark}{what}: {form.label.ja} {label}")
        _add(entry, "updated", _time(one.released_at))
        _add(entry, "category", None, term="publication" if one.number == 1 else "correction")
        _add(entry, "content", "\n".join(_lines(known, one)), type="text")
    return bytes(xml.tostring(feed, encoding="utf-8", xml_declaration=True))


def _lines(known: KnownElection, one: ReleaseRow) -> list[str]:
    lines = [f"{one.approved}/{one.expected} 団体 units, 位置 position {one.position}"]
    if one.under_correction:
        lines.append("訂正中 under correction: " + ", ".join(one.under_correction))
    for change in one.changes[:CHANGES]:
        unit = known.roster.units[change["unit"]].name if change["unit"] in known.roster.units else ""
        ja, en = known.shape(one.form, one.slot, change["unit"]).named(Cell.from_key(change["cell"]))
        why = f", {change['reason_class']}" if change["reason_class"] else ""
        approved = f" → {change['approved_by']}" if change["approved_by"] else ""
        lines.append(
            f"{change['unit']} {unit} {ja} / {en}: {change['before']} → {change['after']}"
            f" ({change['office']}{approved}{why})"
        )
    if (rest := len(one.changes) - CHANGES) > 0:
        lines.append(f"ほか {rest} 件 / {rest} more: changes.csv")
    return lines


def _add(parent: xml.Element, name: str, words: str | None, **attributes: str) -> None:
    xml.SubElement(parent, name, attributes).text = words and NOT_XML.sub("\ufffd", words)


def _time(at: datetime) -> str:
    return at.isoformat() if at.tzinfo else at.isoformat() + "Z"
