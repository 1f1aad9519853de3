"""A sound return as somebody in a hurry fills it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal

from reporting.domain.figures import Absence, Value


def hurried(figures: Mapping[str, Value], dice: random.Random) -> dict[str, Value]:
    """Some cells off by a little, blank, absent, or like another."""
    result = dict(figures)
    for key in dice.sample(list(result), min(len(result), dice.choice([0, 1, 1, 2, 3, 6]))):
        value = result.get(key)
        match dice.choice(["off", "off", "off", "blank", "none", "unknown", "like", "negative", "part"]):
            case "off" if isinstance(value, Decimal):
                result[key] = max(value + dice.choice([-18, -1, 1, 2, 500]), Decimal(0))
            case "blank":
                result.pop(key, None)
            case "none":
                result[key] = Absence.NONE
            case "unknown":
                result[key] = Absence.NOT_REPORTED
            case "like":
                result[key] = dice.choice(list(figures.values()))
            case "negative" if key.split("|")[1] in ("ballots_not_deposited", "ballots_other"):
                result[key] = Decimal(-18)
            case "part" if key.split("|")[1] == "votes" and isinstance(value, Decimal):
                result[key] = value + Decimal("0.125")
            case _:
                pass
    return result
