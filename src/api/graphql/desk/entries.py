"""What was typed and read of a return before it is submitted: draft, second entry, readings together."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from api.graphql.types import Typist, described
from reporting.application.opened import Draft, Typed, meaning
from reporting.domain.case import Reading

Others = Mapping[str, tuple[str, str]]
"""Cell key → (name then, name now)."""


@strawberry.type(description="A cell of a draft, as typed.")
class DraftCell:
    key: str = described("contest|item|breakdown|choice")
    version: int = described("version of the draft that last changed it")
    typed_by: list[Typist] = described("who typed it")
    text: str = described("as typed")
    called_then: str | None = described(
        "what the candidate or party was called when this was typed; null: as it is now. Such a cell is refused until it is typed "
        "anew or taken out"
    )

    @classmethod
    def of(cls, key: str, held: Typed, called_then: str | None = None) -> DraftCell:
        return cls(
            key=key, text=held.text, version=held.version, typed_by=[Typist.of(by) for by in held.typists],
            called_then=called_then,
        )  # fmt: skip


@strawberry.type(description="A cell as it was read out.")
class ReadCell:
    key: str = described("contest|item|breakdown|choice")
    text: str = described("as it was read")


@strawberry.type(description="Values that were read out against the paper (読み合わせ).")
class ReadingTogether:
    position: int = described("ledger position: send it as `confirms`")
    by: Typist = described("who recorded it")
    confirmed_by: Typist | None = described("who else was there; null: nobody has said so yet")
    cells: list[ReadCell] = described("what was read")
    holds: bool = described("whether every cell still holds what was read, typed or submitted")

    @classmethod
    def of(cls, reading: Reading, held: Mapping[str, str]) -> ReadingTogether:
        return cls(
            position=reading.position,
            by=Typist.of(reading.by),
            confirmed_by=None if reading.confirmed_by is None else Typist.of(reading.confirmed_by),
            cells=[ReadCell(key=key, text=said) for key, said in reading.cells.items()],
            holds=all(meaning(held.get(key, "")) == meaning(said) for key, said in reading.cells.items()),
        )


@strawberry.type(
    description="A cell that two people have not typed alike, or that one of them typed when it was called otherwise."
)
class EntryDifference:
    key: str = described("contest|item|breakdown|choice")
    first: str | None = described(
        "as the first entry has it; null: nothing that was typed beside the name of now"
    )
    second: str | None = described(
        "as the second entry has it; null: nothing that was typed beside the name of now"
    )

    @classmethod
    def of(cls, key: str, draft: Draft, *others: Others) -> EntryDifference:
        """`others`: cells of the first entry, then of the second, that were typed beside another name."""
        first, second = (
            None if key in otherwise or key not in entry else entry[key].text or None
            for entry, otherwise in zip((draft.typed, draft.second), others, strict=True)
        )
        return cls(key=key, first=first, second=second)


@strawberry.type(description="The second entry of a form that two people type.")
class SecondEntry:
    compared: bool = described("whether it is done, and both entries are open to both")
    first_by: list[Typist] = described("who typed the first entry: they do not type this one")
    typed_by: list[Typist] = described("who typed this one")
    cells: list[DraftCell] = described(
        "what it holds; until the two are compared for its own typists alone, as `draft` is for the first's"
    )
    differences: list[EntryDifference] = described("cells not typed alike; empty until the two are compared")

    @classmethod
    def of(cls, draft: Draft, person: str, first: Others, second: Others) -> SecondEntry:
        """`first`, `second`: cells of each entry that were typed beside another name."""
        shown = draft.second if draft.sees_second(person) else {}
        return cls(
            compared=draft.compared,
            first_by=_typists(draft.typed),
            typed_by=_typists(draft.second),
            cells=[
                DraftCell.of(key, held, second.get(key, (None,))[0])
                for key, held in sorted(shown.items())
                if held.text
            ],
            differences=[
                EntryDifference.of(key, draft, first, second)
                for key in (sorted({*draft.differing(), *first, *second}) if draft.compared else ())
            ],
        )


def _typists(entry: Mapping[str, Typed]) -> list[Typist]:
    people = dict.fromkeys(by for held in entry.values() if held.text for by in held.typists)
    return [Typist.of(by) for by in people]
