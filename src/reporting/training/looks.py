"""What a drill's events say of differences that were shown: how often somebody had to look a second time, and whether a
falsification was released that nobody had looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reporting.domain.discrepancy import ALTERED
from reporting.domain.events import FiguresCorrected, FiguresEntered
from reporting.domain.workflow_events import (
    DiscrepancyClosed,
    DiscrepancyDeclared,
    FiguresReleased,
    ReturnApproved,
)
from reporting.training.history import Noted
from reporting.training.plan import DrillPlace, DrillPlan


@dataclass(slots=True)
class Trace:
    """An entry of a return's register. `cells`: its cells (empty: all); `seen`: offices that approved with it in view."""

    cells: frozenset[str]
    vanished: bool
    seen: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Looks:
    """`second`: approvals that had such an entry in view; `declared`, `vanished`: entries made; `false`: returns of which a
    falsified figure was released, `unseen` those of them that the publishing office had not looked at since it was typed."""

    truth: Mapping[DrillPlace, Mapping[str, str]]
    planned: Mapping[DrillPlace, Mapping[str, str]]
    chains: Mapping[DrillPlace, tuple[str, ...]]
    true_in: frozenset[str]
    unnamed: frozenset[int]
    second: int = 0
    declared: int = 0
    vanished: int = 0
    false: set[DrillPlace] = field(default_factory=set)
    unseen: set[DrillPlace] = field(default_factory=set)
    _register: dict[DrillPlace, dict[str, Trace]] = field(default_factory=dict)
    _typed: dict[tuple[DrillPlace, str], int] = field(default_factory=dict)
    _looked: dict[tuple[DrillPlace, str], int] = field(default_factory=dict)

    @classmethod
    def of(cls, sheet: DrillPlan) -> Looks:
        return cls(
            truth={page.place: page.truth for page in sheet.pages},
            planned={mistake.place: mistake.wrong for mistake in sheet.injected if not mistake.declare},
            chains={page.place: page.chain for page in sheet.pages},
            true_in=frozenset(mistake.unit for mistake in sheet.injected if mistake.declare),
            unnamed=frozenset(sheet.unnamed),
        )

    def apply(self, noted: Noted) -> None:
        event, at = noted.event, noted.position
        match event:
            case FiguresEntered() | FiguresCorrected():
                place = DrillPlace(event.unit, event.form, event.slot)
                self._typed |= {(place, key): at for key in event.figures}
            case DiscrepancyDeclared():
                vanished = event.reason_class == ALTERED
                register = self._register.setdefault(DrillPlace(event.unit, event.form, event.slot), {})
                register[event.key] = Trace(frozenset(event.shown), vanished)
                self.declared, self.vanished = self.declared + (not vanished), self.vanished + vanished
            case DiscrepancyClosed():
                self._register.get(DrillPlace(event.unit, event.form, event.slot), {}).pop(event.key, None)
            case ReturnApproved():
                self._approved(DrillPlace(event.unit, event.form, event.slot), event, at)
            case FiguresReleased():
                self._released(DrillPlace(event.unit, event.form, event.slot), event.figures)

    def _approved(self, place: DrillPlace, event: ReturnApproved, at: int) -> None:
        """An approval that named no cell is no look, whatever the register says."""
        in_view = [
            trace
            for trace in self._register.get(place, {}).values()
            if event.area not in trace.seen and (not trace.cells or trace.cells & event.figures.keys())
        ]
        if not in_view or at in self.unnamed:
            return
        self.second += 1
        for trace in in_view:
            trace.seen.add(event.area)
        if event.area == self.chains.get(place, ("",))[-1]:
            self._looked |= {(place, key): at for key in event.figures}

    def _released(self, place: DrillPlace, figures: Mapping[str, str]) -> None:
        """Of units with a true difference: what neither the record nor a planned mistake says is a falsification."""
        if place.unit not in self.true_in:
            return
        truth, planned = self.truth.get(place, {}), self.planned.get(place, {})
        false = [key for key, text in figures.items() if text not in (truth.get(key, text), planned.get(key))]
        if false:
            self.false.add(place)
        if any(self._looked.get((place, key), 0) <= self._typed[place, key] for key in false):
            self.unseen.add(place)
