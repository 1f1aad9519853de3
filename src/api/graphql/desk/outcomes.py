"""How a contest stands beside what is in doubt in it, as the desk and the release to come tell it."""

from __future__ import annotations

import strawberry

from api.graphql.types import described
from projections.read.stakes import Stake
from reporting.domain.figures import format_value


@strawberry.type(description="How a contest stands beside what is in doubt in it.")
class ContestOutcome:
    contest: str = described("contest")
    item: str = described("item whose votes are counted")
    leaders: list[str] = described(
        "choices on its seats; of equal votes at the last seat those that a lot gave it, all of them while none was drawn"
    )
    by_lot: list[str] = described("those of `leaders` that a lot gave their seat")
    margin: str | None = described(
        "votes between the last on its seats and the first who is not; null where nobody is"
    )
    open_doubt: str = described("ballots of differences declared and not resolved, the largest of each unit")
    at_stake: list[str] = described("choices whose seat the open doubt could turn over; a tie counts")
    lines_at_stake: list[str] = described(
        "line/choice (e.g. deposit_smd/c): the open doubt could carry the choice across a statutory line"
    )

    @classmethod
    def of(cls, stake: Stake) -> ContestOutcome:
        return cls(
            contest=stake.contest,
            item=stake.item,
            leaders=stake.leaders,
            by_lot=stake.by_lot,
            margin=None if stake.margin is None else format_value(stake.margin),
            open_doubt=format_value(stake.open_doubt),
            at_stake=stake.at_stake,
            lines_at_stake=stake.lines_at_stake,
        )
