"""Names of a contest as they are printed, found right by the office whose election it is: signed off before forms are printed with them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from reporting.application.authority import authorise
from reporting.application.commands import Request
from reporting.application.once import once
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, By, Channel
from reporting.domain.election import Choice, Contest, ElectionDefinition
from reporting.domain.events import ElectionDefined
from reporting.domain.labels import Code
from reporting.domain.workflow_events import NamesProofread
from reporting.errors import InvalidInput
from reporting.ledger import Command, NewEvent
from reporting.ledger.registry import canonical
from reporting.ledger.streams import election_stream, names_stream

Digest = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class NamesMoved(InvalidInput):
    """facts: those of InvalidInput, with digests. The names are not those that were looked at."""

    code = "names_moved"
    template_ja = (
        "候補者・政党の表が、確かめた時点から変わっています。校正表をもう一度作って確かめてください。"
    )
    template_en = "The list of candidates and parties has changed since it was looked at. Make the proof sheet again and look at it."


class ProofreadNames(Request):
    """`names`: digest of the names as they were looked at (`digest_of`)."""

    command_id: UUID
    election: Code
    contest: Code
    names: Digest


def digest_of(contest: Contest) -> str:
    """SHA-256 of what is printed of a contest's choices: code, number, name, party, list and, where there is one, the reading, in
    their order."""
    told = [
        [choice.code, choice.number, choice.name, choice.party, choice.on_list, *filter(None, [choice.kana])]
        for choice in contest.choices
    ]
    return hashlib.sha256(canonical(told)).hexdigest()


@dataclass(frozen=True, slots=True)
class Proofreading:
    """Where a contest's names stand. `names`: digest of what is defined now; `position`, `at`, `by`: of the last sign-off,
    None where nobody signed off; `changed`: names that are others than those signed off, as they stand now, and those that are gone."""

    contest: Contest
    names: str
    proofread: bool
    position: int | None = None
    at: datetime | None = None
    by: By | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamesDone:
    """`position` of the sign-off; `repeated`: the command had been recorded before."""

    contest: str
    position: int
    repeated: bool


class Proofing:
    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting

    def sign_off(self, request: ProofreadNames, actor: Actor) -> NamesDone:
        """NotAuthorised for an office that does not manage the whole contest; NamesMoved; UnknownReference."""
        ledger = self._reporting.ledger
        command = Command(request.command_id, request.body(), actor, Channel.API, ())

        def decided() -> Command:
            defined = self._reporting.catalog.election(request.election)
            contest = defined.definition.contest(request.contest)
            units: tuple[str | None, ...] = defined.roster.contest_units.get(contest.code) or (None,)
            for unit in units:
                authorise("proofread_names", actor, defined.roster, unit)
            if digest_of(contest) != request.names:
                raise NamesMoved.at("names", request.names, digest_of(contest))
            stream = names_stream(request.election, contest.code)
            event = NamesProofread(
                election=request.election,
                contest=contest.code,
                definition=defined.versions[0],
                names=request.names,
            )
            return command.deciding(
                [NewEvent(stream, ledger.stream_version(stream) + 1, event)], defined.stands
            )

        appended = once(ledger, command, decided, ledger.append)
        return NamesDone(request.contest, appended.last_position, appended.repeated)

    def of(self, election: str, contests: Iterable[str] | None = None) -> tuple[Proofreading, ...]:
        """Every contest with choices, in the definition's order; `contests`: only these."""
        definition = self._reporting.catalog.election(election).definition
        asked = None if contests is None else set(contests)
        chosen = [
            contest
            for contest in definition.contests
            if contest.choices and (asked is None or contest.code in asked)
        ]
        streams = {names_stream(election, contest.code): contest.code for contest in chosen}
        last = {
            streams[deed.recorded.stream_id]: deed for deed in self._reporting.ledger.deeds(list(streams))
        }
        told = []
        for contest in chosen:
            names, deed = digest_of(contest), last.get(contest.code)
            if deed is None:
                told.append(Proofreading(contest, names, False))
                continue
            event = deed.recorded.event
            assert isinstance(event, NamesProofread)
            same = event.names == names
            changed = () if same else self._changed(definition, contest, event.definition)
            told.append(
                Proofreading(
                    contest, names, same, deed.recorded.position, deed.recorded.recorded_at, deed.by, changed
                )
            )
        return tuple(told)

    def _changed(self, definition: ElectionDefinition, contest: Contest, version: int) -> tuple[str, ...]:
        stored = self._reporting.ledger.stream(election_stream(definition.code))
        then = next((kept.event for kept in stored if kept.stream_version == version), None)
        before: tuple[Choice, ...] = ()
        if isinstance(then, ElectionDefined):
            before = next((old.choices for old in then.definition.contests if old.code == contest.code), ())
        return changed_names(before, contest.choices)


def changed_names(before: Iterable[Choice], now: Iterable[Choice]) -> tuple[str, ...]:
    """Names of choices that are printed otherwise than before (name, number, party or place), and of those that are gone."""
    then = {choice.code: (place, choice) for place, choice in enumerate(before)}
    there = {choice.code: (place, choice) for place, choice in enumerate(now)}

    def printed(told: tuple[int, Choice]) -> tuple[object, ...]:
        place, choice = told
        return place, choice.number, choice.name, choice.party, choice.on_list

    changed = [
        choice.name
        for code, (place, choice) in there.items()
        if code not in then or printed(then[code]) != printed((place, choice))
    ]
    return (*changed, *(choice.name for code, (_, choice) in then.items() if code not in there))
