"""Returns on paper: forms made, and what a form's code says when it comes back."""

from __future__ import annotations

import base64
from typing import Annotated

import strawberry

from api.graphql.access import TOKEN, UNITS, readable
from api.graphql.arguments import ElectionCode, FormCode, SlotCode
from api.graphql.context import Info
from api.graphql.desk.approvals import ApprovalCheck
from api.graphql.desk.workbooks import require_few
from api.graphql.types import Label, described
from api.graphql.visibility import require_units
from reporting.application.authority import reach_of
from reporting.domain.actor import Actor
from reporting.kit.paper.checking import check_paper
from reporting.kit.paper.codes import is_approval
from reporting.kit.paper.fonts import fonts_of
from reporting.kit.paper.forms import TOGETHER, MadePaper, make_forms
from reporting.kit.paper.forms import Unprintable as UnprintableRecord
from reporting.kit.paper.reading import ReadForm, read_code
from reporting.transparency.log import SignedLog
from reporting.words import Words


def label_of(words: Words) -> Label:
    return Label(ja=words.ja, en=words.en)


@strawberry.type(description="A text that no font has whole: 〓 in print.")
class Unprintable:
    typed: str = described("the whole text, as it was typed")
    cluster: str = described("what of it is 〓, as typed")
    code_points: str = described("its code points: U+9089 U+E0119")
    place: int = described("which character of the text it is, from 1")

    @classmethod
    def of(cls, record: UnprintableRecord) -> Unprintable:
        return cls(typed=record.text, cluster=record.cluster, code_points=record.points, place=record.place)


@strawberry.type(description="A printed document.")
class PaperDocument:
    name: str = described("a name for the file")
    content: str = described("the PDF, base64")
    unprintable: list[Unprintable] = described("what no font has, and stands as 〓")

    @classmethod
    def of(cls, name: str, made: MadePaper) -> PaperDocument:
        return cls(
            name=name,
            content=base64.b64encode(made.data).decode(),
            unprintable=[Unprintable.of(record) for record in made.unprintable],
        )


@strawberry.type(description="The return that a printed form is of.")
class PrintedForm:
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    election_label: Label = described("the election's label")
    form_label: Label = described("the form's label")
    slot_label: Label = described("the slot's label")
    unit_name: str = described("the unit's name")
    own: bool = described(
        "whether one's office answers for the unit itself; else it types on behalf of the one that does"
    )
    typed_twice: bool = described("whether two people type it")
    version: int = described("version of the return now")
    printed_version: int = described("version of the return when it was printed")
    notes: list[Label] = described("what has changed since: of the return, of its form, of the names on it")

    @classmethod
    def of(cls, read: ReadForm, actor: Actor) -> PrintedForm:
        place = read.opened.place
        form, slot, election = read.labels
        return cls(
            election=place.election, form=place.form, slot=place.slot, unit=place.unit,
            election_label=Label(ja=election.ja, en=election.en), form_label=Label(ja=form.ja, en=form.en),
            slot_label=Label(ja=slot.ja, en=slot.en), unit_name=read.unit_name, typed_twice=read.opened.typed_twice,
            own=reach_of(actor, read.opened.roster, place.unit) in ("own", "sole"),
            version=read.opened.case.version, printed_version=read.printed_version,
            notes=[label_of(note) for note in read.notes],
        )  # fmt: skip


@strawberry.type(description="What a code on paper is of.")
class PaperCode:
    form: PrintedForm | None = described("the return, where it is a form's; null: something else")
    approval: ApprovalCheck | None = described(
        "what the ledger says, where it is an approval document's; null: something else"
    )


@strawberry.type(description="Reads about paper.")
class PaperQueries:
    @readable(UNITS, f"forms to write on, as one PDF for A4; at most {TOGETHER} units")
    def paper_forms(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        units: Annotated[list[str], strawberry.argument(description="codes of reporting units")],
        filled: Annotated[
            bool,
            strawberry.argument(description="with what stands, or another form holds, in the boxes"),
        ] = False,
    ) -> PaperDocument:
        require_few(units, TOGETHER)
        actor, fonts = info.context.require_actor(), fonts_of(info.context.fonts)
        made = make_forms(info.context.desk, election, form, slot, units, actor, fonts, filled=filled)
        which = units[0] if len(units) == 1 else str(len(units))
        return PaperDocument.of(
            f"{election}-{form}-{slot}-{which}-{'filled' if filled else 'blank'}.pdf", made
        )

    @readable(
        TOKEN,
        "what a printed code is of, typed or scanned; NOT_AUTHORISED for who may not read that, UNKNOWN_CODE for what is none, "
        "NOT_THAT_STATE for an approval document whose state the ledger never had",
    )
    def paper_code(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="as it stands beneath the QR code")],
    ) -> PaperCode:
        actor = info.context.require_actor()
        desk = info.context.desk
        if is_approval(code):
            checked = check_paper(desk, code, actor)
            subject = checked.state.subject
            definition = desk.reporting.catalog.election(subject.election).definition
            require_units(info, definition, list(checked.names), f"{subject.form}/{subject.slot}")
            log = SignedLog(info.context.snapshot.connection)
            return PaperCode(form=None, approval=ApprovalCheck.of(checked, log))
        return PaperCode(form=PrintedForm.of(read_code(desk, code, actor), actor), approval=None)
