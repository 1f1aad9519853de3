"""What a form asks of one unit: every cell in the form's order, in words, so that a page can be drawn from it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import product

import strawberry

from api.graphql.types import Label, text
from reporting.application.opened import OpenReturn
from reporting.definitions.scopes import asked
from reporting.domain.election import Choice, Contest, ElectionDefinition, Item, ItemKind
from reporting.domain.figures import Cell


@strawberry.type(description="One cell that the form asks of the unit.")
class AskedCell:
    key: str = text("contest|item|breakdown|choice")
    item: Label = text("what is asked")
    breakdown: Label | None = text("of whom; null for the total")
    choice: str | None = text("candidate or party, as on the official list; null where none is asked")
    number: int | None = text("place on the official list")
    party: str | None = text("the choice's party")
    decimals: int = text("decimals it may have: 3 for votes, else 0")
    signed: bool = text("whether it may be below zero")


@strawberry.type(description="One contest of the unit, with its cells in the form's order.")
class AskedContest:
    code: str = text("code")
    label: Label = text("name")
    cells: list[AskedCell] = text("what is asked")


@strawberry.type(description="A form and slot as one unit is asked.")
class AskedForm:
    label: Label = text("name of the form")
    slot_label: Label = text("name of the slot")
    unit_name: str = text("name of the reporting unit")
    election_label: Label = text("name of the election")
    is_test: bool = text("simulated or for training")
    cut_off: datetime | None = text("when it is due")
    publish_at: datetime | None = text("when it goes public")
    contests: list[AskedContest] = text("contests the unit votes on")

    @classmethod
    def of(cls, opened: OpenReturn) -> AskedForm:
        _, form_code, slot_code, unit = opened.place
        known = opened.known
        definition, form = known.definition, known.form(form_code, slot_code)
        slot = form.slot(slot_code)
        items = [
            item for item in asked(definition, form, known.roster, unit) if item.kind is not ItemKind.RATE
        ]
        contests = known.shape(form_code, slot_code, unit).contests()
        return cls(
            label=Label.of(form.label), slot_label=Label.of(slot.label), unit_name=known.roster.units[unit].name,
            election_label=Label.of(definition.label), is_test=definition.is_test, cut_off=slot.cut_off,
            publish_at=slot.publish_at,
            contests=[
                AskedContest(
                    code=code, label=Label.of(contest.label), cells=list(_cells(definition, contest, items))
                )
                for code, contest in contests.items()
                if code in known.contests_of_unit[unit]
            ],
        )  # fmt: skip


def _cells(definition: ElectionDefinition, contest: Contest, items: list[Item]) -> Iterator[AskedCell]:
    for item in items:
        choices: tuple[Choice | None, ...] = contest.choices if item.by_choice else (None,)
        for choice in choices:
            for breakdown, label in _breakdowns(definition, item):
                yield AskedCell(
                    key=Cell(contest.code, item.code, breakdown, choice.code if choice else "").key,
                    item=Label.of(item.label), breakdown=label, choice=choice.name if choice else None,
                    number=choice.number if choice else None, party=choice.party if choice else None,
                    decimals=3 if item.kind is ItemKind.VOTES else 0, signed=item.signed,
                )  # fmt: skip


def _breakdowns(definition: ElectionDefinition, item: Item) -> Iterator[tuple[str, Label | None]]:
    """(stored breakdown, its words): the parts of each combination, the total last."""
    dimensions = {dimension.code: dimension for dimension in definition.dimensions}
    for combination in item.breakdowns:
        names = sorted(combination)
        for values in product(*(dimensions[name].values for name in names)):
            stored = ",".join(f"{name}={value.code}" for name, value in zip(names, values, strict=True))
            ja = "・".join(value.label.ja for value in values)
            en = ", ".join(value.label.en or value.label.ja for value in values)
            yield stored, Label(ja=ja, en=en)
    yield "", None
