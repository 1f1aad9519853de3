"""What is public of a slot's returns, unit by unit, as the log says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reporting.domain.released import (
    NOT_REPORTED,
)
from reporting.domain.workflow_events import (
    FiguresReleased,
    ReturnSubmitted,
    ReturnWithdrawn,
)
from reporting.ledger import (
    Ledger,
    Recorded,
    released_stream,
    return_stream,
)
from reporting.publication.package import WHOLE, CountMethod

VOUCHING = (ReturnSubmitted.type, ReturnWithdrawn.type)
"""Events that say what a return rests on."""


@dataclass(frozen=True, slots=True)
class PublicUnit:
    """What is public of one unit: cell key → text, the version of its stream, by cell the last figure that was public
    before it was withdrawn, and the last number that ever was. `released`: the event that said so last."""

    version: int
    figures: dict[str, str]
    withdrawn: dict[str, str]
    shown: dict[str, str] = field(default_factory=dict)
    released: Recorded | None = None


class PublicFigures:
    """Of slots of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def rests_on(
        self, election: str, form: str, slot: str, public: Mapping[str, PublicUnit]
    ) -> dict[str, CountMethod]:
        """Units whose public figures rest on less than the whole count; where their release did not say (version 1): as
        their return did at that moment."""
        releases = {unit: there.released for unit, there in public.items() if there.released is not None}
        partial: dict[str, CountMethod] = {}
        unsaid: dict[str, int] = {}
        for unit, released in releases.items():
            event = released.event
            assert isinstance(event, FiguresReleased)
            if event.method is None:
                unsaid[unit] = released.position
            elif event.method != WHOLE.method:
                partial[unit] = CountMethod(event.method, event.places, event.of_places)
        return partial | self.said(election, form, slot, unsaid)

    def said(self, election: str, form: str, slot: str, upto: Mapping[str, int]) -> dict[str, CountMethod]:
        """Of these units those whose return, at the position given, rested on less than the whole count by its own word."""
        if not upto:
            return {}
        streams = {return_stream(election, form, slot, unit): unit for unit in upto}
        partial: dict[str, CountMethod] = {}
        for recorded in self._ledger.of_types(list(streams), VOUCHING):
            event, unit = recorded.event, streams[recorded.stream_id]
            if recorded.position > upto[unit]:
                continue
            if isinstance(event, ReturnSubmitted | ReturnWithdrawn):
                partial.pop(unit, None)
            if isinstance(event, ReturnSubmitted) and event.method != WHOLE.method:
                partial[unit] = CountMethod(event.method, event.places, event.of_places)
        return partial

    def of(
        self, election: str, form: str, slot: str, units: Sequence[str], upto: int | None = None
    ) -> dict[str, PublicUnit]:
        """Units of which anything ever was public; `upto`: as it was at that position."""
        streams = {released_stream(election, form, slot, unit): unit for unit in units}
        public: dict[str, PublicUnit] = {}
        for recorded in self._ledger.streams(list(streams)):
            if upto is not None and recorded.position > upto:
                break
            assert isinstance(recorded.event, FiguresReleased)
            unit = streams[recorded.stream_id]
            before = public.get(unit, PublicUnit(0, {}, {}))
            figures, withdrawn, shown = before.figures, before.withdrawn, before.shown
            for key, text in recorded.event.figures.items():
                if text != NOT_REPORTED:
                    withdrawn.pop(key, None)
                elif (taken := figures.get(key, NOT_REPORTED)) != NOT_REPORTED:
                    withdrawn[key] = taken
                figures[key] = text
                if not text.startswith("!"):
                    shown[key] = text
            public[unit] = PublicUnit(recorded.stream_version, figures, withdrawn, shown, recorded)
        return public
