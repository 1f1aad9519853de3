"""Ask for a series: one statement over the figures of all elections, rows or ready JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from urllib.parse import quote_plus, urlencode

from projections.read import Snapshot, asof
from projections.series.known import SQL, KnownLineage, columns, lineage_at, link_columns, moved_columns
from projections.series.past import Past
from projections.series.plan import (
    KnownElection,
    SeriesQuery,
    cell_numbers,
    concerned,
    plan,
    plan_columns,
)
from reporting.domain.election import ElectionDefinition, Form, Slot
from reporting.errors import UnknownReference
from reporting.series.declared import declared_breaks
from reporting.series.model import SCHEME, SeriesKey

Layer = Callable[[ElectionDefinition], str]
OpenSlot = Callable[[ElectionDefinition, Form, Slot], bool]


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One observation with the election before it. Numbers are exact texts."""

    election: str
    date: date
    area: str
    name: str
    name_en: str | None
    level: str | None
    election_kind: str
    contest: str
    item: str
    breakdown: str
    choice: str
    value: str | None
    absence: str | None
    obs_status: list[str]
    conf_status: str
    reported: int
    expected: int
    coverage: str
    definition: int
    previous_election: str | None
    previous_value: str | None
    difference: str | None
    pre_break_value: str | None
    numerator: str | None
    denominator: str | None
    method: str
    source: str
    position: int
    boundaries: str
    citation: str
    series: str


COLUMNS = tuple(field.name for field in fields(SeriesRow))


