"""Drafts: what is typed and counts nowhere, who typed it, and which differences it was shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from uuid import uuid5

from reporting.application.acting import Acting, phase_of
from reporting.application.authority import (
    allowed,
    authorise,
    reach_of,
)
from reporting.application.called_otherwise import choices_divided, require_called_so
from reporting.application.desk_commands import (
    SaveDraft,
    Submit,
)
from reporting.application.doubts import Doubt, held_in
from reporting.application.drafted import (
    require_divisible,
    require_not_overwritten,
    require_same_divisions,
)
from reporting.application.findings import (
    NoSuchFinding,
    RulesRefused,
)
from reporting.application.once import once_on
from reporting.application.opened import (
    Draft,
    OpenReturn,
)
from reporting.application.typed_twice import require_not_second
from reporting.domain.actor import Actor, Channel
from reporting.domain.events import Event
from reporting.domain.place import Place
from reporting.domain.returns import FiguresRefused
from reporting.domain.workflow_events import (
    Divided,
    DraftSaved,
    SecondEntrySaved,
    SubmissionRefused,
)
from reporting.errors import (
    ReportingError,
)
from reporting.ledger import Beforehand, Command, NewEvent, draft_stream
from reporting.ledger.registry import canonical
from reporting.rules.model import Finding


class Drafting:
    """Keeps what is typed, and what was shown of it."""

    def __init__(self, acting: Acting) -> None:
        self._acting, self._returns = acting, acting.returns
        self._ledger = acting.reporting.ledger

    def save_draft(self, request: SaveDraft, actor: Actor) -> int:
        """The draft's version now. Anything may be typed; nothing of it counts. DraftMoved where it would overwrite what
        somebody else typed after the version the sender has seen."""
        place = Place(request.election, request.form, request.slot, request.unit)
        opened = self._returns.open(*place)
        authorise("save_draft", actor, opened.defined.roster, request.unit, phase_of(opened))
        cells = {cell.key: cell.value for cell in request.cells}
        command, stream = self._acting.command(request, actor, None), draft_stream(*place)

        def decide(seen: Beforehand) -> list[Command]:
            opened = self._returns.open_seen(place, seen)
            draft = opened.draft
            divides = any(divided.common for divided in request.divisions.values())
            if divides or any(cells.values()):  # what was typed before can be taken out
                opened.require_reporter()
            require_not_second(opened, actor)
            require_not_overwritten(opened, draft, cells, request.draft_version, actor)
            renamed = self._acting.reporting.renamed
            named = cells | dict.fromkeys(choices_divided(request.divisions), "")
            require_called_so(renamed, opened.shape, opened.place, named, request.seen_at)
            require_divisible(opened, request.divisions)
            require_same_divisions(opened, draft, request.divisions, request.draft_version, actor)
            saved = DraftSaved(**opened.where, cells=cells, divisions=request.divisions)
            event = NewEvent(stream, draft.version + 1, saved)
            return [command.deciding([event], opened.stands)]

        ledger = self._ledger
        _, version = once_on(
            ledger, stream, command, lambda: self._returns.look(command, place), decide,
            lambda made: ledger.append(*made),
        )  # fmt: skip
        return version

    def keep_typed(self, request: Submit, actor: Actor, refused: ReportingError) -> None:
        """Put the cells of a refused submission into the draft, as typed by who sent it; but nothing over what somebody
        else typed there, nothing that is no cell of the form (it would stand in the way for ever), and nothing of a request
        that leaves the draft alone."""
        opened = self._returns.open(request.election, request.form, request.slot, request.unit)
        second = opened.typed_twice and actor.person in opened.draft.typists_of(opened.draft.second)
        if not request.take_draft or not may_type(actor, opened) or second:
            return
        typed = {cell.key: cell.value for cell in request.figures}
        if isinstance(refused, FiguresRefused):
            no_cell = {p.cell.key for p in refused.problems if p.kind not in ("value", "reason")}
            typed = {key: text for key, text in typed.items() if key not in no_cell}
        drafted, standing = opened.draft.typed, opened.case.cells
        cells = {
            key: text
            for key, text in typed.items()
            if not (key in standing and standing[key].text == text)
            and not (
                key in drafted
                and (
                    drafted[key].text == text or any(by.person != actor.person for by in drafted[key].typists)
                )
            )
        }
        if not cells:
            return
        event = DraftSaved(**opened.where, cells=cells)
        # Of this draft: a request that is refused again, after what it typed was taken out, is kept again.
        body = request.body() + f"/kept/{opened.draft.version}".encode()
        command_id = uuid5(request.command_id, hashlib.sha256(body).hexdigest())
        self._acting.take_note(command_id, body, actor, request.channel, opened, event)

    def clear(self, opened: OpenReturn) -> list[NewEvent]:
        """The draft emptied, and what was refused forgotten, where there is any."""
        return self.settled(opened, keep_cells=False)

    def forget_shown(self, opened: OpenReturn) -> list[NewEvent]:
        """After a submission without the draft: it stays as it is, what was shown has had its answer."""
        return self.settled(opened, keep_cells=True)

    def settled(self, opened: OpenReturn, *, keep_cells: bool) -> list[NewEvent]:
        """What was shown has had its answer; what is typed is taken out, too, unless `keep_cells`."""
        draft, cleared = opened.draft, list[Event]()
        if (draft.cells or draft.divisions) and not keep_cells:
            none = Divided(own={}, common=())
            cleared.append(
                DraftSaved(
                    **opened.where,
                    cells=dict.fromkeys(sorted(draft.cells), ""),
                    divisions=dict.fromkeys(sorted(draft.divisions), none),
                )
            )
        if (draft.second or draft.compared) and not keep_cells:
            again = sorted(key for key, held in draft.second.items() if held.text)
            cleared.append(SecondEntrySaved(**opened.where, cells=dict.fromkeys(again, "")))
        if draft.shown:
            cleared.append(
                SubmissionRefused(**opened.where, keys=(), waivable=(), figures={}, path="submitted")
            )
        stream = draft_stream(*opened.place)
        return [NewEvent(stream, draft.version + n, event) for n, event in enumerate(cleared, 1)]

    def remember(self, request: Submit, actor: Actor, refused: RulesRefused | NoSuchFinding) -> None:
        """Keep which findings a refused submission showed."""
        opened = self._returns.open(request.election, request.form, request.slot, request.unit)
        event = _shown(
            opened, self._acting.submission.typed(opened, request)[0], refused.findings, "submission"
        )
        # By what was shown and of which return, not by the sender's id: an id that is used again must not hide another
        # refusal, nor the same one after the first had its answer.
        body = request.body() + canonical({"version": opened.case.version, **event.model_dump(mode="json")})
        command_id = uuid5(request.command_id, hashlib.sha256(body).hexdigest())
        self._acting.take_note(command_id, body, actor, request.channel, opened, event)

    def remember_shown(
        self,
        opened: OpenReturn,
        texts: Mapping[str, str],
        findings: Iterable[Finding],
        actor: Actor,
        path: str,
    ) -> None:
        """To be called on every way on which findings of a return with these texts are shown: a difference that could be
        declared, seen by somebody who may type it away, is remembered with its cells' values until the return is submitted:
        once for each of them. Unavailable when it cannot be kept: then it is not shown either."""
        fresh = [
            finding
            for finding in findings
            if finding.waivable and not finding.declared and not _remembered(opened.draft, finding, texts)
        ]
        if not fresh or not may_type(actor, opened):
            return
        event = _shown(opened, texts, fresh, path)
        stream = draft_stream(*opened.place)
        body = canonical({"kind": "Shown", "draft": opened.draft.version, **event.model_dump(mode="json")})
        command_id = uuid5(
            stream, hashlib.sha256(body + f"/{actor.person}/{actor.office}".encode()).hexdigest()
        )
        self._acting.take_note(command_id, body, actor, Channel.API, opened, event)

    def remember_refused(self, opened: OpenReturn, refused: RulesRefused, actor: Actor, path: str) -> None:
        """What a refusal to approve or certify a return as it stands shows."""
        texts = opened.case.texts
        self.remember_shown(opened, texts, refused.findings, actor, path)

    def shown_draft(self, opened: OpenReturn, actor: Actor) -> tuple[Finding, ...]:
        """Findings of the draft, were it submitted now; remembered as shown."""
        texts, findings = self._acting.submission.draft_texts(opened)
        self.remember_shown(opened, texts, findings, actor, "draft")
        return findings


def may_type(actor: Actor, opened: OpenReturn) -> bool:
    return allowed(
        "save_draft", actor, reach_of(actor, opened.defined.roster, opened.place.unit), phase_of(opened)
    )


def _remembered(draft: Draft, finding: Finding, texts: Mapping[str, str]) -> bool:
    doubt = Doubt((finding.key,), (held_in(texts, finding.cells),), 0)
    return (earlier := draft.shown.get(doubt.name)) is not None and earlier.tells(doubt)


def _shown(
    opened: OpenReturn, texts: Mapping[str, str], findings: Iterable[Finding], path: str
) -> SubmissionRefused:
    findings = list(findings)
    waivable = {finding.key: finding.cells for finding in findings if finding.waivable}
    return SubmissionRefused(
        **opened.where, keys=tuple(sorted({finding.key for finding in findings})), waivable=tuple(sorted(waivable)),
        figures=dict(sorted(texts.items())), path=path, cells_of=dict(sorted(waivable.items())),
    )  # fmt: skip
