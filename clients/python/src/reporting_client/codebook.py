"""Elections, and what their figures mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Label:
    """`en` is None where nobody has translated it."""

    ja: str
    en: str | None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Label:
        return cls(told["ja"], told["en"])

    def __str__(self) -> str:
        return self.ja if self.en in (None, self.ja) else f"{self.ja} / {self.en}"


@dataclass(frozen=True)
class Code:
    """A code with its name."""

    code: str
    label: Label

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Code:
        return cls(told["code"], Label.of(told["label"]))


@dataclass(frozen=True)
class Election:
    """`source`: where its figures come from, when loaded from elsewhere."""

    code: str
    label: Label
    kind: str
    polling_date: date
    is_test: bool
    registry: str
    geographies: tuple[str, ...]
    source: str | None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Election:
        return cls(
            told["code"], Label.of(told["label"]), told["kind"], date.fromisoformat(told["pollingDate"]), told["isTest"],
            told["registry"], tuple(told["geographies"]), told["source"],
        )  # fmt: skip


@dataclass(frozen=True)
class Item:
    """`kind`: count, votes or rate; `decimals` a figure may have; `part_of`: the item it counts some of; a rate's `numerator` and
    `denominator`; `version` of its meaning, with the `bridge` from the one before (None: it breaks the series)."""

    code: str
    label: Label
    kind: str
    unit: str
    decimals: int
    version: int
    signed: bool
    by_choice: bool
    part_of: str | None
    numerator: str | None
    denominator: str | None
    breakdowns: tuple[tuple[str, ...], ...]
    scope: str
    purpose: Label | None
    basis: Label | None
    bridge: Label | None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Item:
        said = [
            None if told[name] is None else Label.of(told[name]) for name in ("purpose", "basis", "bridge")
        ]
        return cls(
            told["code"], Label.of(told["label"]), told["kind"], told["unit"], told["decimals"], told["version"],
            told["signed"], told["byChoice"], told["partOf"], told["numerator"], told["denominator"],
            tuple(map(tuple, told["breakdowns"])), told["scope"], *said,
        )  # fmt: skip


@dataclass(frozen=True)
class Dimension:
    """What figures may be split by."""

    code: str
    label: Label
    values: tuple[Code, ...]


@dataclass(frozen=True)
class Slot:
    """A collection of a form; `public`: whether its totals may be read without a token."""

    code: str
    label: Label
    public: bool


@dataclass(frozen=True)
class Form:
    """What is asked together: codes of `items`, and when."""

    code: str
    label: Label
    items: tuple[str, ...]
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Contest:
    """What is voted on, over the `area` of the `geography`."""

    code: str
    label: Label
    kind: str
    geography: str
    area: str
    seats: int


@dataclass(frozen=True)
class Geography:
    """`levels`: top first."""

    code: str
    label: Label
    levels: tuple[Code, ...]


@dataclass(frozen=True)
class Codebook:
    """Everything that codes of one election stand for, at a ledger `position`."""

    election: str
    position: int
    items: tuple[Item, ...]
    dimensions: tuple[Dimension, ...]
    forms: tuple[Form, ...]
    contests: tuple[Contest, ...]
    geographies: tuple[Geography, ...]

    @classmethod
    def of(cls, election: str, told: Mapping[str, Any]) -> Codebook:
        return cls(
            election,
            told["asOfPosition"],
            tuple(map(Item.of, told["items"])),
            tuple(
                Dimension(entry["code"], Label.of(entry["label"]), tuple(map(Code.of, entry["values"])))
                for entry in told["dimensions"]
            ),
            tuple(
                Form(
                    entry["code"], Label.of(entry["label"]), tuple(entry["items"]),
                    tuple(Slot(slot["code"], Label.of(slot["label"]), slot["public"]) for slot in entry["slots"]),
                )
                for entry in told["forms"]
            ),
            tuple(
                Contest(
                    entry["code"], Label.of(entry["label"]), entry["kind"], entry["geography"], entry["area"], entry["seats"]
                )
                for entry in told["contests"]
            ),
            tuple(
                Geography(entry["code"], Label.of(entry["label"]), tuple(map(Code.of, entry["levels"])))
                for entry in told["namedGeographies"]
            ),
        )  # fmt: skip

    def item(self, code: str) -> Item:
        """KeyError for one that the election does not have."""
        return next((item for item in self.items if item.code == code), None) or _missing(code, self.items)


def _missing(code: str, items: tuple[Item, ...]) -> Item:
    raise KeyError(f"{code}: {', '.join(item.code for item in items)}")