class SeriesReader:
    """One query over one snapshot. `layer`, `open_slot`: what of each election may be read; `cache`: see `asof`.

    UnknownReference for items, contests and areas nobody has; a day of boundaries needs a lineage."""

    def __init__(
        self,
        snapshot: Snapshot,
        query: SeriesQuery,
        layer: Layer,
        open_slot: OpenSlot = lambda definition, form, slot: True,
        cache: asof.AsOfCache | None = None,
    ) -> None:
        self._snapshot, self.query = snapshot, query
        self.position = snapshot.position if query.position is None else query.position
        self._then: dict[str, asof.KnownThen] = {}
        self._past = query.position is not None and query.position < snapshot.position
        elections = self._elections(layer, open_slot, cache or asof.AsOfCache())
        self._reading = Past(snapshot, self._then, self.position)
        self.wanted = plan(elections, query, self._holds)
        self.lineages = self._lineages()

    def rows(self) -> list[SeriesRow]:
        return [SeriesRow(*row) for row in self._fetch("answer_rows", ", ".join(COLUMNS))]

    def json(self, names: Mapping[str, str]) -> bytes:
        """One array made by PostgreSQL; `names`: response name → column of SeriesRow, both checked by the caller."""
        assert set(names.values()) <= set(COLUMNS)
        columns = ", ".join(f'{column} AS "{name}"' for name, column in names.items())
        return str(self._fetch("answer_json", columns)[0][0]).encode()

    def _elections(self, layer: Layer, open_slot: OpenSlot, cache: asof.AsOfCache) -> list[KnownElection]:
        found, geographies = [], set()
        for row in self._snapshot.elections():
            definition = row.definition
            if self._past:
                try:
                    then = asof.election_at(self._snapshot, definition.code, self.position, None, cache)
                except UnknownReference:
                    continue
                self._then[definition.code], definition = then, then.definition
            geographies.update(definition.geographies)
            if concerned(definition, self.query):
                found.append(
                    KnownElection(
                        row.number,
                        definition,
                        layer(definition),
                        lambda form, slot, definition=definition: open_slot(definition, form, slot),  # type: ignore[misc]
                    )
                )
        if self.query.geography not in geographies:
            raise UnknownReference(kind="geography", found=self.query.geography)
        return found

    def _holds(self, asked: list[tuple[KnownElection, str, str, str]]) -> set[int]:
        if not self._past:
            numbers = [(one.number, form, slot, key) for one, form, slot, key in asked]
            return set(cell_numbers(self._snapshot, numbers))
        divisors = [
            key.replace(f"|{item.numerator}|", f"|{item.denominator}|")
            for one, _form, _slot, key in asked
            for item in one.definition.items
            if item.denominator
        ]
        return self._reading.holds(asked, sorted({*(key for *_, key in asked), *divisors}))

    def _lineages(self) -> tuple[KnownLineage, ...]:
        registries = sorted({one.election.definition.registry for one in self.wanted})
        found = tuple(
            known
            for registry in registries
            if (known := lineage_at(self._snapshot, registry, self.position)) is not None
        )
        if self.query.boundaries is not None:
            if not found:
                raise UnknownReference(kind="lineage", found=", ".join(registries) or "—")
            first = min(one.graph.day for one in found)
            if self.query.boundaries < first:
                raise UnknownReference(kind="boundaries", found=f"{self.query.boundaries} < {first}")
        return found

    def _fetch(self, answer: str, chosen: str) -> list[Any]:
        query, rebased = self.query, self.query.boundaries is not None
        if not self.wanted:
            return [("[]",)] if answer == "answer_json" else []
        statement = SQL["series"]
        for name, block in (
            ("base", SQL["base_given"] if self._past else SQL["base_live"]),
            ("shape", SQL["rebased"] if rebased else SQL["as_reported"]),
            ("broken", SQL["broken_rebased"] if rebased else SQL["broken_as_reported"]),
            ("nodes", SQL["nodes_to_rebase"] if rebased else SQL["nodes_as_reported"]),
            ("answer", SQL[answer]),
            ("columns", chosen),
        ):
            statement = statement.replace("{" + name + "}", block)
        values = self._values(query)
        self._snapshot.fetch(SQL["plan_by_hash"], {"nested": "off"})
        found = self._snapshot.fetch(statement, values)
        self._snapshot.fetch(SQL["plan_by_hash"], {"nested": "on"})
        return found

    def _values(self, query: SeriesQuery) -> dict[str, Any]:
        tops = [(w.election.number, w.form.code, w.slot.code + w.layer, w.cell.key) for w in self.wanted]
        belows = [
            (w.election.number, w.form.code, w.slot.code + w.layer, (w.divisor or w.cell).key)
            for w in self.wanted
        ]
        live = not self._past
        values = plan_columns(
            self.wanted,
            cell_numbers(self._snapshot, tops) if live else {},
            cell_numbers(self._snapshot, belows) if live else {},
        )
        values["divisors"] = [
            cell if one.divisor else None for one, cell in zip(self.wanted, values["divisors"], strict=True)
        ]
        days = [one.election.definition.polling_date for one in self.wanted]
        values |= self._citations() | self._declared()
        values |= {
            "geography": query.geography,
            "areas": None if query.areas is None else list(query.areas),
            "levels": None if query.levels is None else list(query.levels),
            "since": query.since,
            "breakdown": query.breakdown,
            "position": self.position,
            "boundaries": query.boundaries.isoformat() if query.boundaries else "as_reported",
            "after": None if query.after is None else list(query.after),
            "limit": query.limit,
            **columns("m", ("registry", "area", "day"), []),
        }
        if query.boundaries is not None:
            values |= link_columns(self.lineages, query.boundaries, query.areas, query.levels)
        elif self.lineages:
            values |= moved_columns(self.lineages, min(days), max(days))
        return values if live else values | self._reading.base(self.wanted, query)

    def _citations(self) -> dict[str, Any]:
        """`head` before the area's code, `tails` after it: as `Citation` writes them."""
        query = self.query
        boundaries = query.boundaries.isoformat() if query.boundaries else "as_reported"
        tails = []
        for one in self.wanted:
            told = {
                "election": one.election.definition.code,
                "contest": one.contest.code,
                "item": one.item.code,
                "breakdown": breakdown_text(query.breakdown, one.cell.choice),
                "definition": one.item.version,
                "boundaries": boundaries,
                "position": self.position,
                **({"slot": one.place} if one.place else {}),
            }
            tails.append("&" + urlencode(told))
        return {"head": f"{SCHEME}geography={quote_plus(query.geography)}&area=", "tails": tails}

    def _declared(self) -> dict[str, Any]:
        """Breaks known beforehand that nothing bridges, by series."""
        rows = []
        for one in {one.series: one for one in self.wanted}.values():
            for known in declared_breaks() if national(one.election.definition.registry) else ():
                anywhere = known.model_copy(update={"area": ""})
                key = SeriesKey(self.query.geography, "", one.contest.code, one.item.code, "")
                if anywhere.concerns(key) and not known.bridge:
                    rows.append((one.series, _similar(known.area or "*"), known.date))
        return columns("d", ("series", "area", "day"), rows)


def _similar(pattern: str) -> str:
    """A shell pattern as one of SQL's SIMILAR TO."""
    return pattern.replace("+", r"\+").replace("_", r"\_").replace("*", "%").replace("?", "_")


def national(registry: str) -> bool:
    """Whether the shipped list of breaks is about its elections: it is Japan's."""
    return registry.partition("-")[0] == "japan"


def breakdown_text(breakdown: str, choice: str) -> str:
    """Choice and breakdown in one text, as observations and citations have them."""
    return ",".join(part for part in (f"choice={choice}" if choice else "", breakdown) if part)
