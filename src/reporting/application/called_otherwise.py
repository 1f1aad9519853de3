"""A number, a look or a word beside one name is not another's because the definition has exchanged them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reporting.application.messages import message
from reporting.application.renamed import Renamed, RenamedFigures
from reporting.domain.figures import Cell
from reporting.domain.place import Place
from reporting.domain.relabelled import Change
from reporting.domain.returns import CellProblem, FiguresRefused, FormShape
from reporting.domain.workflow_events import Divided
from reporting.words import Words

LABEL, CHOICE = "label", "choice"
"""What a thing is called; the kind of thing that is a candidate or a party."""
Others = Mapping[str, tuple[str, str]]
"""Cell key → (name then, name now)."""


class CalledOtherwise(FiguresRefused):
    """Cells are called otherwise than when the sender saw them. `problems`, facts: as of FiguresRefused."""

    code = "called_otherwise"
    template_ja = (
        "見たあとで名前の変わった欄が {count} 個あり、何も記録していません。いまの名前で確かめてから、もう一度送信してください。"
        "最初: {first_ja}"
    )
    template_en = (
        "Cells are called otherwise since you looked: {count}; nothing was recorded. Look again by the names of now, then send. "
        "First: {first_en}"
    )


def called_otherwise(
    renamed: RenamedFigures, place: Place, named_at: Mapping[str, int]
) -> dict[str, tuple[str, str]]:
    """`named_at`: cell key → ledger position at which its name stood before somebody's eyes. Of those that are called otherwise now:
    a candidate or a party by whatever name; anything else (item, part, contest, unit, slot) by a name that was another's, for a
    slip of the pen put right there misleads nobody."""
    renamings = renamed.all(place.election) if named_at else ()
    others: dict[str, tuple[str, str]] = {}
    for key, position in named_at.items():
        since = [renaming for renaming in renamings if renaming.position > position]
        names: dict[tuple[str, str], list[Change]] = {}
        for renaming in since:
            for change in renaming.changes.of(place.form, place.slot, place.unit, key):
                if change.aspect == LABEL:
                    names.setdefault((change.thing, change.code), []).append(change)
        for (thing, code), told in names.items():
            then, now = told[0].before, told[-1].after
            if then != now and (thing == CHOICE or now in _names_of_others(since, thing, code)):
                others.setdefault(key, (then, now))
    return others


def _names_of_others(renamings: Iterable[Renamed], thing: str, code: str) -> set[str]:
    """What things of a kind, but this one, were called before."""
    return {
        change.before
        for renaming in renamings
        for changes in renaming.changes.by_thing.values()
        for change in changes
        if change.aspect == LABEL and change.thing == thing and change.code != code
    }


def choices_divided(divisions: Mapping[str, Divided]) -> list[str]:
    """Keys of a contest and a choice each, of those that divisions (by contest) name: a division is of no one item."""
    return [
        Cell(contest, "", "", choice).key
        for contest, divided in divisions.items()
        for choice in dict.fromkeys(
            [*divided.own, *(code for group in divided.common for code in group.choices)]
        )
    ]


def problems_of_names(shape: FormShape, others: Others, texts: Mapping[str, str]) -> list[CellProblem]:
    """Of what stands typed."""
    told = {key: message.words("called_otherwise", then=then, now=now) for key, (then, now) in others.items()}
    return _problems(shape, told, texts)


def _problems(shape: FormShape, told: Mapping[str, Words], texts: Mapping[str, str]) -> list[CellProblem]:
    return [
        CellProblem(cell, "renamed", texts.get(cell.key, ""), *words, shape.named(cell))
        for cell, words in ((Cell.from_key(key), told[key]) for key in sorted(told))
    ]


def problems_since(
    renamed: RenamedFigures, shape: FormShape, place: Place, texts: Mapping[str, str], *seen: int | None
) -> list[CellProblem]:
    """Of those of the cells (key → text to tell it by) that are called otherwise than at the earliest of these positions; None: nobody
    has said so."""
    told = [position for position in seen if position is not None]
    if not told:
        return []
    others = called_otherwise(renamed, place, dict.fromkeys(texts, min(told)))
    words = {
        key: message.words("called_otherwise_since", then=then, now=now)
        for key, (then, now) in others.items()
    }
    return _problems(shape, words, texts)


def require_called_so(
    renamed: RenamedFigures, shape: FormShape, place: Place, texts: Mapping[str, str], *seen: int | None
) -> None:
    """CalledOtherwise where `problems_since` has any."""
    if problems := problems_since(renamed, shape, place, texts, *seen):
        raise CalledOtherwise(problems)


def within_return(problem: CellProblem, place: Place) -> CellProblem:
    """One that is told among those of other returns."""
    where, named = str(place.within), problem.named or Words(problem.cell.key, problem.cell.key)
    words = Words(f"{where} {named.ja}", f"{where} {named.en}")
    return replace(problem, named=words, within=place.within)
