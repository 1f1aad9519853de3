"""Proportional division (按分), step by step, for whoever counts by hand or wants to check."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import strawberry

from api.graphql.access import PUBLIC, readable
from api.graphql.messages import message
from api.graphql.types import described
from reporting.domain.figures import format_value
from reporting.errors import InvalidInput
from reporting.rules.apportionment import Division, Group, GroupShares, divide

MAX_CHOICES, MAX_GROUPS, MAX_VOTES = 200, 50, 10**12


@strawberry.input(description="A candidate's votes of its own.")
class OwnVotes:
    choice: str = described("code of the candidate or party")
    votes: int = described("whole votes of its own")


@strawberry.input(description="Ballots that name several candidates alike.")
class CommonBallots:
    choices: list[str] = described("the candidates they fit")
    ballots: int = described("how many")


@strawberry.type(description="A candidate's votes after division.")
class DividedVotes:
    choice: str = described("code of the candidate or party")
    votes: str = described("exact: decimals where they end (3 after truncation), else a fraction like 10/3")


@strawberry.type(description="What a candidate gets of ballots in common.")
class DividedShare:
    choice: str = described("code of the candidate or party")
    own: int = described("its own votes, the proportion")
    quotient: str = described(
        "ballots × own ÷ total of own, exactly; a fraction like 165/23 where it has no end"
    )
    share: str = described("what it gets: the quotient cut off below 1/1000, or as it is with exact")


@strawberry.type(
    description="Ballots in common, and how they were divided: shares + truncated + unattributed = ballots."
)
class DividedGroup:
    choices: list[str] = described("the candidates they fit")
    ballots: int = described("how many")
    own_total: int = described("own votes of these candidates together")
    shares: list[DividedShare] = described("of every candidate; empty where none has votes of its own")
    truncated: str = described("what the cutting off leaves over")
    unattributed: str = described("ballots that belong to no candidate")


@strawberry.type(description="Proportional division, explained.")
class DivisionResult:
    groups: list[DividedGroup] = described("every group with every quotient, in the order given")
    votes: list[DividedVotes] = described("votes of every candidate")
    truncated: str = described("what truncation to 3 decimals leaves over")
    unattributed: str = described("ballots that belong to no candidate")
    steps_ja: list[str] = described("every step, in Japanese")
    steps_en: list[str] = described("every step, in English")


@strawberry.type(description="Reckoning.")
class DivisionQueries:
    @readable(PUBLIC, "divide ballots that fit several candidates (Public Offices Election Act art. 68-2)")
    def proportional_division(
        self,
        own: Annotated[list[OwnVotes], strawberry.argument(description="votes of their own")],
        common: Annotated[list[CommonBallots], strawberry.argument(description="ballots to divide")],
        exact: Annotated[
            bool, strawberry.argument(description="keep fractions, for a very close result")
        ] = False,
        reason: Annotated[str, strawberry.argument(description="with exact: why")] = "",
    ) -> DivisionResult:
        if len(own) > MAX_CHOICES or len(common) > MAX_GROUPS:
            raise InvalidInput(
                field="own/common", found=len(own) + len(common), expected=f"≤ {MAX_CHOICES}/{MAX_GROUPS}"
            )
        if len({own_votes.choice for own_votes in own}) != len(own):
            raise InvalidInput(field="own", found=message("twice"), expected=message("each_candidate_once"))
        for number in (*(own_votes.votes for own_votes in own), *(group.ballots for group in common)):
            if not 0 <= number <= MAX_VOTES:
                raise InvalidInput(field="votes", found=number, expected=f"0–{MAX_VOTES}")
        division = Division(
            {own_votes.choice: own_votes.votes for own_votes in own},
            tuple(Group(tuple(group.choices), group.ballots) for group in common),
            exact,
            reason,
        )
        done = divide(division)
        return DivisionResult(
            groups=[_group(division, shares) for shares in done.groups],
            votes=[DividedVotes(choice=choice, votes=_exact(votes)) for choice, votes in done.votes.items()],
            truncated=_exact(done.truncated),
            unattributed=_exact(done.unattributed),
            steps_ja=list(done.steps_ja),
            steps_en=list(done.steps_en),
        )


def _group(division: Division, divided: GroupShares) -> DividedGroup:
    group = divided.group
    return DividedGroup(
        choices=list(group.choices),
        ballots=group.ballots,
        own_total=sum(division.own[choice] for choice in group.choices),
        shares=[
            DividedShare(
                choice=choice,
                own=division.own[choice],
                quotient=_exact(divided.quotients[choice]),
                share=_exact(share),
            )
            for choice, share in divided.shares.items()
        ],
        truncated=_exact(divided.residue),
        unattributed=_exact(divided.unattributed),
    )


def _exact(value: Fraction) -> str:
    thousandths = value * 1000
    if thousandths.denominator != 1:
        return str(value)
    return format_value(Decimal(thousandths.numerator).scaleb(-3))
