"""One zip for a place without a line: workbooks, forms on paper, the rules, the verifier, a guide, and the checksum of each.

Its bytes follow from what stands in the log: made twice on the same state it is the same file.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

from reporting.application.desk import Desk
from reporting.domain.actor import Actor
from reporting.domain.election import Form
from reporting.errors import UnknownReference
from reporting.kit.bounds import parts_of
from reporting.kit.making import in_reach, make_book
from reporting.kit.messages import message
from reporting.kit.paper.fonts import Fonts
from reporting.kit.paper.forms import office_forms
from reporting.rules.cheatsheet import cheat_sheet

FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The day that every file in the zip has: the first one that a zip knows."""
CHECKSUMS = "SHA256SUMS"
GUIDES = ("guide.ja.md", "guide.en.md")
Progress = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class OfflineKit:
    """`files`: by name in the zip; `units`: that report in any of its workbooks."""

    files: Mapping[str, bytes]
    units: frozenset[str]

    def zipped(self) -> bytes:
        """With a checksum of every file, as `sha256sum -c` reads them."""
        sums = "".join(
            f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(self.files.items())
        )
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in sorted({**self.files, CHECKSUMS: sums.encode()}.items()):
                entry = zipfile.ZipInfo(name, FIRST_DAY)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(entry, data)
        return out.getvalue()


def offline_kit(
    desk: Desk,
    election: str,
    actor: Actor,
    *,
    area: str | None = None,
    fonts: Fonts | None = None,
    verifier: bytes | None = None,
    progress: Progress = lambda _: None,
) -> OfflineKit:
    """`area`: an office whose units it is for [default: all that the actor's office reaches]; `fonts` None: without forms on paper;
    `verifier`: the auditors' program. UnknownReference where there is no unit to report for; PaperMissing."""
    defined = desk.reporting.catalog.election(election)
    among = frozenset(
        unit for unit in defined.roster.units if area is None or defined.roster.covers(area, unit)
    )
    files: dict[str, bytes] = {}
    units: set[str] = set()
    for form in defined.definition.forms:
        for name, part, data in _workbooks(desk, election, form, actor, among):
            progress(name)
            files[f"workbooks/{name}"] = data
            units.update(part)
    if not units:
        raise UnknownReference(kind="unit", found=area or "", among=defined.roster.units, within=election)
    for name, data in office_forms(desk, election, actor, fonts, among) if fonts is not None else ():
        progress(name)
        files[f"forms/{name}"] = data
    for guide in GUIDES:
        files[guide] = resources.files("reporting.kit").joinpath(guide).read_bytes()
    files |= {"rules.ja.md": cheat_sheet("ja").encode(), "rules.en.md": cheat_sheet("en").encode()}
    if verifier is not None:
        files["verify.py"] = verifier
    files["contents.txt"] = _contents(desk, election, area, units).encode()
    return OfflineKit(files, frozenset(units))


def _workbooks(
    desk: Desk, election: str, form: Form, actor: Actor, among: frozenset[str]
) -> Iterator[tuple[str, list[str], bytes]]:
    """(name, its units, bytes); of many units several for a slot."""
    ledger = desk.reporting.ledger
    (newest,) = ledger.read(ledger.position() - 1, 1)
    for slot in form.slots:
        units = [u for u in in_reach(desk, election, form.code, slot.code, actor) if u in among]
        parts = parts_of(desk.reporting.catalog.election(election), form.code, slot.code, units)
        for place, part in enumerate(parts, 1):
            number = f"-{place}" if len(parts) > 1 else ""
            name = f"{election}-{form.code}-{slot.code}{number}.xlsx"
            yield name, part, make_book(desk, election, form.code, slot.code, part, actor, newest.recorded_at)


def _contents(desk: Desk, election: str, area: str | None, units: set[str]) -> str:
    """What the kit is of: election, ledger position, definition, units."""
    defined, roster = (
        desk.reporting.catalog.election(election),
        desk.reporting.catalog.election(election).roster,
    )
    lines = [
        message("kit_of", election=election, area=area or "*"),
        message("kit_state", position=desk.reporting.ledger.position(), definition=defined.versions[0]),
        *(f"{unit} {roster.units[unit].name}" for unit in sorted(units)),
    ]
    return "".join(f"{line}\n" for line in lines)
