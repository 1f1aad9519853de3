"""Where one return stands: the codes that name it everywhere, from the command to the view."""

from __future__ import annotations

from typing import NamedTuple


class Within(NamedTuple):
    """A return's place within its election."""

    form: str
    slot: str
    unit: str

    def __str__(self) -> str:
        return "/".join(self)


class Place(NamedTuple):
    """A return's place. Unpacks in this order, as the streams are keyed."""

    election: str
    form: str
    slot: str
    unit: str

    @property
    def page(self) -> tuple[str, str]:
        """Form and slot: the page that every unit fills in."""
        return self.form, self.slot

    @property
    def within(self) -> Within:
        return Within(self.form, self.slot, self.unit)

    def __str__(self) -> str:
        return "/".join(self)
