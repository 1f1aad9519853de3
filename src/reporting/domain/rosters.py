"""The history of definitions and registries, folded to each election's roster: the one mechanism of live views, rebuild,
independent fold, write side and as-of."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from reporting.domain.election import ElectionDefinition
from reporting.domain.events import AreasRegistered, ElectionDefined, Event, GeographiesDeclared
from reporting.domain.expansion import succeed
from reporting.domain.registry import AreaRegistry
from reporting.domain.units import Roster


class RosterHistory:
    """Mutable fold. What one command says is taken as one: half a registry is nobody's tree. Ask after `settle`."""

    def __init__(self) -> None:
        self.registries: dict[str, AreaRegistry] = defaultdict(AreaRegistry)
        self.definitions: dict[str, ElectionDefinition] = {}
        self.rosters: dict[str, Roster] = {}
        self._kept: dict[str, Roster] = {}
        self._command: UUID | None = None
        self._before: dict[str, AreaRegistry] = {}
        self._former: dict[str, ElectionDefinition | None] = {}

    def resume(self, definition: ElectionDefinition, kept: Roster) -> None:
        """Take up an election where its roster was left; `kept` holds (at least) its units that are gone. Its registry is
        given first."""
        self.definitions[definition.code] = definition
        self._kept[definition.code] = kept

    def apply(self, event: Event, command: UUID) -> None:
        """Events other than definitions only end the command before them."""
        if command != self._command:
            self.settle()
            self._command = command
        match event:
            case GeographiesDeclared(registry=code, geographies=geographies):
                self._keep(code)
                self.registries[code].declare(geographies)
            case AreasRegistered(registry=code, areas=areas):
                self._keep(code)
                self.registries[code].register(areas)
            case ElectionDefined(definition=definition):
                self._former.setdefault(definition.code, self.definitions.get(definition.code))
                self.definitions[definition.code] = definition

    def settle(self) -> None:
        """Every election whose definition changed, or whose registry at its polling day, gets its next roster."""
        for code in sorted(self._former.keys() | self._moved()):
            now = self.definitions[code]
            then = self._former.get(code, now)
            before = None if then is None else self._roster(code, then)
            day = now.polling_date
            self.rosters[code] = succeed(before, now, self.registries[now.registry].at(day))
        self._before.clear()
        self._former.clear()

    def roster(self, code: str) -> Roster:
        """Of an election that is defined, after `settle`."""
        return self._roster(code, self.definitions[code])

    def _roster(self, code: str, definition: ElectionDefinition) -> Roster:
        if code not in self.rosters:
            registry = self._before.get(definition.registry, self.registries[definition.registry])
            kept = self._kept.pop(code, None)
            self.rosters[code] = succeed(kept, definition, registry.at(definition.polling_date))
        return self.rosters[code]

    def _keep(self, registry: str) -> None:
        if registry not in self._before and any(
            definition.registry == registry for definition in self.definitions.values()
        ):
            self._before[registry] = self.registries[registry].copy()

    def _moved(self) -> set[str]:
        """Elections whose areas on their polling day are others than before this command."""
        moved: set[str] = set()
        same: dict[tuple[str, object], bool] = {}
        for code, definition in self.definitions.items():
            if definition.registry not in self._before:
                continue
            place = definition.registry, definition.polling_date
            if place not in same:
                same[place] = self._before[definition.registry].at(
                    definition.polling_date
                ) == self.registries[definition.registry].at(definition.polling_date)
            if not same[place]:
                moved.add(code)
        return moved
