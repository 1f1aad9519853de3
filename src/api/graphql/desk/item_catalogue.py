"""Items as they are weighed between the nation and its offices: since when they are asked, what rests on them, what they cost to type, what
offices say of them, and which may go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import strawberry
from pydantic import BaseModel

from api.graphql.access import PUBLIC, STANDING, TOKEN, Seen, change, readable
from api.graphql.arguments import ElectionCode, FormCode
from api.graphql.context import Info
from api.graphql.desk.answers import run
from api.graphql.mutations import ONLY_ONCE, AnyCommandRefused, VersionConflict
from api.graphql.types import Item, Typist, described
from projections.read.snapshot import Snapshot
from reporting.application import item_remarks as commands
from reporting.application.item_remarks import ItemRemarks, RemarkDone, Thread
from reporting.domain.actor import Actor
from reporting.domain.burden import ItemBurden as BurdenRecord
from reporting.domain.election import ElectionDefinition
from reporting.domain.item_events import ItemFlagged, ItemRemarked
from reporting.domain.items import Item as ItemRecord
from reporting.domain.items import ItemKind
from reporting.ledger import Deed

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

C = TypeVar("C", bound=BaseModel)
ItemsOfElection = Annotated[
    list[str] | None,
    strawberry.argument(
        description="only items of these codes; one that the election does not ask is refused"
    ),
]
OneItem = Annotated[str, strawberry.argument(description="code of the item")]


@strawberry.type(description="How a rate is computed, by a name that another answer can be compared with.")
class Formula:
    id: str = described("the item, its version and all that decides the result")
    numerator: str = described("item above the line")
    denominator: str = described("item below the line")
    decimals: int = described("places it is rounded to, once, from the exact fraction of the sums")
    rounding: str = described("half_up or down")

    @classmethod
    def of(cls, item: ItemRecord) -> Formula | None:
        if item.kind is not ItemKind.RATE or item.numerator is None or item.denominator is None:
            return None
        told = f"{item.code}@{item.version}=100*{item.numerator}/{item.denominator}:{item.decimals}:{item.rounding}"
        return cls(
            id=told, numerator=item.numerator, denominator=item.denominator, decimals=item.decimals, rounding=item.rounding
        )  # fmt: skip


@strawberry.type(description="An item of an election with all that its need is weighed by.")
class CataloguedItem:
    item: Item = described("as the election asks it")
    first_election: str = described(
        "code of the first election that asked it in this meaning; tests are not among them"
    )
    first_day: date = described("polling day of that")
    last_election: str = described("code of the last one so far")
    last_day: date = described("polling day of that")
    elections: int = described("how many have asked it in this meaning")
    formula: Formula | None = described("of a rate; null for what is typed")
    rates: list[str] = described("rates that it is a part of")
    wholes: list[str] = described("items that count some of it (`partOf`)")
    forms: list[str] = described("forms that ask it")
    prefills: list[str] = described(
        "forms that are filled from one that asks it, so that nobody types it twice"
    )


@strawberry.type(
    description="What an item costs to type, measured from the times of drafts in the log; a lower bound."
)
class ItemBurden:
    item: str = described("code of the item")
    minutes_per_unit: str | None = described(
        "minutes, one decimal, over the units that typed it; null: not measured"
    )
    units: int = described("units of which something was measured")
    intervals: int = described(
        "times between two drafts of one person that were measured, each at most ten minutes"
    )


@strawberry.type(description="What was said of an item, or that it was marked.")
class ItemRemark:
    position: int = described("ledger position; a remark is answered by it")
    at: datetime = described("when")
    by: Typist = described("who, for which office")
    unit: str | None = described("whose office spoke; null for a mark")
    wish: str | None = described("remove, keep or none; null for a mark")
    candidate: bool | None = described("what a mark says from then on; null for a remark")
    answers: int | None = described("position of the remark that is answered")
    text: str | None = described("the words; null where they were erased")
    item_version: int = described("version of the item that it is about")

    @classmethod
    def of(cls, deed: Deed) -> ItemRemark:
        event = deed.recorded.event
        assert isinstance(event, ItemRemarked | ItemFlagged)
        remark = event if isinstance(event, ItemRemarked) else None
        return cls(
            position=deed.recorded.position, at=deed.recorded.recorded_at, by=Typist.of(deed.by), text=deed.reason,
            unit=None if remark is None else remark.unit, wish=None if remark is None else remark.wish,
            answers=None if remark is None else remark.answers,
            candidate=event.candidate if isinstance(event, ItemFlagged) else None, item_version=event.item_version,
        )  # fmt: skip


@strawberry.type(description="What the nation and its offices say to each other of an item.")
class ItemThread:
    item: str = described("code of the item")
    candidate: bool = described("whether it is marked as a candidate for removal")
    wish_remove: int = described("units whose offices last wished it removed")
    wish_keep: int = described("units whose offices last wished it kept")
    remarks: list[ItemRemark] = described("oldest first")
    may_flag: bool = described("whether one may mark it, or take the mark back")
    may_remark: list[str] = described("units for whose office one may speak, at most 50")

    @classmethod
    def of(cls, thread: Thread, may_flag: bool, may_remark: list[str]) -> ItemThread:
        wishes = list(thread.wishes.values())
        return cls(
            item=thread.item, candidate=thread.candidate, wish_remove=wishes.count("remove"),
            wish_keep=wishes.count("keep"), remarks=[ItemRemark.of(deed) for deed in thread.deeds],
            may_flag=may_flag, may_remark=may_remark[:50],
        )  # fmt: skip


@strawberry.type(description="Recorded, durably.")
class ItemRemarkDone:
    item: str = described("code of the item")
    position: int = described("ledger position of the remark or mark")
    repeated: bool = described("whether this command had been recorded before")

    @classmethod
    def of(cls, done: RemarkDone) -> ItemRemarkDone:
        return cls(item=done.item, position=done.position, repeated=done.repeated)


ItemRemarkOutcome = Annotated[
    ItemRemarkDone | VersionConflict | AnyCommandRefused,
    strawberry.union("ItemRemarkOutcome", description="Recorded, or refused for a named reason."),
]


@strawberry.input(description="What an office says of an item.")
class RemarkItemInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    item: str = described("code of the item")
    unit: str = described("code of the reporting unit whose office speaks")
    wish: str = strawberry.field(default="none", description="remove, keep or none")
    text: str = described("the words")
    answers: int | None = strawberry.field(
        default=None, description="position of the remark that is answered"
    )


@strawberry.input(description="A mark on an item, or that it is taken back.")
class FlagItemInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    election: str = described("election code")
    item: str = described("code of the item")
    candidate: bool = described("a candidate for removal; false takes the mark back")
    reason: str = described("why")


@strawberry.type(description="Reads about the need of items.")
class ItemCatalogueQueries:
    @readable(
        PUBLIC,
        "items of an election with all that their need is weighed by: since when, for what, by which formula",
    )
    def catalogued_items(
        self, info: Info, election: ElectionCode, items: ItemsOfElection = None
    ) -> list[CataloguedItem]:
        snapshot = info.context.snapshot
        definition = snapshot.election(election).definition
        for code in items or ():
            commands.item_of(info.context.service.catalog.election(election), code)
        asked = _asked(snapshot, definition)
        return [
            _catalogued(item, definition, asked[item.code])
            for item in definition.items
            if items is None or item.code in items
        ]

    @readable(TOKEN, "what offices and the nation said of an item of an election, and whether it may go")
    def item_thread(self, info: Info, election: ElectionCode, item: OneItem) -> ItemThread:
        actor, service = info.context.require_actor(), info.context.service
        defined, remarks = service.catalog.election(election), ItemRemarks(service)
        commands.item_of(defined, item)
        return ItemThread.of(
            remarks.thread(election, item),
            remarks.may_flag(defined, actor),
            remarks.may_remark(defined, actor),
        )

    @readable(TOKEN, "codes of the items of an election that are marked as candidates for removal")
    def removal_candidates(self, info: Info, election: ElectionCode) -> list[str]:
        service = info.context.service
        items = [item.code for item in service.catalog.election(election).definition.items]
        threads = ItemRemarks(service).threads(election, items)
        return [code for code in items if threads[code].candidate]

    @readable(STANDING, "what the items of a form cost to type, over the units within one's reach")
    def item_burdens(
        self, info: Info, election: ElectionCode, form: FormCode, *, seen: Seen
    ) -> list[ItemBurden]:
        service = info.context.service
        defined = service.catalog.election(election)
        units = [unit for unit in defined.roster.units if seen.units is None or unit in seen.units]
        measured = ItemRemarks(service).burdens(election, form, units)
        return [_burden(code, measured) for code in defined.definition.form(form).items]


def _burden(code: str, measured: dict[str, BurdenRecord]) -> ItemBurden:
    burden = measured.get(code, BurdenRecord())
    minutes = burden.minutes_per_unit
    return ItemBurden(
        item=code, minutes_per_unit=None if minutes is None else str(minutes), units=len(burden.units),
        intervals=burden.intervals,
    )  # fmt: skip


def _asked(snapshot: Snapshot, definition: ElectionDefinition) -> dict[str, list[ElectionDefinition]]:
    """Item of an election → elections that ask it in the same meaning, by polling day: itself, and all that are no tests."""
    meant = {item.code: item.version for item in definition.items}
    asked: dict[str, list[ElectionDefinition]] = {code: [] for code in meant}
    for row in snapshot.elections():
        if row.definition.is_test and row.definition.code != definition.code:
            continue
        for item in row.definition.items:
            if meant.get(item.code) == item.version:
                asked[item.code].append(row.definition)
    return {
        code: sorted(elections, key=lambda election: (election.polling_date, election.code))
        for code, elections in asked.items()
    }


def _catalogued(
    item: ItemRecord, definition: ElectionDefinition, asked: list[ElectionDefinition]
) -> CataloguedItem:
    forms = [form.code for form in definition.forms if item.code in form.items]
    return CataloguedItem(
        item=Item.of(item), first_election=asked[0].code, first_day=asked[0].polling_date,
        last_election=asked[-1].code, last_day=asked[-1].polling_date, elections=len(asked), formula=Formula.of(item),
        rates=[rate.code for rate in definition.items if item.code in (rate.numerator, rate.denominator)],
        wholes=[part.code for part in definition.items if part.part_of == item.code], forms=forms,
        prefills=[
            form.code
            for form in definition.forms
            if item.code in form.items and any(source.form in forms for source in form.prefill)
        ],
    )  # fmt: skip


def _sent(
    info: Info, kind: type[C], given: DataclassInstance, do: Callable[[ItemRemarks, C, Actor], RemarkDone]
) -> ItemRemarkOutcome:
    return run(
        info, kind, given,
        lambda desk, request, actor: ItemRemarkDone.of(do(ItemRemarks(desk.reporting), request, actor)),
    )  # fmt: skip


@strawberry.type(description="What is said of items.")
class ItemRemarkMutations:
    @change("say what one's office thinks of an item: what it costs, whether it should go")
    def remark_item(
        self,
        info: Info,
        input: Annotated[RemarkItemInput, strawberry.argument(description="which, and what")],
    ) -> ItemRemarkOutcome:
        return _sent(info, commands.RemarkItem, input, ItemRemarks.remark)

    @change("mark an item as a candidate for removal, or take the mark back; it is asked as before")
    def flag_item(
        self, info: Info, input: Annotated[FlagItemInput, strawberry.argument(description="which, and why")]
    ) -> ItemRemarkOutcome:
        return _sent(info, commands.FlagItem, input, ItemRemarks.flag)
