"""Every rule on the printed sheet that is no matter of design fires through GraphQL, on a form as shipped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fires import FIRES, LOWER, UPPER, Changes
from kinds import facts, night
from shipped_places import PLACES, context, shares
from starlette.testclient import TestClient
from tiny import SYSTEM

from api.app import create_app
from api.auth import issue_token, load_key
from api.settings import Settings
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.definitions.catalogue import shipped_catalogue
from reporting.definitions.compose import compose
from reporting.definitions.load import shipped_registry
from reporting.domain.actor import Actor, Role
from reporting.domain.figures import Cell, Value, format_value
from reporting.ledger import Ledger
from reporting.rules.catalogue import load_rules

SUBMIT = """mutation($i: SubmitInput!) { submitReturn(input: $i) { __typename
  ... on ReturnDone { status } ... on Refusal { code messageEn }
  ... on RulesRefused { findings { rule key cells } } ... on FiguresRefused { problems { kind item found } } } }"""
Say = Callable[..., dict[str, Any]]

OTHER: list[str] = []
"""A unit of which nothing was filed before."""
FIRST = [(LOWER, form, slot) for form, slot in (
    ("registration", "election"), ("facilities", "planned"), ("turnout_flash", "t1100"), ("count_flash", "c2130"),
    ("final_voting", "final"),
)]  # fmt: skip


@pytest.fixture(scope="module")
def say(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Say]:
    """`say(template, form, slot, changes, unit=…)`: the answer to one submission; the unit's sound forms stand."""
    folder: Path = tmp_path_factory.mktemp("fires")
    settings = Settings(
        database_url=module_database.url, data_dir=folder, token_key=folder / "token.key", publication=False
    )
    ledger = Ledger(module_database)
    service = Reporting(ledger)
    registry = shipped_registry()
    service.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    made = {}
    for template in (LOWER, UPPER):
        given = facts(template).model_copy(update={"polling_date": date(2024, 10, 27)})
        made[template] = compose(shipped_catalogue(), template, given)
        service.define_election(made[template], SYSTEM, uuid4())
    sound = {template: night(definition) for template, definition in made.items()}
    known = service.catalog.election(made[LOWER].code)
    units = sorted(known.roster.contest_units["28-1"])
    OTHER[:] = [unit for unit in known.roster.units if unit not in units][:1]
    with TestClient(create_app(settings)) as client:

        def submit(
            template: str, form: str, slot: str, changes: Changes | None = None, unit: str = units[0],
            typed: Mapping[str, str] | None = None, of: str = "", ask: str = "", **more: Any,
        ) -> dict[str, Any]:  # fmt: skip
            """`typed`: cells besides; `of`: sent for this code; `ask`: the desk's fields instead; `more`: of the input."""
            contests = service.catalog.election(made[template].code).contests_of_unit[unit]
            held: dict[str, Value | None] = {
                key: value
                for key, value in sound[template][form, slot].items()
                if Cell.from_key(key).contest in contests
            }
            for key, change in (changes or {}).items():
                now = held[key]
                held[key] = None if change is None else change if change == 0 else _plus(now, change)
            figures = [
                {
                    "contest": cell.contest, "item": cell.item, "breakdown": cell.breakdown, "choice": cell.choice,
                    "value": format_value(value),
                }
                for cell, value in ((Cell.from_key(key), value) for key, value in held.items())
                if value is not None
            ]  # fmt: skip
            for key, text in (typed or {}).items():
                cell = Cell.from_key(key)
                figures.append({"contest": cell.contest, "item": cell.item, "value": text})
            actor = Actor(f"{unit}の係", f"{unit}選管", Role.WARD, unit)
            token = issue_token(load_key(settings.token_key), actor, now=int(time.time()))
            given = {
                "commandId": str(uuid4()), "election": made[template].code, "form": form, "slot": slot,
                "unit": of or unit, "figures": figures, "reason": "記録による", "takeDraft": False, **more,
            }  # fmt: skip
            query = SUBMIT
            if ask:
                place = ", ".join(f'{name}: "{given[name]}"' for name in ("election", "form", "slot", "unit"))
                query = f"{{ desk({place}) {{ {ask} }} }}"
            answer = client.post(
                "/graphql", json={"query": query, "variables": {} if ask else {"i": given}},
                headers={"Authorization": f"Bearer {token}"},
            ).json()  # fmt: skip
            assert "errors" not in answer, answer
            return dict(answer["data"]["desk" if ask else "submitReturn"])

        for place in FIRST:
            answer = submit(*place)
            assert answer["__typename"] == "ReturnDone", (place, answer)
        for number, unit in enumerate([one for one in known.roster.units if one[:3] == units[0][:3]]):
            if unit != units[0] and unit in units:
                moved = {"28-1|votes||1": 2_200 - number, "28-1|votes||2": -2_200 + number}
                answer = submit(LOWER, "final_count", "final", moved, unit)
        yield submit
    ledger.close()


