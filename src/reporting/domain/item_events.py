"""Facts about what is said of an item of an election: remarks of offices and of the nation, and whether it is to be removed. As in
`events`: field names are stored names. The words stand with the command, where they can be erased. No figure is moved by them."""

from __future__ import annotations

from typing import ClassVar, Literal

from reporting.domain.events import Event

Wish = Literal["none", "remove", "keep"]


class ItemRemarked(Event):
    """An office says something of an item that its unit is asked. `wish`: whether it would have it removed, or kept; `answers`: ledger
    position of the remark that it answers."""

    type: ClassVar[str] = "ItemRemarked"
    election: str
    item: str
    item_version: int
    unit: str
    wish: Wish
    answers: int | None = None


class ItemFlagged(Event):
    """Whose election it is marks an item as a candidate for removal, or takes the mark back. The item is asked as before."""

    type: ClassVar[str] = "ItemFlagged"
    election: str
    item: str
    item_version: int
    candidate: bool


ITEM_EVENTS: tuple[type[Event], ...] = (ItemRemarked, ItemFlagged)
