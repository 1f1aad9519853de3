"""What became of a figure's names and places under it: each change of a definition or registry, with who stands behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

from reporting.application.catalog import Catalog
from reporting.domain.events import ElectionDefined
from reporting.domain.relabelled import Change, Changes, Standing, changes
from reporting.domain.rosters import RosterHistory
from reporting.ledger import Deed, DeedFacts, Ledger, election_stream, registry_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed(DeedFacts):
    """One command that changed a definition or registry, by its last event. `proposed_by`: where a second person confirmed
    it, who had proposed it."""

    proposed_by: str | None
    changes: Changes


@dataclass(frozen=True, slots=True)
class RenamedFigure:
    """A command of them, and what it says otherwise of one figure."""

    by: Renamed
    changes: tuple[Change, ...]


class RenamedFigures:
    """Thread-safe: what it keeps is replaced whole."""

    def __init__(self, ledger: Ledger, catalog: Catalog) -> None:
        self._ledger, self._catalog = ledger, catalog
        self._kept: dict[str, tuple[tuple[int, int], tuple[Renamed, ...]]] = {}

    def of(self, election: str, form: str, slot: str, unit: str, key: str) -> tuple[RenamedFigure, ...]:
        """Oldest first, from the election's first definition on."""
        told = ((renaming, renaming.changes.of(form, slot, unit, key)) for renaming in self.all(election))
        return tuple(RenamedFigure(renaming, changed) for renaming, changed in told if changed)

    def all(self, election: str) -> tuple[Renamed, ...]:
        """Every command that said something otherwise of an election that stood, oldest first."""
        versions = self._catalog.election(election).versions
        kept = self._kept.get(election)
        if kept is None or kept[0] != versions:
            kept = self._kept[election] = versions, tuple(self._fold(election))
        return kept[1]

    def _fold(self, election: str) -> Iterator[Renamed]:
        defined = self._ledger.deeds([election_stream(election)])
        events = [deed.recorded.event for deed in defined]
        registries = {event.definition.registry for event in events if isinstance(event, ElectionDefined)}
        areas = self._ledger.deeds([registry_stream(registry) for registry in sorted(registries)])
        if len(defined) == 1 and all(deed.recorded.position < defined[0].recorded.position for deed in areas):
            return
        history = RosterHistory()
        before: Standing | None = None
        deeds = sorted((*defined, *areas), key=lambda deed: deed.recorded.position)
        for _, same in groupby(deeds, key=lambda deed: deed.recorded.command_id):
            command = list(same)
            for deed in command:
                history.apply(deed.recorded.event, deed.recorded.command_id)
            history.settle()
            if election not in history.definitions:
                continue
            after = Standing(history.definitions[election], history.roster(election))
            if before is not None and (changed := changes(before, after)):
                yield self._renamed(command, changed)
            before = after

    def _renamed(self, command: Sequence[Deed], changed: Changes) -> Renamed:
        last = command[-1]
        record = self._ledger.command(last.recorded.command_id)
        proposed = self._ledger.command(record.cause) if record and record.cause else None
        return Renamed(
            **asdict(last.facts), proposed_by=proposed.person if proposed else None, changes=changed
        )
