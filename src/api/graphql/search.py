"""One search over what is public of elections, candidates and areas, by any way a name is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import strawberry

from api.graphql.access import PUBLIC, readable
from api.graphql.arguments import First
from api.graphql.context import Info
from api.graphql.messages import message
from api.graphql.types import Label, described, page
from projections.read.rows import ElectionRow
from projections.series.known import KnownLineage, lineage_at
from reporting.application.catalog import KnownElection
from reporting.domain.election import Contest, ElectionDefinition, Form, Slot
from reporting.domain.labels import Label as LabelRecord
from reporting.domain.registry import AreaRegistry
from reporting.errors import InvalidInput
from reporting.kept import Kept
from reporting.same_writing import folded, words_of

MOST_HITS, MOST_CHARACTERS, MOST_RESULTS = 100, 100, 3


class HitKind(StrEnum):
    ELECTION = "election"
    CANDIDATE = "candidate"
    AREA = "area"


strawberry.enum(HitKind, description="What was found.")
KINDS_OF_HITS = {
    HitKind.ELECTION: "an election",
    HitKind.CANDIDATE: "a candidate or a party list",
    HitKind.AREA: "an area of a registry, or one that its lineage knew",
}
for _value in HitKind.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = KINDS_OF_HITS[HitKind(_value.value)]


@strawberry.type(description="Where results stand: the parts of a total's address.")
class ResultPlace:
    election: str = described("election")
    election_label: Label = described("its label")
    contest: str = described("contest")
    form: str = described("the last form with a public slot that asks the contest")
    slot: str = described("its last public slot")
    geography: str = described("geography")
    area: str = described("area")


def _if_any(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.type(description="Something whose name or code was looked for.")
class SearchHit:
    kind: HitKind = described("what it is")
    name: str = described("name of the area or candidate, label of the election")
    code: str = described("code")
    results: list[ResultPlace] = described(
        "of an area or a candidate: where results stand, latest election first, practised ones last"
    )
    name_en: str | None = _if_any("in English, where there is one")
    kana: str | None = _if_any("reading, where there is one")
    official_code: str | None = _if_any("the authorities' code of an area, where it is not the key")
    party: str | None = _if_any("of a candidate: the party as shown")
    contest_label: Label | None = _if_any("of a candidate: what they stand in")
    election: str | None = _if_any("of an election or a candidate: its code")
    election_label: Label | None = _if_any("of an election or a candidate: its label")
    is_test: bool = strawberry.field(
        default=False, description="of an election or a candidate: simulated or training"
    )
    registry: str | None = _if_any("of an area: its registry")
    geography: str | None = _if_any("of an area: its geography")
    geography_label: Label | None = _if_any("of an area: what the geography is called")
    level: str | None = _if_any("of an area: its level")
    since: date | None = _if_any("of an area: first day under this name")
    until: date | None = _if_any("of an area: first day it is no more; null while it is")
    has_lineage: bool = strawberry.field(
        default=False, description="of an area: whether `areaLineage` knows it"
    )


@strawberry.type(description="What was found, nearest first.")
class SearchAnswer:
    hits: list[SearchHit] = described("the nearest")
    more: int = described("so many others were found")
    as_of_position: int = described("ledger position of the answer")


@dataclass(frozen=True, slots=True)
class _NamedArea:
    """Under one name, for a time. `lineage`: the registry's lineage knows it."""

    registry: str
    geography: str
    geography_label: LabelRecord
    code: str
    name: str
    level: str | None
    since: date
    until: date | None
    name_en: str | None = None
    kana: str | None = None
    official_code: str | None = None
    lineage: bool = False

    @property
    def names(self) -> tuple[str | None, ...]:
        return (self.name, self.name_en, self.kana, self.code, self.official_code)


_named: Kept[tuple[_NamedArea, ...]] = Kept(64)
"""By registry, its version and the lineages it has."""


def _as_read(kana: str | None) -> str:
    """Sorts names in the order of the kana (五十音順), those without a reading behind them."""
    return "\uffff" if kana is None else folded(kana)


def _rank(words: tuple[str, ...], names: Iterable[str | None]) -> int | None:
    """0: it is called so; 1: it begins so; 2: every word stands in it; None: it does not."""
    forms = [folded(name) for name in names if name]
    whole = "".join(words)
    if whole in forms:
        return 0
    if any(form.startswith(whole) for form in forms):
        return 1
    everything = "\n".join(forms)
    return 2 if all(word in everything for word in words) else None


@strawberry.type(description="Finds.")
class SearchQueries:
    @readable(
        PUBLIC,
        "elections, candidates and areas by name, reading or code: widths, hiragana and katakana, old and variant characters "
        "are alike; several words must all be there",
    )
    def search(
        self,
        info: Info,
        text: Annotated[str, strawberry.argument(description="what is looked for, at most 100 characters")],
        first: First = 50,
    ) -> SearchAnswer:
        words, wanted = words_of(text[:MOST_CHARACTERS]), page(first, MOST_HITS)
        if not words or len(text) > MOST_CHARACTERS:
            raise InvalidInput(
                field="text",
                found=text[:20],
                expected=message("search_text", most=MOST_CHARACTERS),
            )
        # Of two that are as near, a rehearsal stands behind every real one: it is dated as it likes, and there are many.
        elections = sorted(
            info.context.snapshot.elections(),
            key=lambda row: (not row.definition.is_test, row.definition.polling_date),
            reverse=True,
        )
        ranked: list[tuple[tuple[int, int, str, int], SearchHit | _NamedArea]] = []
        for number, (kind, names, hit) in enumerate(_candidates(elections)):
            if (rank := _rank(words, names)) is not None:
                ranked.append(((rank, kind, _as_read(hit.kana), number), hit))
        for number, area in enumerate(_areas(info, elections)):
            if (rank := _rank(words, area.names)) is not None:
                ranked.append(((rank, 1, _as_read(area.kana), number), area))
        ranked.sort(key=lambda pair: pair[0])
        hits = [
            _area_hit(info, elections, named) if isinstance(named, _NamedArea) else named
            for _, named in ranked[:wanted]
        ]
        return SearchAnswer(
            hits=hits, more=max(0, len(ranked) - wanted), as_of_position=info.context.snapshot.position
        )


