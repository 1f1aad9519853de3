"""One contest of an election, with its totals and its lots."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.access import PUBLIC, REGISTER, TOTALS, Seen, readable
from api.graphql.arguments import (
    After,
    Areas,
    Breakdown,
    Choices,
    First,
    FormCode,
    GeographyCode,
    Items,
    Layer,
    Level,
    SlotCode,
)
from api.graphql.context import Info, Moment
from api.graphql.known import require_areas
from api.graphql.lots import ContestLot, lots_of
from api.graphql.totals import TotalConnection, require_few, roster_shown
from api.graphql.types import (
    Choice,
    Label,
    Withdrawn,
    described,
)
from api.graphql.visibility import public_layer
from projections.read import ElectionRow, TotalsQuery
from reporting.domain import election as definition


@strawberry.type(description="Who reports on one contest, where that is not who reports on the election.")
class ContestUnits:
    levels: list[str] = described("the lowest areas of these levels report; empty: the units of the election")
    whole: list[str] = described("areas that report as one, instead of the units below them")

    @classmethod
    def of(cls, told: definition.ContestUnits | None) -> ContestUnits | None:
        return None if told is None else cls(levels=list(told.levels), whole=list(told.whole))


@strawberry.type(
    description="What everybody sees of one slot in one area: with the others of its form, how a night went."
)
class SlotTotals:
    code: str = described("code of the slot")
    label: Label = described("its name")
    cut_off: datetime | None = described("what is reported by then belongs to it")
    publish_at: datetime | None = described("nothing of it is public before")
    totals: TotalConnection = described("the area's totals, as released; without offices as entered")


@strawberry.type(description="One thing voted on, in one area.")
class Contest:
    code: str = described("stable code")
    label: Label = described("name")
    kind: str = described("kind of contest")
    area: str = described("code of its area")
    geography: str = described("geography of its area")
    seats: int = described("seats to fill")
    choices: list[Choice] = described("candidates or parties in official order")
    withdrawn: Withdrawn | None = described("that it is no longer held; null: it is")
    units: ContestUnits | None = described("units of its own that report on it; null: those of the election")
    election: strawberry.Private[ElectionRow]
    moment: strawberry.Private[Moment | None] = None

    @readable(
        REGISTER,
        "who won by lot: for everybody what the last release of each slot holds, for offices that reach all its units also "
        "what is recorded and confirmed, and what votes approved since have overtaken",
    )
    def lots(self, info: Info, *, seen: Seen) -> list[ContestLot]:
        return lots_of(info, self.election, self.code, self.moment, seen.units)

    @readable(TOTALS, "totals of its items; a slot that is not public needs a token")
    def totals(
        self,
        info: Info,
        form: FormCode,
        slot: SlotCode,
        geography: GeographyCode,
        items: Items = None,
        breakdown: Breakdown = "",
        choices: Choices = None,
        level: Level = None,
        areas: Areas = None,
        layer: Layer = None,
        first: First = 50,
        after: After = None,
        *,
        seen: Seen,
    ) -> TotalConnection:
        require_few(items=items, choices=choices, areas=areas)
        query = TotalsQuery(
            form=form,
            slot=slot,
            layer=seen.layer,
            contest=self.code,
            geography=geography,
            items=tuple(items or ()),
            breakdown=breakdown,
            choices=None if choices is None else tuple(choices),
            level=level,
            areas=None if seen.areas is None else tuple(seen.areas),
        )
        return TotalConnection(
            election=self.election, query=query, first=first, after_cursor=after, moment=self.moment
        )

    @readable(
        PUBLIC, "the public slots of a form in their order, each with one area's totals: turnout by hour"
    )
    def by_slot(
        self,
        info: Info,
        form: FormCode,
        geography: GeographyCode,
        area: Annotated[str, strawberry.argument(description="code of the area")],
        items: Items = None,
        first: First = 50,
    ) -> list[SlotTotals]:
        require_few(items=items)
        defined = self.election.definition
        require_areas(
            defined.code, (roster_shown(info, self.election, self.moment),), geography, (area,), None
        )
        told = []
        for slot in (slot for slot in defined.form(form).slots if slot.public):
            query = TotalsQuery(
                form=form, slot=slot.code, layer=public_layer(defined), contest=self.code, geography=geography,
                items=tuple(items or ()), areas=(area,),
            )  # fmt: skip
            told.append(
                SlotTotals(
                    code=slot.code,
                    label=Label.of(slot.label),
                    cut_off=slot.cut_off,
                    publish_at=slot.publish_at,
                    totals=TotalConnection(
                        election=self.election,
                        query=query,
                        first=first,
                        after_cursor=None,
                        moment=self.moment,
                    ),
                )
            )
        return told

    @classmethod
    def of(cls, contest: definition.Contest, election: ElectionRow, moment: Moment | None = None) -> Contest:
        return cls(
            code=contest.code,
            label=Label.of(contest.label),
            kind=contest.kind,
            area=contest.area.area,
            geography=contest.area.geography,
            seats=contest.seats,
            choices=[
                Choice(
                    code=c.code,
                    name=c.name,
                    kana=c.kana,
                    party=c.party,
                    number=c.number,
                    withdrawn=Withdrawn.of(c.withdrawn),
                )
                for c in contest.choices
            ],
            withdrawn=Withdrawn.of(contest.withdrawn),
            units=ContestUnits.of(contest.units),
            election=election,
            moment=moment,
        )