def _plus(now: Value | None, change: Any) -> Decimal:
    assert isinstance(now, Decimal)
    return now + Decimal(change)


def test_every_rule_is_here_or_holds_by_design() -> None:
    assert set(FIRES) == {rule.code for rule in load_rules() if not rule.structural}


@pytest.mark.parametrize("rule", FIRES)
def test_it_fires(say: Say, rule: str) -> None:
    answer = say(*FIRES[rule])
    assert answer["__typename"] == "RulesRefused", answer
    parts = {tuple(finding["key"].split("|")[:3:2]) for finding in answer["findings"]}
    other = {"J18": "b", "J29": "b"}  # their first parts: `test_rule_parts_fire`
    assert (rule, other.get(rule, "a")) in parts, answer["findings"]


SHARES = {
    (template, form): (slot, share)
    for template, form, slot in PLACES
    if template in (LOWER, UPPER)
    for share in shares(context((template, form, slot), alone=True))[:1]
}
"""Of each shipped form that implies a rate of which something is usual, at its last slot, the first of them."""


@pytest.mark.parametrize("place", SHARES, ids=" ".join)
def test_an_implied_rate_beyond_the_usual_is_asked_about(say: Say, place: tuple[str, str]) -> None:
    """Early, absentee and invalid votes, turnout, a share by sex: with nothing declared, typed at the desk's door."""
    slot, share = SHARES[place]
    (cell,) = share.top_cells
    of = 20 * share.bottom if share.breakdown else share.bottom * 97 / 100
    more = of.to_integral_value() - share.top
    contest, item, _, choice = cell.split("|")
    whole = {f"{contest}|{item}||{choice}": more} if share.breakdown else {}  # else only J01 asks
    answer = say(*place, slot, whole | {cell: more})
    assert answer["__typename"] == "RulesRefused", answer
    seen = {finding["rule"] for finding in answer["findings"] if cell in finding["cells"]}
    assert seen & {"J08", "J28"}, answer["findings"]


DIVISION: list[dict[str, Any]] = [
    {"contest": "28-1", "exact": True, "own": [{"choice": "1", "votes": 10}, {"choice": "2", "votes": 20}],
     "common": [{"choices": ["1", "2"], "ballots": 1}]}
]  # fmt: skip

STRUCTURAL: dict[str, Callable[[Say], dict[str, Any]]] = {
    "J04": lambda say: say(LOWER, "final_voting", "final", typed={"electorate|turnout||": "55.00"}),
    "J06": lambda say: say(LOWER, "final_voting", "final", of="28100"),
    "J15": lambda say: say(LOWER, "final_count", "final", divisions=DIVISION),
    "J23": lambda say: say(LOWER, "final_voting", "final", typed={"electorate|previous_turnout||": "55.00"}),
    "J25": lambda say: say(LOWER, "final_voting", "final", {"electorate|voters||": +1}, expectedVersion=0),
}
"""Fractions are kept, and nobody says why."""


def test_each_rule_that_holds_by_design_is_asked() -> None:
    assert set(STRUCTURAL) == {rule.code for rule in load_rules() if rule.structural}


@pytest.mark.parametrize("rule", STRUCTURAL)
def test_what_holds_by_design_is_refused(say: Say, rule: str) -> None:
    """A rate or a previous value that is typed, figures of an upper area, an exact division without words, an old report
    over a newer one: there is no way to send them."""
    answer = STRUCTURAL[rule](say)
    want = {
        "J04": "FiguresRefused",
        "J06": "UnknownReference",
        "J15": "InvalidRequest",
        "J23": "FiguresRefused",
        "J25": "VersionConflict",
    }[rule]
    assert answer["__typename"] == want, answer


def test_places_cannot_be_compared_where_nobody_filed_how_many_there_are(say: Say) -> None:
    """J19 then says nothing, and the desk says so."""
    other = OTHER[0]
    assert (
        say(LOWER, "final_voting", "final", {"electorate|polling_places_reported||": -1}, unit=other)[
            "__typename"
        ]
        == "ReturnDone"
    )
    unchecked = say(LOWER, "final_voting", "final", unit=other, ask="unchecked { rule cells }")["unchecked"]
    assert {"rule": "J19", "cells": ["electorate|polling_places||"]} in unchecked
    filed = say(LOWER, "final_voting", "final", ask="unchecked { rule cells }")["unchecked"]
    assert "J19" not in {one["rule"] for one in filed}
