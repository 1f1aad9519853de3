"""What the rules say of a return, with everything around it that they may look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from uuid import UUID

from reporting.application.lineage import lineage_record
from reporting.application.opened import OpenReturn
from reporting.application.service import Reporting
from reporting.definitions.scopes import asked
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Cell, Value, parse_value
from reporting.domain.place import Place
from reporting.domain.workflow_events import Divided
from reporting.errors import ReportingError, UnknownReference
from reporting.ledger import return_stream
from reporting.ledger.streams import lineage_stream
from reporting.lineage.graph import Lineage
from reporting.rules.apportionment import Division, Group
from reporting.rules.context import NO_ELECTION, Context, Figures, settled_slot
from reporting.rules.engine import check, examine
from reporting.rules.model import Finding, Unchecked
from reporting.series.previous import (
    EarlierElection,
    EarlierElections,
    held_beside,
    held_elsewhere,
    previous_contests,
    same_choices,
    summed,
)


class RulesRefused(ReportingError):
    """Findings that stand in the way. `findings`: errors not declared, warnings not explained."""

    code = "rules_refused"
    template_ja = "{count} 件の確認が残っています。値を直すか、不突合を申告するか、説明を書いてください。最初: {first_ja}"
    template_en = (
        "Open checks: {count}. Correct the figures, declare the difference, or explain. First: {first_en}"
    )

    def __init__(self, findings: Sequence[Finding], where: str = "") -> None:
        self.findings = tuple(findings)
        first = findings[0]
        super().__init__(
            count=len(findings),
            first_ja=f"{where}{first.rule}: {first.message_ja}",
            first_en=f"{where}{first.rule}: {first.message_en}",
        )


@dataclass(frozen=True, slots=True)
class OpenFindings:
    """What is left open of one return."""

    place: Place
    findings: tuple[Finding, ...]


class RulesRefusedTogether(RulesRefused):
    """What stands in the way of several returns that are submitted together, by return."""

    def __init__(self, returns: Sequence[OpenFindings]) -> None:
        self.returns = tuple(returns)
        first = str(returns[0].place.within)
        super().__init__([finding for return_ in returns for finding in return_.findings], f"{first} ")


Beside = Mapping[UUID, Mapping[str, str]]
"""Stream → every cell's text, of returns that are looked at as if these stood already; none: as if not reported."""
NOTHING: Beside = {}


