"""A slot's figures stand in layers: as entered, as each level approved them, and as made public."""

from __future__ import annotations

from typing import NamedTuple

_ENTERED, _RELEASED = "", "+released"
"""As `cell.layer` has them; "+" begins no level's code."""
_MARK = "@"
"""Stands in no code. Only in published text does a layer follow its slot (`Layered`)."""


class Layer(NamedTuple):
    """`code`: as `cell.layer` has it: empty as entered, a level's code as approved there, `+released` as made public."""

    code: str

    @classmethod
    def named(cls, name: str) -> Layer:
        """From what readers say: `entered`, `released`, or a level's code; whether the election has the level is not asked."""
        return {"entered": ENTERED, "released": RELEASED}.get(name) or cls(name)

    @property
    def name(self) -> str:
        """How readers call it."""
        return {ENTERED: "entered", RELEASED: "released"}.get(self, self.code)

    @property
    def level(self) -> str | None:
        """The level that approved; None as entered or released."""
        return None if self in (ENTERED, RELEASED) else self.code


ENTERED, RELEASED = Layer(_ENTERED), Layer(_RELEASED)


class Layered(NamedTuple):
    """A slot in one layer, as published texts have it (citations, `totals.ndjson`): `final` as entered, `final@city` as that
    level approved, `final@+released` as made public."""

    slot: str
    layer: Layer

    def __str__(self) -> str:
        return self.slot if self.layer == ENTERED else f"{self.slot}{_MARK}{self.layer.code}"

    @classmethod
    def parse(cls, text: str) -> Layered:
        slot, _, code = text.partition(_MARK)
        return cls(slot, Layer(code))
