"""The elections that one is compared with: which they are for each unit, and what was reported then over the areas it came
from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reporting.application.around import ReturnsAround
from reporting.application.lineage import lineage_record
from reporting.application.opened import OpenReturn
from reporting.application.service import Reporting
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Cell, Value
from reporting.errors import UnknownReference
from reporting.ledger import return_stream
from reporting.ledger.streams import lineage_stream
from reporting.lineage.graph import Lineage
from reporting.rules.context import Figures
from reporting.series.previous import (
    EarlierElection,
    EarlierElections,
    held_beside,
    held_elsewhere,
    previous_contests,
    same_choices,
    summed,
)


class Compared:
    """Thread-safe: the lineages it keeps are replaced whole."""

    def __init__(self, reporting: Reporting, around: ReturnsAround) -> None:
        self._reporting, self._around = reporting, around
        self._lineages: dict[str, tuple[int, Lineage | None]] = {}

    def with_elections(self, returns: Sequence[OpenReturn]) -> EarlierElections | None:
        """With what these returns of one election are compared; None where it names no election that is there."""
        definition = returns[0].defined.definition
        if definition.previous is None:
            return None
        try:
            before = self._reporting.catalog.election(definition.previous).definition
        except UnknownReference:
            return None
        lineage = self._lineage(definition.registry)
        units = [return_.place.unit for return_ in returns]
        named = EarlierElection(before, previous_contests(definition, before, lineage))
        beside: list[EarlierElection] = []
        if held_elsewhere(
            definition, before, lineage
        ):  # few: towns that became one, and had voted on different days
            catalog = self._reporting.catalog
            earlier = [catalog.election(code).definition for code in sorted(catalog.codes())]
            beside = [self._voted(held) for held in held_beside(definition, before, earlier, lineage)]
            named = self._voted(named)
        return EarlierElections.of(definition, named, units, lineage, beside)

    def _voted(self, held: EarlierElection) -> EarlierElection:
        """With its units."""
        contests_of_unit = self._reporting.catalog.election(held.election.code).contests_of_unit
        voted = {unit for unit, codes in contests_of_unit.items() if codes & held.contests.keys()}
        return replace(held, units=frozenset(voted))

    def figures(
        self,
        now: ElectionDefinition,
        comparison: EarlierElections | None,
        asked_slots: tuple[tuple[str, str], ...] | None = None,
    ) -> dict[str, Figures]:
        """Unit → figures of the same contests in the elections before, over the areas it came from; of these (form, slot),
        or of every form's last one. Empty where there is none."""
        if comparison is None:
            return {}
        elections = comparison.elections
        slots = {
            held.election.code: asked_slots
            or tuple((form.code, form.slots[-1].code) for form in held.election.forms)
            for held in elections
        }
        read = self._around.read(
            {
                return_stream(code, form, slot, part): (part, code, form)
                for code, pages in slots.items()
                for areas in comparison.parts.values()
                for part in areas
                for form, slot in pages
            }
        )
        forms = list(dict.fromkeys(form for pages in slots.values() for form, _ in pages))
        same = {
            (held.election.code, then): same_choices(held.election.contest(then), now.contest(code))
            for held in elections
            for then, code in held.contests.items()
        }
        before: dict[str, dict[str, Value]] = {}
        for unit, areas in comparison.parts.items():
            held = comparison.held[unit]
            contests = {f"{of.election.code}/{then}": now for of in held for then, now in of.contests.items()}
            for form in forms:
                parts = [_by_election(read.get(part, {}), held, form, same) for part in areas]
                if parts and all(parts):
                    for key, value in summed(parts, contests, list(areas.values())).items():
                        before.setdefault(unit, {}).setdefault(key, value)
        return dict(before)

    def _lineage(self, registry: str) -> Lineage | None:
        """What became of the registry's areas; None where nothing is registered. Read again only when it changed."""
        version = self._reporting.ledger.stream_version(lineage_stream(registry, None))
        kept = self._lineages.get(registry)
        if kept is None or kept[0] != version:
            graph = lineage_record(self._reporting, registry)[1].graph() if version else None
            kept = self._lineages[registry] = (version, graph)
        return kept[1]


def _by_election(
    figures: Mapping[tuple[str, str], Figures],
    held: Sequence[EarlierElection],
    form: str,
    same: Mapping[tuple[str, str], Mapping[str, str]],
) -> dict[str, Value]:
    """Of what one area reported, by (election, form): that of a form, its contests named `election/contest`, its choices as
    they are now; of a party or person that is no choice now nothing. `same`: by election and contest of then, choice of then →
    of now."""
    told: dict[str, Value] = {}
    for of in held:
        for key, value in figures.get((of.election.code, form), {}).items():
            cell = Cell.from_key(key)
            choices = same.get((of.election.code, cell.contest))
            if cell.choice and choices is not None:
                if cell.choice not in choices:
                    continue
                cell = replace(cell, choice=choices[cell.choice])
            told[f"{of.election.code}/{cell.key}"] = value
    return told
