"""Approval documents (起案): drawn up from the log, and checked later by their code."""

from __future__ import annotations

import base64
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import strawberry

from api.graphql.access import TOKEN, readable
from api.graphql.arguments import ElectionCode, FormCode, SlotCode
from api.graphql.context import Info
from api.graphql.types import Label, Typist, described
from api.graphql.visibility import require_units
from reporting.domain.figures import Cell
from reporting.kit.paper.approval_print import as_pdf, as_workbook
from reporting.kit.paper.approvals import approval_of
from reporting.kit.paper.checking import CheckedPaper
from reporting.kit.paper.fonts import fonts_of
from reporting.kit.paper.states import Subject, units_of
from reporting.transparency.log import SignedLog

MOST_PROVEN = 200
"""Events whose proofs one answer works out."""


class ApprovalFormat(StrEnum):
    PDF = "pdf"
    XLSX = "xlsx"


strawberry.enum(ApprovalFormat, description="What a document is made as.")
for _value, _said in zip(
    ApprovalFormat.__strawberry_definition__.values,  # type: ignore[attr-defined]
    ("a PDF for A4", "a workbook, with every value of every return"),
    strict=True,
):
    _value.description = _said


@strawberry.type(description="An approval document.")
class ApprovalDocument:
    name: str = described("a name for the file")
    content: str = described("the file, base64")
    code: str = described("what stands beneath its QR code")
    sha256: str = described("of exactly the state it shows")
    position: int = described("ledger position it was made at")


@strawberry.type(description="A value of an approval document.")
class ApprovalValue:
    unit: str = described("code of the reporting unit")
    key: str = described("contest|item|breakdown|choice")
    named: Label = described("the cell in words")
    value: str = described("as the document shows it")


@strawberry.type(description="A cell that holds something else than the document shows.")
class ApprovalMoved:
    unit: str = described("code of the reporting unit")
    key: str = described("contest|item|breakdown|choice")
    named: Label = described("the cell in words")
    then: str | None = described("as the document shows it; null: nothing")
    now: str | None = described("what stands now; null: nothing")
    position: int | None = described("ledger position that set it; null where nothing stands")
    by: Typist | None = described("who set it; null where nothing stands")


@strawberry.type(
    description="What the ledger says of an approval document: it had exactly this state, and what has changed since."
)
class ApprovalCheck:
    kind: str = described("return, office or release")
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    scope: str = described("the unit, the office's area, or nothing")
    title: Label = described("election, form and slot")
    units: list[str] = described("names of the units with a return in it")
    position: int = described("ledger position it was made at")
    recorded_at: datetime = described("when the last event it rests on was recorded")
    sha256: str = described("of the state, as the document prints it")
    shown: int = described("how many values it shows")
    approved: list[str] = described("levels that have approved every one of these very values by now")
    certified: bool = described("whether every return of it is certified by now")
    public: int | None = described(
        "how many of its values are public as they stand on it; null: nothing of the slot is public"
    )
    moved: list[ApprovalMoved] = described("what has changed since")
    values: list[ApprovalValue] = described(
        "of a document about one return: what it shows, to compare with the paper"
    )
    events: list[int] = described(
        "ledger positions of the events it rests on; inclusionProof gives the proof of each"
    )
    proven: int = described(
        "how many of these were found in the signed log just now, of `provenOf` that were looked up"
    )
    proven_of: int = described(f"how many were looked up: the last {MOST_PROVEN} at most")

    @classmethod
    def of(cls, checked: CheckedPaper, log: SignedLog) -> ApprovalCheck:
        state, subject, looked_up = checked.state, checked.state.subject, checked.events[-MOST_PROVEN:]
        defined = state.defined
        form = defined.form(subject.form, subject.slot)
        labels = (defined.definition.label, form.label, form.slot(subject.slot).label)
        shape = defined.shape(subject.form, subject.slot)

        def named(key: str) -> Label:
            ja, en = shape.named(Cell.from_key(key))
            return Label(ja=ja, en=en)

        return cls(
            kind=subject.kind, election=subject.election, form=subject.form, slot=subject.slot, scope=subject.scope,
            title=Label(
                ja=" · ".join(label.ja for label in labels), en=" · ".join(label.en or label.ja for label in labels)
            ),
            units=list(checked.names.values()), position=state.position, recorded_at=checked.recorded_at,
            sha256=state.sha256, shown=checked.shown, approved=list(checked.approved), certified=checked.certified,
            public=checked.public,
            moved=[
                ApprovalMoved(
                    unit=moved.unit, key=moved.key, named=named(moved.key), then=moved.then, now=moved.now,
                    position=moved.position or None, by=None if moved.by is None else Typist.of(moved.by),
                )
                for moved in checked.moved
            ],
            values=[
                ApprovalValue(unit=unit, key=key, named=named(key), value=shown)
                for unit, cells in (state.cells.items() if subject.letter == "R" else ())
                for key, shown in cells.items()
            ],
            events=list(checked.events), proven=log.proven(looked_up), proven_of=len(looked_up),
        )  # fmt: skip


@strawberry.type(description="Reads for approval on paper.")
class ApprovalQueries:
    @readable(
        TOKEN,
        "an approval document: of one return (`unit`), of what a slot's release would hold (`release`), or of the slot's "
        "returns in one's office's area; NOT_AUTHORISED unless one may read all of it",
    )
    def approval_document(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        unit: Annotated[
            str | None,
            strawberry.argument(description="code of the unit whose return it is of; none: of several"),
        ] = None,
        release: Annotated[bool, strawberry.argument(description="what the next release would hold")] = False,
        format: Annotated[
            ApprovalFormat, strawberry.argument(description="what it is made as")
        ] = ApprovalFormat.PDF,
    ) -> ApprovalDocument:
        actor = info.context.require_actor()
        desk = info.context.desk
        if unit is not None:
            roster = desk.reporting.catalog.election(election).roster
            subject = Subject("R", election, form, slot, roster.key(unit, roster.units))
        else:
            subject = Subject(
                "P" if release else "S", election, form, slot, "" if release else actor.jurisdiction
            )
        definition = desk.reporting.catalog.election(election).definition
        require_units(info, definition, units_of(desk, subject), f"{form}/{slot}")
        approval = approval_of(desk, subject, actor)
        if format is ApprovalFormat.PDF:
            data = as_pdf(approval, fonts_of(info.context.fonts)).data
        else:
            data = as_workbook(approval)
        name = "-".join(
            part for part in (election, form, slot, subject.kind, subject.scope.replace("*", "all")) if part
        )
        return ApprovalDocument(
            name=f"{name}-{approval.state.position}.{format.value}", content=base64.b64encode(data).decode(),
            code=str(approval.state.code), sha256=approval.state.sha256, position=approval.state.position,
        )  # fmt: skip
