"""Whose votes are equal at the last seat, and whether a lot may be drawn between them now."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.graphql.access import OUTCOMES, Seen, readable
from api.graphql.arguments import ContestCode, ElectionCode, FormCode, MinPosition, SlotCode
from api.graphql.context import Info
from api.graphql.desk.lots import WaitingVotes
from api.graphql.known import require_known
from api.graphql.types import described
from projections.read.stakes import stakes
from reporting.application.authority import allowed, reach_of
from reporting.application.lot_refusals import VotesOpen
from reporting.application.lots import Drawable, Lots, elects
from reporting.domain.figures import format_value
from reporting.rules.lots import by_quotients


@strawberry.type(
    description="A count in which votes are equal at the last seat as they stand, whatever is still open."
)
class EqualVotes:
    form: str = described("form code")
    slot: str = described("slot code")
    contest: str = described("contest code")
    item: str = described("item whose votes are counted")
    leaders: list[str] = described(
        "choices on the seats; of the equal ones those that a lot gave one, all while none was drawn"
    )
    by_lot: list[str] = described("those of `leaders` that a lot gave their seat")


@strawberry.type(description="What one choice has in the whole contest.")
class ChoiceVotes:
    choice: str = described("code of the candidate or party")
    votes: str = described("canonical text")


@strawberry.type(description="The equal votes at the last seat.")
class TieAtLastSeat:
    among: list[str] = described("every choice of these votes: `recordLot(input: {among})`")
    votes: str = described("what each of them has")
    seats: int = described("seats that are left for them: so many winners")


@strawberry.type(description="One item of a contest as whoever would record a lot sees it.")
class LotQuestion:
    item: str = described("item whose votes are counted")
    counted: list[ChoiceVotes] = described(
        "votes of each choice that stands, most first; empty where seats go by quotients"
    )
    tie: TieAtLastSeat | None = described(
        "null: nobody is equal at the last seat, or it is not computed here"
    )
    drawable: bool = described("whether `recordLot` would take a lot between them now")
    code: str | None = described("why not: votes_open or no_tie; null: drawable")
    message_ja: str | None = described("what to do, in Japanese")
    message_en: str | None = described("what to do, in English")
    waiting: list[WaitingVotes] = described("units whose votes are not final, by the reason")

    @classmethod
    def of(cls, asked: Drawable) -> LotQuestion:
        refusal, tie = asked.refusal, asked.tie
        votes = (
            []
            if asked.count is None
            else sorted(asked.count.votes.items(), key=lambda pair: (-pair[1], pair[0]))
        )
        waiting = refusal.waiting if isinstance(refusal, VotesOpen) else {}
        return cls(
            item=asked.item,
            counted=[ChoiceVotes(choice=choice, votes=format_value(held)) for choice, held in votes],
            tie=TieAtLastSeat(among=list(tie.among), votes=format_value(tie.votes), seats=tie.seats) if tie else None,
            drawable=refusal is None,
            code=refusal.code if refusal else None,
            message_ja=refusal.message_ja if refusal else None,
            message_en=refusal.message_en if refusal else None,
            waiting=[WaitingVotes(reason=why, units=list(units)) for why, units in waiting.items()],
        )  # fmt: skip


@strawberry.type(description="Questions before a lot is drawn.")
class LotQueries:
    @readable(
        OUTCOMES,
        "final counts with equal votes at the last seat as they stand, of contests all of whose units one reaches; a count by "
        "quotients is not looked at",
    )
    def equal_votes(
        self,
        info: Info,
        election: ElectionCode,
        form: Annotated[str | None, strawberry.argument(description="only this form")] = None,
        slot: Annotated[str | None, strawberry.argument(description="only this slot")] = None,
        min_position: MinPosition = None,
        *,
        seen: Seen,
    ) -> list[EqualVotes]:
        snapshot, defined = info.context.snapshot, info.context.service.catalog.election(election)
        require_known(defined.definition, defined.roster, form=form, slot=slot)
        contests = {
            contest.code
            for contest in defined.definition.contests
            if contest.code in seen.contests and not by_quotients(contest)
        }
        return [
            EqualVotes(
                form=asked.code, slot=timed.code, contest=stake.contest, item=stake.item, leaders=stake.leaders,
                by_lot=stake.by_lot,
            )
            for asked in defined.definition.forms
            for timed in asked.slots
            if form in (None, asked.code) and slot in (None, timed.code)
            if elects(defined.definition, asked, timed.code)
            for stake in stakes(snapshot, snapshot.election(election), asked.code, timed.code, contests)
            if stake.margin == 0
        ]  # fmt: skip

    @readable(
        OUTCOMES,
        "how a contest counts in a slot, read from the ledger itself, and whether a lot may be drawn there now; empty for "
        "who does not reach all its units",
    )
    def lot_question(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        contest: ContestCode,
        min_position: MinPosition = None,
        *,
        seen: Seen,
    ) -> list[LotQuestion]:
        defined = info.context.service.catalog.election(election)
        require_known(defined.definition, defined.roster, form=form, slot=slot, contest=contest)
        if contest not in seen.contests:
            return []
        return [
            LotQuestion.of(asked)
            for asked in Lots(info.context.service).drawable(election, form, slot, contest)
        ]

    @readable(
        OUTCOMES,
        "whether one's own office may record and confirm lots of a contest: it certifies all its units",
    )
    def may_record_lot(
        self,
        info: Info,
        election: ElectionCode,
        contest: ContestCode,
        *,
        seen: Seen,
    ) -> bool:
        roster, actor = info.context.service.catalog.election(election).roster, info.context.require_actor()
        return contest in seen.contests and all(
            allowed("record_lot", actor, reach_of(actor, roster, unit))
            for unit in roster.contest_units[contest]
        )
