"""A form that two people type, through the console."""

from __future__ import annotations

from uuid import uuid4

import night
import tiny
from forms import form_after
from starlette.testclient import TestClient

from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database

ENTRY, SECOND = "/entry/tiny/flash/2300/11", "/second/tiny/flash/2300/11"
VOTES_A, VOTES_B = "pr|votes||a", "pr|votes||b"


def doubled(service: Reporting, database: Database) -> None:
    """From here on two people type the flash."""
    forms = night.election().model_dump(mode="json")["forms"]
    twice = [{**form, "entry": "double" if form["code"] == "flash" else "single"} for form in forms]
    service.define_election(night.election(forms=twice), tiny.SYSTEM, uuid4(), reason="二人で入力")
    Projector(database).catch_up()


def typed(client: TestClient, address: str, then: str, **values: str) -> None:
    form = form_after(client.get(address).text, f'action="{address}"')
    cells = {f"cell:{VOTES_A}": values["a"], f"cell:{VOTES_B}": values["b"]}
    answer = client.post(address, data=form | cells | {"deed": "save", "then": then})
    assert answer.status_code == 303, answer.text
