"""A proportional division (按分) as an address says it, and as it goes with a return. What it comes to is the API's to say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reporting.domain.typed import NotANumber, number_text

GROUPS, CHOICES = 50, 200
LONGEST = 12  # digits


@dataclass(frozen=True, slots=True)
class Common:
    """`ballots` that fit every one of `choices`."""

    choices: tuple[str, ...]
    ballots: int


@dataclass(frozen=True, slots=True)
class TypedDivision:
    """What the fields hold: own votes by choice, groups with the number of their row; `wrong`: fields that hold no division,
    with the text of the catalogue that says why."""

    own: Mapping[str, int]
    common: Mapping[int, Common]
    exact: bool
    reason: str
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """It can be divided."""
        return bool(self.common) and not self.wrong


def digits(text: str) -> int | None:
    """Read as in every other way in; None: it is no whole number of at least 0."""
    try:
        plain = number_text(text)
    except NotANumber:
        return None
    return int(plain) if plain.isdecimal() and len(plain) <= LONGEST else None


def told(division: TypedDivision, contest: str) -> str:
    """For the address of the page that sends the return, and for its form."""
    return json.dumps(
        {
            "contest": contest,
            "own": [{"choice": choice, "votes": votes} for choice, votes in division.own.items()],
            "common": [
                {"choices": group.choices, "ballots": group.ballots} for group in division.common.values()
            ],
            "exact": division.exact,
            "reason": division.reason,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def taken(text: str) -> dict[str, Any] | None:
    """A `DividedInput` of what `told` says; None for anything else."""
    try:
        given = json.loads(text)
        own = [{"choice": str(each["choice"]), "votes": int(each["votes"])} for each in given["own"]]
        common = [
            {"choices": [str(choice) for choice in group["choices"]], "ballots": int(group["ballots"])}
            for group in given["common"]
        ]
        return {
            "contest": str(given["contest"]), "own": own[:CHOICES], "common": common[:GROUPS],
            "exact": given["exact"] is True, "reason": str(given["reason"]),
        }  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None
