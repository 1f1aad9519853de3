"""What a proportional division is made of: votes of one's own, and ballots that fit several."""

from __future__ import annotations

from typing import Any

import strawberry

from api.graphql.types import described
from reporting.domain.workflow_events import Divided


@strawberry.type(description="Ballots of one choice's own, before division.")
class OwnBallots:
    choice: str = described("code of the candidate or party")
    votes: int = described("whole votes")


@strawberry.type(description="Ballots that fit several choices alike.")
class BallotsInCommon:
    choices: list[str] = described("codes of the candidates or parties they fit")
    ballots: int = described("how many")


def parts_of_division(divided: Divided) -> dict[str, Any]:
    """`own` and `common`, as types of the schema have them."""
    return {
        "own": [OwnBallots(choice=choice, votes=votes) for choice, votes in divided.own.items()],
        "common": [
            BallotsInCommon(choices=list(group.choices), ballots=group.ballots) for group in divided.common
        ],
    }
