"""A message that names a field names it in words on a page; the API goes on telling its own names."""

from __future__ import annotations

import re
from collections.abc import Iterator

import night
import pytest
from forms import form_after, log_in
from starlette.testclient import TestClient

import api.app  # every command of the console is loaded with it
from api.console.field_words import WORDS, called
from reporting.application.commands import Request
from reporting.errors import InvalidInput

CODE = re.compile(r"「[A-Za-z][A-Za-z0-9_.]*」")


def commands(of: type[Request] = Request) -> Iterator[type[Request]]:
    for kind in of.__subclasses__():
        yield kind
        yield from commands(kind)


def test_every_field_of_a_command_has_words() -> None:
    assert api.app
    fields = {name for kind in commands() for name in kind.model_fields}
    assert len(fields) > 90
    assert fields - set(WORDS["ja"]) == set()
    assert not [word for word in WORDS["ja"].values() if not re.search("[ぁ-んァ-ヶ一-龠]", word)]


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("reason", "「理由」の値"),
        ("reasonClass", "「理由の種類」の値"),
        ("figures.0.value", "「欄の値」の値"),
        ("reasons.3.reason", "「理由」の値"),
        ("receivedAt", "「受けた時刻」の値"),
        ("releases.files", "「releases.files」の値"),
    ],
)
def test_a_field_is_called_in_words(field: str, told: str) -> None:
    message = InvalidInput.at(field, "・・", "言葉").message_ja
    assert called(message, "ja").startswith(told)


def test_a_page_says_the_words(client: TestClient) -> None:
    log_in(client, night.TOWN.person)
    headers = {"X-Reporting": "console", "Content-Type": "text/csv"}
    sent = client.post("/import/uploads?name=a.csv", content=b"election\n", headers=headers).json()
    form = form_after(client.get("/files").text, 'id="reading"')
    page = client.post(
        "/files", data=form | {"upload": sent["upload"], "kind": "returns", "reason": "・・"}
    ).text
    refused = page.split('role="alert"')[1].split("</p>")[0]
    assert "「理由」の値" in refused
    assert not CODE.search(refused)