def _candidates(
    elections: Iterable[ElectionRow],
) -> Iterator[tuple[int, tuple[str | None, ...], SearchHit]]:
    """(order beside hits as near, names, hit) of each election and of who stands in it."""
    for row in elections:
        definition = row.definition
        label = definition.label
        yield 0, (label.ja, label.en, definition.code), SearchHit(
            kind=HitKind.ELECTION, name=label.ja, name_en=label.en, code=definition.code, results=[],
            election=definition.code, election_label=Label.of(label), is_test=definition.is_test,
        )  # fmt: skip
        for contest in definition.contests:
            for choice in contest.choices:
                where = _place(definition, contest, contest.area.geography, contest.area.area)
                yield 2, (choice.name, choice.kana, choice.party), SearchHit(
                    kind=HitKind.CANDIDATE, name=choice.name, kana=choice.kana, code=choice.code, party=choice.party,
                    contest_label=Label.of(contest.label), results=[where] if where else [], election=definition.code,
                    election_label=Label.of(label), is_test=definition.is_test,
                )  # fmt: skip


def _areas(info: Info, elections: Iterable[ElectionRow]) -> Iterator[_NamedArea]:
    """Of every registry that an election uses."""
    snapshot = info.context.snapshot
    for registry in dict.fromkeys(row.definition.registry for row in elections):
        version, areas = info.context.service.catalog.registry(registry)
        lineages = {
            code: lineage_at(snapshot, registry, code, snapshot.position) for code in areas.geographies
        }
        made_of = tuple((code, lineage.made_of) for code, lineage in lineages.items() if lineage is not None)
        key = (registry, version, made_of)
        named = _named.get(key)
        if named is None:
            named = tuple(_named_in(registry, areas, lineages))
            _named.put(key, named)
        yield from named


def _named_in(
    registry: str, areas: AreaRegistry, lineages: Mapping[str, KnownLineage | None]
) -> Iterator[_NamedArea]:
    """Each area under each of its names, the last first, and names that its lineage had before."""
    shown: set[tuple[str, str, str]] = set()
    for record in sorted(areas.records(), key=lambda record: record.valid_from, reverse=True):
        if (record.geography, record.code, record.name) in shown:
            continue
        shown.add((record.geography, record.code, record.name))
        lineage = lineages.get(record.geography)
        yield _NamedArea(
            registry, record.geography, areas.geographies[record.geography].label, record.code, record.name, record.level,
            record.valid_from, record.valid_to, record.name_en, record.kana, record.official_code,
            lineage is not None and record.code in lineage.graph,
        )  # fmt: skip
    for geography in _first_of(lineages):
        lineage = lineages[geography]
        assert lineage is not None
        for code in sorted(lineage.graph.codes):
            for life in reversed(lineage.graph.lives(code)):
                if (geography, code, life.area.name) not in shown:
                    shown.add((geography, code, life.area.name))
                    yield _NamedArea(
                        registry, geography, areas.geographies[geography].label, code, life.area.name, life.area.level, life.begins,
                        life.ends, lineage=True,
                    )  # fmt: skip


def _first_of(lineages: Mapping[str, KnownLineage | None]) -> list[str]:
    """Geographies of which each lineage is told once: a registry's stands for all that have none of their own."""
    told: dict[int, str] = {}
    for geography, lineage in lineages.items():
        if lineage is not None:
            told.setdefault(id(lineage), geography)
    return list(told.values())


def _area_hit(info: Info, elections: Iterable[ElectionRow], area: _NamedArea) -> SearchHit:
    places: list[ResultPlace] = []
    for row in elections:
        if len(places) == MOST_RESULTS:
            break
        if row.definition.registry == area.registry:
            known_election = info.context.defined(row.definition.code)
            if where := _place_of_area(known_election, area):
                places.append(where)
    return SearchHit(
        kind=HitKind.AREA, name=area.name, name_en=area.name_en, kana=area.kana, code=area.code, official_code=area.official_code,
        registry=area.registry, geography=area.geography, geography_label=Label.of(area.geography_label), level=area.level, since=area.since, until=area.until,
        has_lineage=area.lineage, results=places,
    )  # fmt: skip


def _place_of_area(election: KnownElection, area: _NamedArea) -> ResultPlace | None:
    """Of the first contest on which a unit of the area votes."""
    roster, definition = election.roster, election.definition
    if (area.geography, area.code) not in roster.nodes:
        return None
    for contest in definition.contests:
        for unit in roster.contest_units.get(contest.code, ()):
            if area.code in roster.places[unit].get(area.geography, ()):
                return _place(definition, contest, area.geography, area.code)
    return None


def _place(definition: ElectionDefinition, contest: Contest, geography: str, area: str) -> ResultPlace | None:
    asked: tuple[Form, Slot] | None = None
    for form in definition.forms:
        if not form.contest_kinds or contest.kind in form.contest_kinds:
            for slot in form.slots:
                asked = (form, slot) if slot.public else asked
    if asked is None:
        return None
    return ResultPlace(
        election=definition.code, election_label=Label.of(definition.label), contest=contest.code, form=asked[0].code,
        slot=asked[1].code, geography=geography, area=area,
    )  # fmt: skip
