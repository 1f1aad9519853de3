"""Typed into a workbook or sent by GraphQL: the same events, the same questions, on every shipped form.

Two elections of each shipped template, alike but for their code. A return of each form and slot is generated (sound, then as
somebody in a hurry fills it: off by a little, fractions of votes, absences, two candidates of one name), typed into a workbook by
openpyxl and handed in in one, sent by `submitReturn` in the other. `RETURNS=221` for one of every form and slot.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import typed_book
from hurried import hurried
from shipped_desk import busiest, define_shipped, sound
from shipped_places import PLACES, Place
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import issue_token, load_key
from api.settings import Settings
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.domain.figures import Cell, Value, format_value
from reporting.kit.handing_in import NOTHING_SAID, ReturnOutcome, Said, hand_in
from reporting.kit.making import make_book
from reporting.ledger import Ledger

RETURNS = int(os.environ.get("RETURNS", "7"))
BY_BOOK, BY_API = "-book", "-api"
SUBMIT = """mutation($i: SubmitInput!) { submitReturn(input: $i) { __typename ... on ReturnDone { status }
  ... on Refusal { code messageEn } ... on RulesRefused { findings { key severity waivable messageJa } }
  ... on FiguresRefused { problems { kind item breakdown choice found } } } }"""


@dataclass(frozen=True)
class Both:
    """Two elections alike; `unit_of`: template → a unit that votes on most of its contests."""

    desk: Desk
    unit_of: Mapping[str, str]
    ask: Callable[[dict[str, Any], Actor], dict[str, Any]]

    def streams(self, place: Place) -> list[list[tuple[str, dict[str, Any]]]]:
        """The return's events in either election, but for which election it is and the words that name the channel."""
        template, form, slot = place
        told = []
        for suffix in (BY_BOOK, BY_API):
            opened = self.desk.returns.open(f"{template}{suffix}", form, slot, self.unit_of[template])
            deeds = self.desk.reporting.ledger.deeds([opened.stream])
            told.append([_bare(deed.recorded.event) for deed in deeds])
        return told


def _bare(event: Any) -> tuple[str, dict[str, Any]]:
    said = event.model_dump(mode="json")
    said.pop("election", None)
    # Positions of the log differ between the elections: of these, which cells have some and how many is compared.
    if "supersedes" in said:
        said["supersedes"] = sorted(said["supersedes"])
    if "typed_at" in said:
        said["typed_at"] = {cell: len(positions) for cell, positions in said["typed_at"].items()}
    if said.get("reason_class") == "workbook":
        said["reason_class"] = "resubmission"
    return event.type, said


