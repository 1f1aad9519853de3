"""Every part of every rule fires through GraphQL: what a printed sentence says of several things is asked about each of them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fires import FIRES, INSIDE, LOWER, NOBODY_YET, PARTS, UPPER, Changes
from kinds import facts, night
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
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Cell, format_value
from reporting.ledger import Ledger
from reporting.rules.catalogue import load_rules

SUBMIT = """mutation($i: SubmitInput!) { submitReturn(input: $i) { __typename
  ... on Refusal { code messageEn } ... on RulesRefused { findings { key } } } }"""
UNIT, SIBLINGS = "28101", ("28102", "28105", "28106", "28107", "28108", "28110", "28111")
Send = Callable[..., dict[str, Any]]


def definitions() -> dict[str, ElectionDefinition]:
    """Both houses as shipped; the upper one with an election before it; the lower one where ballots that were not accepted count
    among those cast."""
    made = {}
    for template in (LOWER, UPPER):
        given = facts(template).model_copy(update={"polling_date": date(2024, 10, 27)})
        made[template] = compose(shipped_catalogue(), template, given)
    before = facts(UPPER).model_copy(update={"code": "before", "polling_date": date(2022, 7, 10)})
    made["before"] = compose(shipped_catalogue(), UPPER, before)
    made[UPPER] = made[UPPER].model_copy(update={"previous": "before"})
    rules = tuple(
        use.model_copy(update={"settings": {**use.settings, "not_accepted": "inside"}})
        if use.code == "J12"
        else use
        for use in made[LOWER].rules
    )
    made[INSIDE] = made[LOWER].model_copy(update={"code": "inside", "rules": rules})
    return made


@pytest.fixture(scope="module")
def send(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Send]:
    """`send(template, form, slot, changes, typed)`: parts of rules that were found, as `J05 b`."""
    folder: Path = tmp_path_factory.mktemp("parts")
    settings = Settings(
        database_url=module_database.url, data_dir=folder, token_key=folder / "token.key", publication=False
    )
    ledger = Ledger(module_database)
    service = Reporting(ledger)
    registry = shipped_registry()
    service.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    made = definitions()
    for template in (LOWER, "before", UPPER, INSIDE):
        service.define_election(made[template], SYSTEM, uuid4())
    sound = {template: night(definition) for template, definition in made.items()}
    with TestClient(create_app(settings)) as client:

        def sent(
            template: str, form: str, slot: str, changes: Changes | None = None,
            typed: Mapping[str, str] | None = None, unit: str = UNIT,
        ) -> dict[str, Any]:  # fmt: skip
            contests = service.catalog.election(made[template].code).contests_of_unit[unit]
            texts = {
                key: format_value(value)
                for key, value in sound[template][form, slot].items()
                if Cell.from_key(key).contest in contests
            }
            for key, change in (changes or {}).items():
                texts[key] = "0" if change == 0 else str(Decimal(texts[key]) + change)
            texts |= typed or {}
            figures = [
                {"contest": cell.contest, "item": cell.item, "breakdown": cell.breakdown, "choice": cell.choice,
                 "value": text}
                for cell, text in ((Cell.from_key(key), text) for key, text in texts.items())
            ]  # fmt: skip
            token = issue_token(
                load_key(settings.token_key),
                Actor(f"{unit}の係", f"{unit}選管", Role.WARD, unit),
                now=int(time.time()),
            )
            given = {
                "commandId": str(uuid4()), "election": made[template].code, "form": form, "slot": slot, "unit": unit,
                "figures": figures, "reason": "記録による", "takeDraft": False,
            }  # fmt: skip
            answer = client.post(
                "/graphql", json={"query": SUBMIT, "variables": {"i": given}},
                headers={"Authorization": f"Bearer {token}"},
            ).json()  # fmt: skip
            assert "errors" not in answer, answer
            return dict(answer["data"]["submitReturn"])

        def stands(*place: Any, **more: Any) -> None:
            answer = sent(*place, **more)
            assert answer["__typename"] == "ReturnDone", (place, answer)

        for template, form, slot in (
            (LOWER, "registration", "election"), (LOWER, "facilities", "planned"), (LOWER, "turnout_flash", "t1100"),
            (LOWER, "count_flash", "c2130"), (LOWER, "count_flash", "c2230"), (LOWER, "final_voting", "final"), (LOWER, "retention_review", "final"),
            (INSIDE, "final_voting", "final"), (UPPER, "final_voting", "final"),
        ):  # fmt: skip
            stands(template, form, slot)
        stands("before", "registration", "correction", unit=NOBODY_YET)
        for number, unit in enumerate(SIBLINGS, 1):  # no two alike
            other_sex: dict[str, Any] = {
                key: 3 * number if "|sex=m|" in key else -3 * number
                for key in sound[UPPER]["final_voting", "final"]
                if re.search(r"\|(electors|abstentions)\|sex=[mf]\|$", key)
            }
            stands(UPPER, "final_voting", "final", other_sex, unit=unit)
            moved: dict[str, Any] = {"C28|votes||1": 2_000 + 7 * number, "C28|votes||2": -2_000 - 7 * number}
            stands(UPPER, "final_count", "final", moved, unit=unit)
        lower = service.catalog.election(made[LOWER].code)
        for number, unit in enumerate([other for other in SIBLINGS if other in lower.roster.units]):
            more = 3_000 + 11 * number
            stands(
                LOWER, "retention_review", "final",
                {"review|dismiss||1": more, "review|keep||1": -more}, unit=unit,
            )  # fmt: skip
        yield sent
    ledger.close()


def parts() -> list[tuple[str, str, str]]:
    """(rule, part, the setting it is chosen by) of everything that can find something."""
    return [
        (rule.code, check.part, " ".join(sorted(v for words in check.when.values() for v in words)))
        for rule in load_rules()
        if not rule.structural
        for check in rule.checks
    ]


def test_every_part_is_here() -> None:
    assert {(rule, part) for rule, part, _ in parts()} == {
        *((rule, "a") for rule in FIRES),
        *((rule, part) for rule, part, _ in PARTS),
    }
    assert {(rule, part) for rule, part, setting in PARTS if setting} == {("J11", "a")}
    assert ("J11", "a", "inside") in parts()


@pytest.mark.parametrize("part", PARTS, ids=" ".join)
def test_it_fires(send: Send, part: tuple[str, str, str]) -> None:
    answer = send(*PARTS[part])
    assert answer["__typename"] == "RulesRefused", answer
    keys = [finding["key"].split("|") for finding in answer["findings"]]
    assert part[:2] in {(key[0], key[2]) for key in keys}, keys


def test_what_counts_inside_is_not_asked_for_outside(send: Send) -> None:
    """The same return under either way of counting ballots that were not accepted."""
    same: Changes = {"28-1|ballots_not_accepted||": 5, "28-1|ballots_not_deposited||": -5}
    found = {}
    for template in (LOWER, INSIDE):
        answer = send(template, "final_count", "final", same)
        found[template] = {finding["key"].split("|")[0] for finding in answer.get("findings", ())}
    assert "J11" not in found[LOWER]
    assert "J11" in found[INSIDE]
