"""A number typed beside one name is not another's because the definition has exchanged them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reporting.application.messages import message
from reporting.application.opened import Draft, OpenReturn
from reporting.application.renamed import RenamedFigures
from reporting.domain.figures import Cell
from reporting.domain.place import Place
from reporting.domain.returns import CellProblem, FiguresRefused


def called_otherwise(
    renamed: RenamedFigures, place: Place, named_at: Mapping[str, int]
) -> dict[str, tuple[str, str]]:
    """`named_at`: cell key → ledger position at which its name stood before somebody's eyes. Of those whose candidate or party
    is called otherwise now: (name then, name now)."""
    changes = renamed.all(place.election) if named_at else ()
    others: dict[str, tuple[str, str]] = {}
    for key, position in named_at.items():
        names = [
            (change.before, change.after)
            for renaming in changes
            if renaming.position > position
            for change in renaming.changes.of(place.form, place.slot, place.unit, key)
            if (change.thing, change.aspect) == ("choice", "label")
        ]
        if names and names[0][0] != names[-1][1]:
            others[key] = names[0][0], names[-1][1]
    return others


def drafted_otherwise(renamed: RenamedFigures, place: Place, draft: Draft) -> dict[str, tuple[str, str]]:
    """Of the draft's cells, by when each was last typed."""
    typed = {key: draft.typed[key].positions[-1] for key in draft.cells if Cell.from_key(key).choice}
    return called_otherwise(renamed, place, typed)


def problems_of_names(
    opened: OpenReturn, others: Mapping[str, tuple[str, str]], texts: Mapping[str, str]
) -> list[CellProblem]:
    return [
        CellProblem(
            Cell.from_key(key), "renamed", texts.get(key, ""),
            *message.words("called_otherwise", then=then, now=now), opened.shape.named(Cell.from_key(key)),
        )
        for key, (then, now) in sorted(others.items())
    ]  # fmt: skip


def require_called_so(
    renamed: RenamedFigures, opened: OpenReturn, texts: Mapping[str, str], seen_at: int | None
) -> None:
    """FiguresRefused where one of these cells is called otherwise than at the position that its sender has seen."""
    if seen_at is None:
        return
    named_at = dict.fromkeys(_by_choice(texts), seen_at)
    if others := called_otherwise(renamed, opened.place, named_at):
        raise FiguresRefused(problems_of_names(opened, others, texts))


def _by_choice(keys: Iterable[str]) -> list[str]:
    return [key for key in keys if Cell.from_key(key).choice]