@pytest.fixture(scope="module")
def both(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder: Path = tmp_path_factory.mktemp("round_trips")
    settings = Settings(
        database_url=module_database.url, data_dir=folder, token_key=folder / "token.key", publication=False
    )
    ledger = Ledger(module_database)
    service = Reporting(ledger)
    templates = list(dict.fromkeys(place[0] for place in chosen()))
    define_shipped(service, templates, (BY_BOOK, BY_API))
    unit_of = {template: busiest(service, f"{template}{BY_BOOK}") for template in templates}
    with TestClient(create_app(settings)) as client:

        def ask(given: dict[str, Any], actor: Actor) -> dict[str, Any]:
            token = issue_token(load_key(settings.token_key), actor, now=int(time.time()))
            headers = {"Authorization": f"Bearer {token}"}
            answer = client.post(
                "/graphql", json={"query": SUBMIT, "variables": {"i": given}}, headers=headers
            ).json()
            assert "errors" not in answer, answer
            return dict(answer["data"]["submitReturn"])

        yield Both(Desk(service), unit_of, ask)
    ledger.close()


def chosen() -> list[Place]:
    """Every form of the shipped catalogue first, then as many of its slots as were asked for."""
    dice = random.Random(13)
    places = list(PLACES)
    dice.shuffle(places)
    forms: dict[str, Place] = {}
    for place in places:
        forms.setdefault(place[1], place)
    first = list(forms.values())
    return (first + [place for place in places if place not in first])[:RETURNS]


@pytest.mark.parametrize("number", range(RETURNS))
def test_event_for_event(both: Both, number: int) -> None:
    """Twice: a return with slips, then the sound one over it."""
    place, dice = chosen()[number], random.Random(number)
    template, form, slot = place
    figures = sound(both.desk.reporting, f"{template}{BY_BOOK}", form, slot, both.unit_of[template])
    reached = []
    for typed in (hurried(figures, dice), figures):
        reached.append(_handed_in_twice(both, place, typed))
        mine, theirs = both.streams(place)
        assert mine == theirs, place
    assert "submitted" in reached, "something was taken, or the comparison says nothing"


def _handed_in_twice(both: Both, place: Place, figures: Mapping[str, Value]) -> str:
    """In one election by workbook, in the other by GraphQL, each question answered alike; the state that was reached."""
    template, form, slot = place
    unit = both.unit_of[template]
    actor = Actor(f"{unit}の係", f"{unit}選管", Role.WARD, unit)
    data = make_book(both.desk, f"{template}{BY_BOOK}", form, slot, [unit], actor)
    cells = {cell.key: cell.base for cell in typed_book.read(data).made.sheets[0].cells}
    texts = {key: format_value(value) for key, value in figures.items() if key in cells}
    # What another form holds stands in the sheet already: who leaves it out wipes it out.
    blank: dict[tuple[str, str], Any] = {(unit, key): None for key, base in cells.items() if not base}
    values = blank | {(unit, key): _typed(text) for key, text in texts.items()}
    book = typed_book.read(typed_book.typed(data, values))
    said: Said = NOTHING_SAID
    given: dict[str, Any] = {
        "election": f"{template}{BY_API}", "form": form, "slot": slot, "unit": unit, "takeDraft": False,
        "figures": [
            {"contest": c.contest, "item": c.item, "breakdown": c.breakdown, "choice": c.choice, "value": text}
            for c, text in ((Cell.from_key(key), text) for key, text in texts.items())
        ],
    }  # fmt: skip
    for _ in range(6):
        (outcome,) = hand_in(both.desk, book, actor, said)
        if outcome.state == "nothing":  # a workbook that says what stands is not submitted once more
            return outcome.state
        answer = both.ask({**given, "commandId": str(uuid4())}, actor)
        if outcome.state == "submitted":
            assert answer["__typename"] == "ReturnDone", (answer, outcome.state)
            return outcome.state
        assert outcome.state == "refused", list(outcome.lines())
        mine, theirs = _asked(outcome), _asked_by(answer)
        assert mine == theirs
        if not answer.get("findings") and not _of_words(answer):
            return outcome.state  # a cell that no return can hold: nothing to say to it
        said, more = _answered(unit, said, answer)
        if more is None:
            return outcome.state
        given.update(more)
    raise AssertionError(f"still asked: {list(outcome.lines())}")


def _typed(text: str) -> Any:
    return text if text.startswith("!") else float(text) if "." in text else int(text)


def _asked(outcome: ReturnOutcome) -> set[tuple[str, ...]]:
    problems = {(p.kind, p.cell.item, p.cell.breakdown, p.cell.choice, p.found) for p in outcome.problems}
    refusal = set() if outcome.refusal is None else {(outcome.refusal.code,)}
    return problems | {(f.key, f.message_ja) for f in outcome.findings} | refusal


def _asked_by(answer: dict[str, Any]) -> set[tuple[str, ...]]:
    if answer["__typename"] == "RulesRefused":
        return {(f["key"], f["messageJa"]) for f in answer["findings"]}
    if answer["__typename"] == "FiguresRefused":
        return {
            (p["kind"], p["item"], p["breakdown"] or "", p["choice"] or "", p["found"]) for p in answer["problems"]
        }  # fmt: skip
    return {(answer["code"],)}


def _of_words(answer: dict[str, Any]) -> bool:
    return {problem["kind"] for problem in answer.get("problems", ())} == {"reason"} or answer.get("code") == "invalid_input"  # fmt: skip


def _answered(unit: str, said: Said, answer: dict[str, Any]) -> tuple[Said, dict[str, Any] | None]:
    """Warnings explained, errors declared, words given; None where an error may not be declared."""
    words = "記録のとおり"
    explanations, declarations = dict(said.explanations), dict(said.declarations)
    for finding in answer.get("findings", ()):
        if finding["severity"] == "warning":
            explanations[unit, finding["key"]] = words
        elif finding["waivable"]:
            declarations[unit, finding["key"]] = "recount"
        else:
            return said, None
    after = Said(reason=words, explanations=explanations, declarations=declarations)
    return after, {
        "reason": words,
        "explanations": [{"key": key, "text": text} for (_, key), text in explanations.items()],
        "declarations": [{"key": key, "reasonClass": why} for (_, key), why in declarations.items()],
    }


def test_the_generated_returns_hold_what_they_are_meant_to() -> None:
    """Fractions, absences, and two candidates of one name: the comparison would hold of sound whole numbers, too."""
    dice = random.Random(1)
    figures: Mapping[str, Value] = {f"c|votes||{n}": Decimal(1_000 + n) for n in range(20)}
    drawn = [value for _ in range(50) for value in hurried(figures, dice).values()]
    assert any(isinstance(value, Decimal) and value % 1 for value in drawn)
    assert {format_value(value) for value in drawn if not isinstance(value, Decimal)} >= {"!none", "!not_reported"}  # fmt: skip
