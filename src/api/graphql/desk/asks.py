"""What a form asks of one unit: every cell in the form's order, in words, so that a page can be drawn from it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.graphql.types import Label, described
from reporting.application.asked import AskedCell as Asked
from reporting.application.asked import asked_contests
from reporting.application.opened import OpenReturn


@strawberry.type(description="One cell that the form asks of the unit.")
class AskedCell:
    key: str = described("contest|item|breakdown|choice")
    item: Label = described("what is asked")
    breakdown: Label | None = described("of whom; null for the total")
    choice: str | None = described("candidate or party, as on the official list; null where none is asked")
    number: int | None = described("place on the official list")
    party: str | None = described("the choice's party")
    decimals: int = described("decimals it may have: 3 for votes, else 0")
    signed: bool = described("whether it may be below zero")

    @classmethod
    def of(cls, asked: Asked) -> AskedCell:
        choice, breakdown = asked.choice, asked.breakdown
        return cls(
            key=asked.key, item=Label(ja=asked.item.ja, en=asked.item.en),
            breakdown=Label(ja=breakdown.ja, en=breakdown.en) if breakdown else None,
            choice=choice.name if choice else None, number=choice.number if choice else None,
            party=choice.party if choice else None, decimals=asked.decimals, signed=asked.signed,
        )  # fmt: skip


@strawberry.type(description="One contest of the unit, with its cells in the form's order.")
class AskedContest:
    code: str = described("code")
    label: Label = described("name")
    cells: list[AskedCell] = described("what is asked")


@strawberry.type(description="A form and slot as one unit is asked.")
class AskedForm:
    label: Label = described("name of the form")
    slot_label: Label = described("name of the slot")
    unit_name: str = described("name of the reporting unit")
    election_label: Label = described("name of the election")
    is_test: bool = described("simulated or for training")
    cut_off: datetime | None = described("when it is due")
    publish_at: datetime | None = described("when it goes public")
    contests: list[AskedContest] = described("contests the unit votes on")

    @classmethod
    def of(cls, opened: OpenReturn) -> AskedForm:
        _, form_code, slot_code, unit = opened.place
        election = opened.defined
        definition, form = election.definition, election.form(form_code, slot_code)
        slot = form.slot(slot_code)
        return cls(
            label=Label.of(form.label), slot_label=Label.of(slot.label), unit_name=election.roster.units[unit].name,
            election_label=Label.of(definition.label), is_test=definition.is_test, cut_off=slot.cut_off,
            publish_at=slot.publish_at,
            contests=[
                AskedContest(
                    code=asked.contest.code,
                    label=Label.of(asked.contest.label),
                    cells=[AskedCell.of(cell) for cell in asked.cells],
                )
                for asked in asked_contests(opened)
            ],
        )  # fmt: skip
