"""What every part of the schema shares: texts, cursors, pages, arguments, labels and items."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import date as Date
from datetime import datetime
from typing import Any, Protocol, TypeVar

import strawberry

from api.graphql.messages import message
from api.refusals import LARGEST
from reporting.domain.actor import By
from reporting.domain.event_names import NAMES
from reporting.domain.items import Item as ItemRecord
from reporting.domain.items import ItemKind
from reporting.domain.labels import Label as LabelRecord
from reporting.domain.reporting_units import Withdrawal
from reporting.errors import InvalidInput
from reporting.ledger import DeedFacts
from reporting.transparency.note import MAX_SIGNATURES
from reporting.words import in_both

T = TypeVar("T")
MAX_TOTALS = 2_000
MAX_PAGE = 100
VOTES_DECIMALS = 3
"""Public Offices Election Act, art. 68-2: shares of a proportional division (按分)."""


def described(description: str) -> Any:
    """A field of any type, told by this sentence in the schema."""
    return strawberry.field(description=description)


def cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def parts_of(after: str | None, *kinds: type) -> list[Any] | None:
    """The parts of a cursor of ours, a `Date` as its text; InvalidInput for any other text."""
    if after is None:
        return None
    try:
        parts = json.loads(base64.urlsafe_b64decode(after.encode("ascii")))
        if isinstance(parts, list) and len(parts) == len(kinds) and all(map(_held, parts, kinds)):
            return parts
    except (ValueError, binascii.Error, RecursionError):
        pass
    raise no_cursor(after)


def no_cursor(after: str) -> InvalidInput:
    """Of another connection, or of nothing that is there."""
    return InvalidInput(field="after", found=repr(after[:40]), expected=message("cursor_of_a_page"))


def _held(part: object, kind: type) -> bool:
    """Whether it is of the kind, and a database can hold it: no text with U+0000 or half a character, no number beyond its integers.
    ValueError for a day that is none."""
    if kind is Date:
        return isinstance(part, str) and Date.fromisoformat(part).isoformat() == part
    if isinstance(part, str):
        return kind is str and "\x00" not in part and part.encode("utf-8", "replace").decode() == part
    return type(part) is kind is int and -LARGEST <= part <= LARGEST


def page(first: int, most: int) -> int:
    if not 1 <= first <= most:
        raise InvalidInput(field="first", found=first, expected=f"1–{most}")
    return first


def at_least(witnesses: int) -> int:
    if not 0 <= witnesses < MAX_SIGNATURES:
        raise InvalidInput(field="witnesses", found=witnesses, expected=f"0–{MAX_SIGNATURES - 1}")
    return witnesses


@strawberry.type(description="A name in Japanese, and in English where one exists.")
class Label:
    ja: str = described("Japanese")
    en: str | None = described("English")

    @classmethod
    def of(cls, record: LabelRecord) -> Label:
        return cls(ja=record.ja, en=record.en)

    @classmethod
    def halves(cls, written: str) -> Label:
        """Of `日本語 / English`; any other text, such as an article's number, stands in both."""
        both = in_both(written)
        return cls(ja=both.ja, en=both.en)

    @classmethod
    def called(cls, type_: str) -> Label:
        """What people call a type of events."""
        return cls(ja=NAMES[type_].ja, en=NAMES[type_].en)


@strawberry.type(description="A reporting unit by name.")
class NamedUnit:
    code: str = described("code")
    name: str = described("name")


@strawberry.type(description="Where a page of a connection ends.")
class PageInfo:
    has_next_page: bool = described("whether more follow")
    end_cursor: str | None = described("cursor of the last one on this page")

    @classmethod
    def of(cls, listed: Sequence[T], wanted: int, end: Callable[[T], str]) -> PageInfo:
        """`listed`: one more than `wanted` where more follow; `end`: one's cursor."""
        last = listed[:wanted][-1:]
        return cls(has_next_page=len(listed) > wanted, end_cursor=end(last[0]) if last else None)


@strawberry.type(
    description="That something no longer stands for election or reports, said openly; its figures stand."
)
class Withdrawn:
    date: Date = described("since when")
    reason: str = described("why, as the definition says")

    @classmethod
    def said(cls, told: Withdrawal) -> Withdrawn:
        return cls(date=told.on, reason=told.reason)

    @classmethod
    def of(cls, told: Withdrawal | None) -> Withdrawn | None:
        return None if told is None else cls.said(told)


@strawberry.type(description="A candidate or a party list.")
class Choice:
    code: str = described("code, unique within the contest")
    name: str = described("exactly as on the official list")
    kana: str | None = described("how the name is read, where that is defined")
    party: str | None = described("party label in this election")
    number: int | None = described("place on the official list")
    withdrawn: Withdrawn | None = described("that it no longer stands for election; null: it does")


