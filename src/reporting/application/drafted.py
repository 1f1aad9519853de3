"""A draft is everybody's: what somebody else typed there is neither overwritten nor sent by who has not seen it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reporting.application.called_otherwise import called_otherwise, choices_divided
from reporting.application.desk_commands import Submit
from reporting.application.findings import division_of
from reporting.application.messages import message
from reporting.application.opened import Draft, OpenReturn, Typed
from reporting.application.renamed import RenamedFigures
from reporting.domain.actor import Actor
from reporting.domain.election import Contest
from reporting.domain.figures import Cell
from reporting.domain.place import Place
from reporting.domain.workflow_events import Divided
from reporting.errors import DraftMoved, UnknownReference
from reporting.ledger import draft_stream
from reporting.rules.apportionment import divide
from reporting.words import Words


def require_not_overwritten(
    opened: OpenReturn, draft: Draft, cells: Mapping[str, str], seen: int | None, actor: Actor
) -> None:
    """DraftMoved when one of the cells was given another text by somebody else after the draft's version `seen`."""
    if seen is None:
        return
    moved = [
        key
        for key, text in cells.items()
        if (held := draft.typed.get(key)) is not None
        and held.version > seen
        and held.text.strip() != text.strip()
        and any(by.person != actor.person for by in held.typists)
    ]
    if moved or seen > draft.version:
        raise draft_moved(opened, draft, moved, seen)


def require_draft_seen(request: Submit, opened: OpenReturn, draft: Draft, actor: Actor) -> None:
    """DraftMoved when the draft would bring in a cell that somebody else typed, and the sender names no version of the
    draft; or a cell that changed after the version the sender names. A division in it likewise."""
    sent = {given.key for given in request.figures}
    left = {key: cell for key, cell in draft.typed.items() if key not in sent}
    seen = request.draft_version
    unseen = [
        key
        for key, cell in left.items()
        if (
            cell.text and any(by.person != actor.person for by in cell.typists)
            if seen is None
            else cell.version > seen
        )
    ]
    divided = [
        contest
        for contest, held in draft.divisions.items()
        if contest not in request.divisions
        and (held.by.person != actor.person if seen is None else held.version > seen)
    ]
    if unseen or divided or (seen is not None and seen > draft.version):
        raise draft_moved(opened, draft, unseen, seen, divided)


def require_divisible(opened: OpenReturn, divisions: Mapping[str, Divided]) -> None:
    """Divisions name contests of this return and their candidates; DivisionRefused for what cannot be divided. What the draft holds is
    taken out again whatever the definition has come to say."""
    asked = opened.shape.contests()
    for code, given in divisions.items():
        if not given.common and code in opened.draft.divisions:
            continue
        if code not in asked or code not in opened.defined.contests_of_unit[opened.place.unit]:
            raise UnknownReference(kind="contest", found=code, among=asked)
        choices = {choice.code: choice.name for choice in asked[code].choices}
        named = [*given.own, *(choice for group in given.common for choice in group.choices)]
        for choice in named:
            if choice not in choices:
                raise UnknownReference(kind="choice", found=choice, among=choices, within=code)
        divide(division_of(given))


def require_same_divisions(
    opened: OpenReturn, draft: Draft, contests: Iterable[str], seen: int | None, actor: Actor
) -> None:
    """DraftMoved where the draft's division of one of the contests is somebody else's and came after what the sender saw."""
    unseen = [
        code
        for code in contests
        if (held := draft.divisions.get(code)) is not None
        and held.by.person != actor.person
        and held.version > (seen or 0)
    ]
    if unseen:
        raise draft_moved(opened, draft, [], seen, unseen)


def drafted_otherwise(renamed: RenamedFigures, place: Place, draft: Draft) -> dict[str, tuple[str, str]]:
    """Of the draft's cells, by when each was last typed, of a form that two people type by the earlier of the two; and of the choices
    that its divisions name (`choices_divided`)."""
    typed = {
        key: min(entry[key].positions[-1] for entry in (draft.typed, draft.second) if _holds(entry, key))
        for key in draft.cells
    }
    return called_otherwise(renamed, place, typed | _divided_at(draft))


def divisions_otherwise(renamed: RenamedFigures, place: Place, draft: Draft) -> set[str]:
    """Contests whose division in the draft names somebody who was called otherwise when it came."""
    return {Cell.from_key(key).contest for key in called_otherwise(renamed, place, _divided_at(draft))}


def _divided_at(draft: Draft) -> dict[str, int]:
    return {
        key: held.position
        for contest, held in draft.divisions.items()
        for key in choices_divided({contest: held.divided})
    }


def entry_otherwise(
    renamed: RenamedFigures, place: Place, entry: Mapping[str, Typed]
) -> dict[str, tuple[str, str]]:
    """Of the cells that one entry holds, by when each was last typed there."""
    return called_otherwise(
        renamed, place, {key: held.positions[-1] for key, held in entry.items() if held.text}
    )


def _holds(entry: Mapping[str, Typed], key: str) -> bool:
    return key in entry and bool(entry[key].text)


def with_drafted(request: Submit, draft: Draft) -> Submit:
    """The request with the draft's divisions, where it takes the draft and says nothing of their contests itself."""
    if not request.take_draft or not draft.divisions:
        return request
    return request.model_copy(update={"divisions": {**drafted_divisions(draft), **request.divisions}})


def drafted_divisions(draft: Draft) -> dict[str, Divided]:
    return {contest: held.divided for contest, held in draft.divisions.items()}


def draft_moved(
    opened: OpenReturn, draft: Draft, cells: Sequence[str], seen: int | None, contests: Iterable[str] = ()
) -> DraftMoved:
    """Names the cells, the contests whose division it is, and who typed them."""
    shape = opened.shape
    names = [shape.named(Cell.from_key(key)) for key in cells]
    names += [
        message.words("division_of_contest", name_ja=ja, name_en=en)
        for contest in contests
        for ja, en in [_named(shape.contests().get(contest), contest)]
    ]
    by = [who for key in cells for who in draft.typed[key].typists]
    by += [draft.divisions[contest].by for contest in contests]
    return DraftMoved(
        stream_id=str(draft_stream(*opened.place)), expected=seen or 0, actual=draft.version, cells=list(cells),
        cells_ja="、".join(ja for ja, _ in names) or "—", cells_en="; ".join(en for _, en in names) or "—",
        persons=", ".join(dict.fromkeys(f"{who.person} {who.office}" for who in by)) or "—",
        changed_by=by[-1].office if by else None, changed_person=by[-1].person if by else None,
    )  # fmt: skip


def _named(contest: Contest | None, code: str) -> Words:
    """`contest`: None for one that the definition has no more."""
    return Words(code, code) if contest is None else contest.label.words
