"""After a file was taken: what the rules ask of its returns, and returns of it that are handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from reporting.application.batch import (
    NOTHING_SAID,
    BatchPart,
    ImportedFile,
    ReturnFigures,
    after_file,
    opened_of,
)
from reporting.application.cell_words import NO_WORDS, ReturnWords
from reporting.application.desk import Desk
from reporting.application.desk_commands import Submit
from reporting.application.findings import RulesRefused, still_open
from reporting.application.messages import message
from reporting.application.opened import OpenReturn
from reporting.application.service import Reporting
from reporting.application.typed_twice import require_typed_twice
from reporting.domain.actor import Actor, Channel
from reporting.domain.place import Place
from reporting.errors import ReportingError

TOLD = 50
"""Findings told one by one after an import; of more only how many."""


def open_questions(
    service: Reporting,
    parts: Iterable[BatchPart],
    actor: Actor,
    said: Mapping[Place, ReturnWords] = NOTHING_SAID,
) -> tuple[str, ...]:
    """What the rules would ask of returns that are entered and not submitted: told, never in the way of an import, and
    remembered like everything that is shown. What the file answers (`said`) is not told."""
    desk = Desk(service)
    told: list[str] = []
    count = 0
    for part in parts:
        opened = [
            opened_return
            for opened_return in opened_of(service, part.figures).values()
            if not opened_return.case.certified
        ]
        given: dict[UUID, list[ReturnFigures]] = {}
        for figures in part.figures:
            given.setdefault(figures.stream, []).append(figures)
        by_election: dict[str, list[OpenReturn]] = {}
        for standing in opened:
            by_election.setdefault(standing.place.election, []).append(standing)
        for returns in by_election.values():
            texts = {held.stream: after_file(held, given[held.stream]) for held in returns}
            standing_of = desk.findings.would_stand(returns, texts)
            for held in returns:
                left = still_open(standing_of[held.stream], held.case.explanations)
                desk.remember_shown(held, texts[held.stream], left, actor, "import")
                words = said.get(Place(*held.place), NO_WORDS)
                left = [finding for finding in left if words.of(finding) is None]
                count += len(left)
                told += [
                    f"{held.place}: {f.rule} {f.message_ja} / {f.message_en}"
                    for f in left[: max(TOLD - len(told), 0)]
                ]
    if count > TOLD:
        told.append(message("more_lines", count=count - TOLD))
    return tuple(told)


@dataclass(frozen=True, slots=True)
class Submitted:
    """`count`: returns handed in; `refused`: a line for each that was not, with what stands in its way."""

    count: int = 0
    refused: tuple[str, ...] = ()


def submit_all(
    service: Reporting,
    source: ImportedFile,
    places: Iterable[Place],
    actor: Actor,
    said: Mapping[Place, ReturnWords] = NOTHING_SAID,
    progress: Callable[[int], object] = lambda done: None,
) -> Submitted:
    """Hand in these returns as they stand, each by a command of its own, by the desk's authority, rules and history, with what
    the file says (`said`) of what the rules find. What they do not let pass stays entered and is told. A return that is handed in already is passed over."""
    desk, count, refused = Desk(service), 0, []
    for number, place in enumerate(places):
        progress(number)
        election, form, slot, unit = place
        if service.catalog.election(election).definition.workflow is None:
            continue
        opened = desk.returns.open(*place)
        if opened.case.submitted_by is not None:
            continue
        request = Submit(
            command_id=uuid5(source.command_id, str(place)), election=election, form=form, slot=slot, unit=unit,
            reason=source.said(""), reason_class="import", channel=Channel.IMPORT, take_draft=False,
        )  # fmt: skip
        try:
            if (
                opened.typed_twice
            ):  # the file is one of the two entries: what they agree on is handed in from the desk
                cells = opened.draft.cells
                require_typed_twice(opened, cells, cells)
            try:
                desk.submit(request, actor)
            except RulesRefused as asked:
                answered = said.get(place, NO_WORDS).added_to(request, asked.findings)
                if answered == request:
                    raise
                desk.submit(answered, actor)
            count += 1
        except ReportingError as why:
            refused.append(
                f"{place}: {message('not_submitted', why_ja=why.message_ja, why_en=why.message_en)}"
            )
    return Submitted(count, tuple(refused))