@strawberry.type(description="One thing that is asked and totalled.")
class Item:
    code: str = described("stable code")
    label: Label = described("name")
    kind: str = described("count, votes (exact decimals) or rate (computed from sums, never entered)")
    unit: str = described("persons, ballots, votes, percent …")
    by_choice: bool = described("one figure per candidate or party")
    signed: bool = described("may be negative")
    breakdowns: list[list[str]] = described("dimensions a figure may be split by, beside its total")
    decimals: int = described(
        "decimals a figure may have: 0 for counts, 3 for votes, of a rate those it is given with"
    )
    purpose: Label | None = described("why it is asked, and for whom")
    basis: Label | None = described("law article, form or survey it rests on")
    version: int = described("of its meaning; a new one breaks or bridges its series")
    bridge: Label | None = described(
        "how figures of the version before compare; null: this version breaks the series"
    )
    scope: str = described("who asks for it, e.g. national")
    part_of: str | None = described("item that this one counts some of, so that it is never more (rule J26)")
    numerator: str | None = described("of a rate: item above the line")
    denominator: str | None = described("of a rate: item below the line")

    @classmethod
    def of(cls, item: ItemRecord) -> Item:
        return cls(
            code=item.code, label=Label.of(item.label), kind=item.kind.value, unit=item.unit, by_choice=item.by_choice,
            signed=item.signed, breakdowns=[list(combination) for combination in item.breakdowns],
            decimals=VOTES_DECIMALS if item.kind is ItemKind.VOTES else item.decimals,
            purpose=Label.of(item.purpose) if item.purpose else None,
            basis=Label.halves(item.basis) if item.basis else None, version=item.version,
            bridge=Label.halves(item.bridge) if item.bridge else None, scope=item.scope, part_of=item.part_of,
            numerator=item.numerator, denominator=item.denominator,
        )  # fmt: skip


@strawberry.type(description="One collection of a form, e.g. the 11:00 flash.")
class Slot:
    code: str = described("stable code")
    label: Label = described("name")
    public: bool = described("whether its totals may be read without a token")
    cut_off: datetime | None = described("what is reported by then belongs to it")
    publish_at: datetime | None = described("nothing of it is public before")
    publish_when_certified: bool = described(
        "whether it goes public once every unit that reports in it is certified"
    )
    method: str = described("full, sample or estimate")


@strawberry.type(description="Items asked together, at one or more slots.")
class Form:
    code: str = described("stable code")
    label: Label = described("name")
    items: list[str] = described("item codes in order")
    slots: list[Slot] = described("its collections")
    contest_kinds: list[str] = described("filled for contests of these kinds; empty: all")
    cumulative: bool = described("a slot's counts include those of the slots before it")
    entry: str = described("single, or double: nothing is submitted that two people have not typed alike")
    filled_from: list[str] = described(
        "form/slot whose values its cells are filled from, the first that has one; empty: none. Both beside each other: "
        "reconciliation"
    )


@strawberry.type(description="A value of a dimension, e.g. women.")
class DimensionValue:
    code: str = described("stable code")
    label: Label = described("name")


@strawberry.type(description="What figures may be split by, e.g. sex.")
class Dimension:
    code: str = described("stable code")
    label: Label = described("name")
    values: list[DimensionValue] = described("its values")


@strawberry.type(description="Which offices look at a return, and which of them publishes and certifies.")
class Workflow:
    geography: str = described("geography of the levels")
    levels: list[str] = described("levels that approve, lowest first")
    publish_at_level: str = described("what this level has approved is published")
    certify_at_level: str = described("from this level on a return may be certified")


class _Place(Protocol):
    @property
    def form(self) -> str: ...
    @property
    def slot(self) -> str: ...
    @property
    def unit(self) -> str: ...


@strawberry.type(description="Another return that was corrected by the same command.")
class TogetherWith:
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")

    @classmethod
    def of(cls, place: _Place) -> TogetherWith:
        return cls(form=place.form, slot=place.slot, unit=place.unit)


@strawberry.interface(
    name="Deed",
    description="Something that was done, as the ledger has it: at which place, when, by whom, for which office, why.",
)
class DeedTold:
    position: int = described("place in the one total order, from 1 without gaps")
    recorded_at: datetime = described("server time of recording")
    person: str = described("who")
    office: str = described("for which office")
    reason: str | None = described("the reason as typed")

    @staticmethod
    def facts(deed: DeedFacts) -> dict[str, Any]:
        """Arguments of a type of this interface."""
        return {name: getattr(deed, name) for name in DeedFacts.__dataclass_fields__}


@strawberry.type(
    description="Who typed a value before it was sent: in a draft, or in the form it comes from."
)
class Typist:
    person: str = described("who")
    office: str = described("for which office")

    @classmethod
    def of(cls, by: By) -> Typist:
        return cls(person=by.person, office=by.office)
