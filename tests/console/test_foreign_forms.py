"""Forms that no page of ours has made: every deed of every page, sent by somebody who is logged in, knows the address and stamps what they
confirm themselves. Nothing falls over, nothing of its making is told, and a deed of a list does nothing where the list is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import night
import pytest
from forms import TOKEN, log_in
from starlette.testclient import TestClient
from thorough import some, turn

import api.console
from api.console.confirmation import STAMP
from api.console.page import Asked, Deed, Page, Query
from api.console.pages import PAGES
from api.console.people import PRACTICE_COOKIE
from api.console.words import words
from reporting.application.service import Reporting
from reporting.domain.workflow_events import SlotCommandTaken

FIELD = re.compile(r"""form\.get\("([\w-]+)"|(?:whole|listed)\((?:asked, )?"([\w-]+)"|name="([\w:-]+)\"""")
FOREIGN = {
    "nothing": None,
    "null": "null",
    "another kind": '{"a": [1]}',
    "a long number": "9" * 400,
    "text": "－１<b>' OR 1=1 --\u202e",
}
TELLS = re.compile(r"Traceback|psycopg|/site-packages/|JSONDecodeError|reporting\.\w+\.\w+\(")
PLACE = {
    "election": "tiny",
    "form": "flash",
    "slot": "2300",
    "unit": "11",
    "geography": "administrative",
    "level": "ward",
}
"""What an address takes, where it exists; other parts are none that does."""  # fmt: skip


def named_fields() -> set[str]:
    """Of all pages: a deed finds those of the others beside its own."""
    folder = Path(api.console.__file__).parent
    texts = [
        file.read_text("utf-8")
        for file in folder.rglob("*")
        if file.suffix in (".py", ".html") and file.is_file()
    ]
    names = {name for text in texts for found in FIELD.findall(text) for name in found if name}
    assert {"units", "remind-units", "version", "reason"} <= names
    return names | {f"{prefix}:x" for prefix in ("cell", "read", "of", "explain", "declare", "offer", "note")}


def deeds() -> Iterator[tuple[Page, Deed]]:
    for page in PAGES:
        for deed in page.deeds:
            yield page, deed


def parts(page: Page) -> dict[str, str]:
    return {name: PLACE.get(name, "x") for name in re.findall(r"{(\w+)", page.address)}


def sent(page: Page, deed: Deed, form: dict[str, str], session: str) -> dict[str, str]:
    """With the stamp of whoever knows their own session."""
    if deed.confirms is None:
        return form
    asked = Asked(parts(page), Query(), words("ja"), None, form)
    return {**form, STAMP: deed.confirms(asked).stamp(session)}


def address(page: Page) -> str:
    return re.sub(r"{(\w+)(:path)?}", "{\\1}", page.address).format_map(parts(page))


@pytest.mark.parametrize("how", some(list(FOREIGN), 2))
def test_no_form_falls_over(client: TestClient, service: Reporting, how: str) -> None:
    log_in(client, night.CITY.person)
    token, value = TOKEN.search(client.get("/work").text), FOREIGN[how]
    assert token
    session = str(client.cookies[PRACTICE_COOKIE])
    filled = {} if value is None else dict.fromkeys(named_fields(), value)
    wrong = []
    for page, deed in turn([*deeds()], [*FOREIGN].index(how)):
        form = {**filled, "deed": deed.name, "token": token[1], "command": str(uuid4())}
        answer = client.post(
            address(page),
            content=urlencode(sent(page, deed, form, session)),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        if answer.status_code >= 500 or TELLS.search(answer.text):
            wrong.append((page.address, deed.name, answer.status_code, TELLS.findall(answer.text)))
    assert wrong == []


def asked_for() -> set[str]:
    """Names that pages look for behind the question mark."""
    folder = Path(api.console.__file__).parent
    found = {
        name
        for file in folder.rglob("*.py")
        for name in re.findall(r"""query(?:\.get\(|\[)"([\w-]+)\"""", file.read_text("utf-8"))
    }
    assert {"map", "at", "part", "position"} & found
    return found | {
        "at",
        "until",
        "since",
        "after",
        "asOf",
        "items",
        "areas",
        "own:x",
        "of:1:x",
        "ballots:1",
        "rows",
    }


@pytest.mark.unchanged
@pytest.mark.parametrize("how", ["null", "a long number", "text"])
def test_no_address_with_foreign_parameters_falls_over(client: TestClient, how: str) -> None:
    log_in(client, night.CITY.person)
    typed = FOREIGN[how] or ""
    wrong = []
    for page in turn(PAGES, [*FOREIGN].index(how)):
        answer = client.get(address(page), params=dict.fromkeys(asked_for(), typed))
        if answer.status_code >= 500 or TELLS.search(answer.text):
            wrong.append((page.address, answer.status_code, TELLS.findall(answer.text)))
    assert wrong == []


@pytest.mark.parametrize("deed", ["green", "remind"])
@pytest.mark.parametrize("units", [None, "null", "[null]", '{"11": 1}', "[" * 3_000])
def test_a_list_that_is_none_does_nothing(
    client: TestClient, service: Reporting, deed: str, units: str | None
) -> None:
    """Not even to all units, which `null` would mean to the mutation: of the command stands only that it was sent."""
    log_in(client, night.CITY.person)
    page = next(page for page in PAGES if page.name == "slot_board")
    token, session = TOKEN.search(client.get("/work").text), client.cookies[PRACTICE_COOKIE]
    assert token
    form = {"deed": deed, "token": token[1], "command": str(uuid4()), "position": "9999"}
    lists = {} if units is None else {"units": units, "remind-units": units}
    one = next(one for one in page.deeds if one.name == deed)
    before = service.ledger.position()
    answer = client.post(address(page), data=sent(page, one, {**form, **lists}, session))
    assert answer.status_code in (200, 409)
    assert {type(one.event) for one in service.ledger.read(before, 100)} <= {SlotCommandTaken}
