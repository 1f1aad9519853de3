"""Areas of a registry, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Area:
    """One area as it was from `valid_from` to the day before `valid_to` (None: it still is). `parent`: the area directly above;
    `official_code`: the authorities'; `kana`, `name_en`: None where nobody has written them."""

    code: str
    level: str
    name: str
    name_en: str | None
    kana: str | None
    official_code: str | None
    parent: str | None
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Area:
        ends = told["validTo"]
        return cls(
            told["code"], told["level"], told["name"], told["nameEn"], told["kana"], told["officialCode"], told["parent"],
            date.fromisoformat(told["validFrom"]), None if ends is None else date.fromisoformat(ends),
        )  # fmt: skip


@dataclass(frozen=True)
class AreaChange:
    """What happened on a day: codes of the areas `before` and `after` it; `moves_land` is false where only a name, a rank or a code
    changed; `source`: the official wording, or where it is written."""

    id: str
    date: date
    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    moves_land: bool
    source: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> AreaChange:
        before, after = (tuple(area["code"] for area in told[name]) for name in ("fromAreas", "toAreas"))
        return cls(
            told["id"], date.fromisoformat(told["date"]), told["kind"], before, after, told["movesLand"], told["source"]
        )  # fmt: skip
