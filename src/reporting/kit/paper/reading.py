"""A form that comes back: which return its code is of, and what has changed since it was printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reporting.application.acting import phase_of
from reporting.application.asked import asked_contests
from reporting.application.authority import authorise
from reporting.application.catalog import KnownElection
from reporting.application.desk import Desk
from reporting.application.opened import OpenReturn
from reporting.application.proofing import changed_names
from reporting.domain.actor import Actor
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import ElectionDefined
from reporting.domain.labels import Label
from reporting.domain.place import Place
from reporting.errors import ReportingError
from reporting.kit.paper import codes
from reporting.kit.paper.codes import FormCode
from reporting.kit.paper.messages import message
from reporting.ledger.streams import election_stream
from reporting.words import Words, in_both


class UnknownCode(ReportingError):
    """facts: `typed`. No return has such a code, or the code is not read whole."""

    code = "unknown_code"
    template_ja = "符号 {typed} の紙は見つかりません。読み違いがないか、この仕組みで印刷した紙かを確かめてください（かな入力は切ります）。"
    template_en = "No paper has the code {typed}. See that it was read rightly and that the paper was printed by this system (kana input off)."

    def __init__(self, typed: str) -> None:
        super().__init__(typed=codes.typed(typed)[:60] or "―")


@dataclass(frozen=True, slots=True)
class ReadForm:
    """`labels`: of the form, the slot and the election; `notes`: what changed since it was printed."""

    opened: OpenReturn
    printed_version: int
    labels: tuple[Words, Words, Words]
    unit_name: str
    notes: tuple[Words, ...]


def read_code(desk: Desk, text: str, actor: Actor) -> ReadForm:
    """UnknownCode; NotAuthorised for who may not read the return."""
    code = FormCode.read(text)
    place = None if code is None else _place(desk, code)
    if code is None or place is None:
        raise UnknownCode(text)
    opened = desk.returns.open(*place)
    defined = desk.reporting.catalog.election(place.election)
    authorise("read_unreleased", actor, defined.roster, place.unit, phase_of(opened))
    form = defined.form(place.form, place.slot)
    labels = (_words(form.label), _words(form.slot(place.slot).label), _words(defined.definition.label))
    notes = tuple(in_both(note) for note in _notes(desk, opened, code))
    return ReadForm(opened, code.version, labels, defined.roster.units[place.unit].name, notes)


def _place(desk: Desk, code: FormCode) -> Place | None:
    """The one return whose hashes and checksum these are."""
    catalog = desk.reporting.catalog
    for election in sorted(catalog.codes()):
        if codes.of_election(election) == code.election:
            defined = catalog.election(election)
            for place in _places(defined, code):
                if code.is_of(place):
                    return place
    return None


def _places(defined: KnownElection, code: FormCode) -> Iterator[Place]:
    for form in defined.definition.forms:
        for slot in form.slots:
            if codes.of_page(form.code, slot.code) == code.page:
                for unit in defined.roster.units:
                    if codes.of_unit(unit) == code.unit and defined.reports(form.code, slot.code, unit):
                        yield Place(defined.definition.code, form.code, slot.code, unit)


def _notes(desk: Desk, opened: OpenReturn, code: FormCode) -> Iterator[str]:
    place, defined = opened.place, desk.reporting.catalog.election(opened.place.election)
    if opened.case.version != code.version:
        yield message("return_moved", printed=code.version, now=opened.case.version)
    if code.definition == defined.versions[0]:
        return
    then = _definition(desk, place.election, code.definition)
    if then is None:
        yield message("definition_unknown", printed=code.definition)
        return
    names = _changed_names(opened, then)
    if names:
        yield message("names_changed", names=", ".join(name.replace(" / ", "/") for name in names))
    form = next((form for form in then.forms if form.code == place.form), None)
    if form is None or form.items != defined.form(place.form, place.slot).items:
        yield message("form_changed", printed=code.definition, now=defined.versions[0])


def _changed_names(opened: OpenReturn, then: ElectionDefinition) -> list[str]:
    """Names as they stand now, of choices that were printed otherwise: name, number, party, or their order."""
    printed = {contest.code: contest.choices for contest in then.contests}
    return [
        name
        for asked in asked_contests(opened)
        for name in changed_names(printed.get(asked.contest.code, ()), asked.contest.choices)
    ]


def _definition(desk: Desk, election: str, version: int) -> ElectionDefinition | None:
    """As it was at a version of its stream; None for a version that it never had."""
    stored = desk.reporting.ledger.stream(election_stream(election))
    event = next((recorded.event for recorded in stored if recorded.stream_version == version), None)
    return event.definition if isinstance(event, ElectionDefined) else None


def _words(label: Label) -> Words:
    return Words(label.ja, label.en or label.ja)