class Findings:
    """Reads what is around a return from the log and asks the rules."""

    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting
        self._lineages: dict[str, tuple[int, Lineage | None]] = {}

    def of(
        self,
        opened: OpenReturn,
        texts: Mapping[str, str] | None = None,
        divisions: Mapping[str, Divided] | None = None,
        beside: Beside = NOTHING,
    ) -> tuple[Finding, ...]:
        """Every finding of one return with these cell texts and divisions (default: as it stands), declared ones
        included. `beside`: other returns as they would be."""
        opened = (
            opened
            if not divisions
            else replace(opened, case=replace(opened.case, divisions={**opened.case.divisions, **divisions}))
        )
        return self._check([opened], {opened.stream: texts} if texts is not None else {}, beside=beside)[
            opened.stream
        ]

    def open_findings(self, returns: Sequence[OpenReturn]) -> dict[UUID, list[Finding]]:
        """By stream, what nobody may approve: neither declared nor explained in returns as they stand. Without the
        neighbours: what arrives elsewhere afterwards is looked at before it is approved, and holds up nobody."""
        found = self.standing(returns, neighbours=False)
        return {
            return_.stream: still_open(found[return_.stream], return_.case.explanations)
            for return_ in returns
        }

    def standing(
        self, returns: Sequence[OpenReturn], *, neighbours: bool = True
    ) -> dict[UUID, tuple[Finding, ...]]:
        """By stream, every finding of returns as they stand at this moment, declared and explained ones included."""
        return self._check(returns, {}, neighbours=neighbours)

    def unchecked(self, opened: OpenReturn) -> tuple[Unchecked, ...]:
        """Rules that could say nothing of the return as it stands, for what they compare is nowhere."""
        rules = opened.known.definition.rules
        return examine(rules, self._contexts([opened], {}, False)[opened.stream]).unchecked if rules else ()

    def contexts(self, returns: Sequence[OpenReturn]) -> Mapping[UUID, Context]:
        """By stream, what the rules may look at around returns of one election, without their neighbours."""
        return self._contexts(returns, {}, False)

    def would_stand(
        self, returns: Sequence[OpenReturn], texts: Mapping[UUID, Mapping[str, str]]
    ) -> dict[UUID, tuple[Finding, ...]]:
        """By stream, every finding of these returns of one election with all of these cell texts; without the neighbours."""
        return self._check(returns, texts, neighbours=False, beside=texts)

    def refuse_open(
        self,
        opened: OpenReturn,
        texts: Mapping[str, str],
        explanations: Mapping[str, str],
        declared: Set[str],
        divisions: Mapping[str, Divided] | None = None,
        beside: Beside = NOTHING,
    ) -> None:
        """RulesRefused when anything is left open with these texts, explanations and declarations."""
        explained = {**opened.case.explanations, **explanations}
        # One that had vanished and is back is not said by anybody.
        waiting = {
            key
            for key, said in opened.case.discrepancies.items()
            if said.closed_at is None and not said.vanished
        }
        left = [
            finding
            for finding in still_open(self.of(opened, texts, divisions, beside), explained)
            if not (finding.waivable and finding.key in declared | waiting)
        ]
        if left:
            raise RulesRefused(left)

    def _check(
        self,
        returns: Sequence[OpenReturn],
        texts: Mapping[UUID, Mapping[str, str]],
        *,
        neighbours: bool = True,
        beside: Beside = NOTHING,
    ) -> dict[UUID, tuple[Finding, ...]]:
        if not returns:
            return {}
        rules = returns[0].known.definition.rules
        if not rules:
            return {return_.stream: () for return_ in returns}
        contexts = self._contexts(returns, texts, neighbours, beside)
        return {stream: tuple(check(rules, context)) for stream, context in contexts.items()}

    def _contexts(
        self,
        returns: Sequence[OpenReturn],
        texts: Mapping[UUID, Mapping[str, str]],
        neighbours: bool,
        beside: Beside = NOTHING,
    ) -> dict[UUID, Context]:
        """By stream, what the rules may look at. `returns`: one at least, of one election."""
        definition = returns[0].known.definition
        around = self._around(returns, beside)
        comparison = self._compared(returns)
        previous = self._previous(definition, comparison)
        before_slot = self._previous(definition, comparison, (returns[0].place.page,))
        forms, roster = {form.code: form for form in definition.forms}, returns[0].known.roster
        beside_units = self._neighbours(returns, beside) if neighbours else {}
        inside = self._inside(returns, beside) if neighbours else {}
        contexts: dict[UUID, Context] = {}
        for return_ in returns:
            _, form, slot, unit = return_.place
            held = texts.get(return_.stream) or return_.case.texts
            around_it = around.get(unit, {})
            slots = [s.code for f in definition.forms if f.code == form for s in f.slots]
            earlier = slots[: slots.index(slot)]
            contexts[return_.stream] = Context(
                definition,
                form,
                slot,
                unit,
                return_.known.contests_of_unit[unit],
                {key: parse_value(text) for key, text in held.items()},
                earlier={code: around_it[form, code] for code in earlier if (form, code) in around_it},
                other_forms={place: figures for place, figures in around_it.items() if place[0] != form},
                previous=previous.get(unit, {}),
                divisions={contest: division_of(given) for contest, given in return_.case.divisions.items()},
                previous_slot=before_slot.get(unit, {}),
                previous_named=comparison.words(unit) if comparison else NO_ELECTION,
                neighbours=beside_units.get(unit, {}),
                inside=inside.get(unit, {}),
                names={
                    code: roster.units[code].name
                    for code in (*beside_units.get(unit, ()), *inside.get(unit, ()))
                },
                asked_items=frozenset(item.code for item in asked(definition, forms[form], roster, unit)),
                # Closed after a look it stays settled with the figures it was about, and no others.
                declared=frozenset(
                    key
                    for key, said in return_.case.discrepancies.items()
                    if not said.vanished
                    and (said.closed_at is None or (said.confirmed_by and said.is_about(held)))
                ),
            )
        return contexts

    def _around(
        self, returns: Sequence[OpenReturn], beside: Beside
    ) -> dict[str, dict[tuple[str, str], Figures]]:
        """Unit → (form, slot) → figures of its other returns, in one read."""
        definition = returns[0].known.definition
        places = {
            return_stream(definition.code, form.code, slot.code, return_.place.unit): (
                return_.place.unit,
                form.code,
                slot.code,
            )
            for return_ in returns
            for form in definition.forms
            for slot in form.slots
            if (form.code, slot.code) != return_.place.page
        }
        return self._read(places, beside)

    def _neighbours(self, returns: Sequence[OpenReturn], beside: Beside) -> dict[str, dict[str, Figures]]:
        """Unit → the same slot's figures of the other units under the same area, by unit in their order."""
        known, (election, form, slot, _) = returns[0].known, returns[0].place
        workflow = known.definition.workflow
        assert workflow is not None
        wanted = {return_.place.unit for return_ in returns}
        groups: dict[str, list[str]] = {}
        roster = known.roster
        for unit in sorted(roster.places):
            for area in roster.above(unit, workflow.geography)[:1]:
                groups.setdefault(area, []).append(unit)
        siblings = {area: units for area, units in groups.items() if wanted & set(units)}
        read = self._read(
            {
                return_stream(election, form, slot, unit): (unit, form, slot)
                for units in siblings.values()
                for unit in units
            },
            beside,
        )
        return {
            unit: {other: read[other][form, slot] for other in units if other != unit and other in read}
            for units in siblings.values()
            for unit in units
            if unit in wanted
        }

    def _inside(self, returns: Sequence[OpenReturn], beside: Beside) -> dict[str, dict[str, Figures]]:
        """Unit that lies above others → what these reported in every form's settled slot, by unit; only where a contest names
        units of its own, so that one unit may lie in another."""
        definition, roster = returns[0].known.definition, returns[0].known.roster
        if all(contest.units is None for contest in definition.contests):
            return {}
        wholes = {return_.place.unit for return_ in returns}
        parts: dict[str, list[str]] = {}
        for unit in sorted(roster.units):
            for area in roster.places[unit].get(definition.units.geography, ())[1:]:
                if area in wholes:
                    parts.setdefault(area, []).append(unit)
        places = {
            return_stream(definition.code, form.code, slot, unit): (unit, form.code, slot)
            for units in parts.values()
            for unit in units
            for form in definition.forms
            for slot in (settled_slot(definition, form),)
        }
        read = self._read(places, beside)
        return {
            whole: {
                unit: {
                    key: value for figures in read.get(unit, {}).values() for key, value in figures.items()
                }
                for unit in units
            }
            for whole, units in parts.items()
        }

    def _compared(self, returns: Sequence[OpenReturn]) -> EarlierElections | None:
        """With what these returns of one election are compared; None where it names no election that is there."""
        definition = returns[0].known.definition
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

    def _previous(
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
        read = self._read(
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

    def _read(
        self, places: Mapping[UUID, tuple[str, str, str]], beside: Beside = NOTHING
    ) -> dict[str, dict[tuple[str, str], Figures]]:
        found: dict[str, dict[tuple[str, str], Figures]] = {}
        for stream, case in self._reporting.return_cases(list(places)).items():
            unit, form, slot = places[stream]
            found.setdefault(unit, {})[form, slot] = {key: held.value for key, held in case.cells.items()}
        for stream, texts in beside.items():
            if stream in places:
                unit, form, slot = places[stream]
                found.setdefault(unit, {})[form, slot] = {
                    key: parse_value(text) for key, text in texts.items()
                }
                if not texts:  # as if it had not been reported
                    del found[unit][form, slot]
        return found


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


def division_of(given: Divided) -> Division:
    groups = tuple(Group(one.choices, one.ballots) for one in given.common)
    return Division(given.own, groups, given.exact, given.reason)


def still_open(findings: Iterable[Finding], explanations: Mapping[str, str]) -> list[Finding]:
    """Errors nobody declared, warnings nobody explained."""
    return [
        finding
        for finding in findings
        if not finding.declared and not (finding.severity == "warning" and finding.key in explanations)
    ]
