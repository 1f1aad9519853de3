"""A proportional division (按分) as an address says it, and as the draft keeps it. What it comes to is the API's to say."""

from __future__ import annotations

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


def as_input(division: TypedDivision, contest: str) -> dict[str, Any]:
    """A `DividedInput` for the draft: with fractions cut off, which is the same wherever the votes fit a form."""
    return {
        "contest": contest,
        "own": [{"choice": choice, "votes": votes} for choice, votes in division.own.items()],
        "common": [
            {"choices": list(group.choices), "ballots": group.ballots} for group in division.common.values()
        ],
    }


def kept_fields(kept: Mapping[str, Any]) -> dict[str, str]:
    """A `DraftDivision` as the fields of its page."""
    fields = {f"own:{each['choice']}": str(each["votes"]) for each in kept["own"]}
    for row, group in enumerate(kept["common"], 1):
        fields |= {f"of:{row}:{choice}": "on" for choice in group["choices"]}
        fields[f"ballots:{row}"] = str(group["ballots"])
    return fields | {"rows": str(max(len(kept["common"]), 1))}
