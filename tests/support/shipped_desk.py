"""Elections of the shipped templates, defined on the shipped registry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import uuid4

from kinds import facts, night
from tiny import SYSTEM

from reporting.application.service import Reporting
from reporting.definitions.catalogue import shipped_catalogue
from reporting.definitions.compose import compose
from reporting.definitions.load import shipped_registry
from reporting.domain.figures import Cell, Value

NAMESAKES = "山田太郎"
"""Everybody who stands."""


def define_shipped(service: Reporting, templates: Collection[str], suffixes: Collection[str] = ("",)) -> None:
    """Of each template an election for each suffix of its code, alike but for that."""
    registry = shipped_registry()
    service.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    for template in templates:
        given = facts(template)
        named = tuple(
            contest.model_copy(
                update={"choices": tuple(c.model_copy(update={"name": NAMESAKES}) for c in contest.choices)}
            )
            for contest in given.contests
        )
        for suffix in suffixes:
            update = {"code": f"{template}{suffix}", "contests": named}
            service.define_election(
                compose(shipped_catalogue(), template, given.model_copy(update=update)), SYSTEM, uuid4()
            )


def busiest(service: Reporting, election: str) -> str:
    """The unit that votes on most of its contests."""
    contests = service.catalog.election(election).contests_of_unit
    return max(sorted(contests), key=lambda unit: len(contests[unit]))


def sound(service: Reporting, election: str, form: str, slot: str, unit: str) -> Mapping[str, Value]:
    """A sound return of the unit."""
    known = service.catalog.election(election)
    every = night(known.definition)[form, slot]
    return {
        key: value
        for key, value in every.items()
        if Cell.from_key(key).contest in known.contests_of_unit[unit]
    }
