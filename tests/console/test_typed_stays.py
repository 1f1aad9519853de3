"""A form that is not taken, because the login was renewed meanwhile, comes back as it was filled in: every field of every form, not only
what was typed. A choice that falls back to the first of its list (a reason's class, 「この値でよい」) would be sent by who only presses again."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import night
import pytest
import scans
from forms import form_after, log_in
from starlette.testclient import TestClient

from api.console import routes
from api.console.documents import Told
from api.console.page import Problem
from api.console.pages import PAGES
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.uploads import Uploads

PARTS = {
    "election": "tiny", "form": "flash", "slot": "2200", "unit": "11", "contest": "pr", "item": "votes", "geography": "administrative",
    "level": "ward",
}  # fmt: skip
FILLED = {"date": "2024-04-01", "datetime-local": "2024-10-27T21:00", "textarea": "一行\n二行", "text": "七"}
Field = tuple[str, str, list[str], bool]
"""Type, name, what it holds or lets choose, whether that is its state."""


class Forms(HTMLParser):
    """`forms`: fields of each form that a page sends to itself, by its id or class."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: dict[str, list[Field]] = {}
        self._inside: list[Field] = []
        self._area = self._select = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form":
            self._inside = []
            if given.get("method") == "post" and given.get("action") not in ("/language", "/leave"):
                self.forms[given.get("id") or given.get("class", "")] = self._inside
        elif tag == "input" and name:
            self._inside.append((given.get("type", "text"), name, [value], "checked" in given))
        elif tag == "select":
            self._inside.append(("select", name, [], False))
        elif tag == "option" and self._inside:
            kind, name, codes, _ = self._inside[-1]
            if "selected" in given:
                self._inside[-1] = (kind, name, [value, *codes, value], True)
            else:
                codes.append(value)
        elif tag == "textarea":
            self._inside.append(("textarea", name, [""], True))
            self._area = True

    def handle_data(self, data: str) -> None:
        if self._area:
            self._inside[-1][2][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = False


def filled(fields: list[Field]) -> tuple[dict[str, str], dict[str, str]]:
    """The form as a browser sends it with everything filled in, and what of it somebody has filled in."""
    hidden = {name: values[0] for kind, name, values, _ in fields if kind == "hidden"}
    by_hand = {
        name: values[-1] if kind in ("select", "checkbox", "radio") else FILLED.get(kind, FILLED["text"])
        for kind, name, values, _ in fields
        if kind != "hidden" and values and values[-1]
    }
    empty = {name: FILLED[kind] for kind, name, values, _ in fields if kind in FILLED and not values[0]}
    return hidden | by_hand | empty, by_hand | empty


def held(page: str) -> dict[str, set[str]]:
    """Name of a field → what the forms of the page would send of it."""
    sent: dict[str, set[str]] = {}
    for fields in Forms(page).forms.values():
        for kind, name, values, stands in fields:
            if kind not in ("checkbox", "radio") or stands:
                sent.setdefault(name, set()).update(values[:1])
    return sent


def test_what_was_filled_in_is_there_to_be_sent_again(client: TestClient, database: Database) -> None:
    with Uploads(database) as store:
        for name in ("開票録.png", "投票録.png"):
            store.keep_bytes(night.WARD, "import", name, scans.png() + name[:1].encode())
    walked = set()
    for person in (night.WARD, night.NATION):
        log_in(client, person.person)
        for address, form, fields in forms_of(client):
            sent, by_hand = filled(fields)
            if not by_hand or (address, form) in walked:
                continue
            walked.add((address, form))
            answer = client.post(address, data={**sent, "token": "of another session"})
            assert answer.status_code == 403, (address, form)
            there = held(answer.text)
            lost = {name: text for name, text in by_hand.items() if text not in there.get(name, set())}
            assert lost == {}, (address, form)
    assert {("/approval/tiny/flash/2200/11", "look"), ("/documents-of/tiny/flash/2200/11", "attach")} & walked
    assert len(walked) > 15, sorted(walked)


def forms_of(client: TestClient) -> Iterator[tuple[str, str, list[Field]]]:
    for page in PAGES:
        if not page.deeds or any(part not in PARTS for part in parts(page.address)):
            continue
        address = page.address.format(**PARTS)
        answer = client.get(address, headers={"accept": "text/html"})
        if answer.status_code == 200:
            for form, fields in Forms(answer.text).forms.items():
                yield address, form, fields


def parts(address: str) -> list[str]:
    return [piece.strip("{}") for piece in address.split("/") if piece.startswith("{")]


def test_what_nobody_could_take_is_sent_again_as_it_was(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A field of one line would join the lines of a text."""

    async def away(*_: object) -> Told:
        return Told({}, [Problem("UNAVAILABLE", "ただいま処理できません。")], 503, "…")

    log_in(client, night.WARD.person)
    page = client.get("/incidents/tiny/11").text
    sent, by_hand = filled(Forms(page).forms["record"])
    with monkeypatch.context() as patched:
        patched.setattr(routes, "ask", away)
        answer = client.post("/incidents/tiny/11", data=sent | {"site": "office"})
    assert answer.status_code == 503
    ((_, fields),) = Forms(answer.text).forms.items()
    assert {kind for kind, *_ in fields} == {"hidden"}
    again = {name: values[0] for _, name, values, _ in fields}
    assert {name: again[name] for name in by_hand} == by_hand | {"site": "office"}
    assert (
        client.post(
            "/incidents/tiny/11", data=again | {"personal": "", "ballots": "", "place": ""}
        ).status_code
        == 303
    )


def test_what_is_not_to_be_taken_over_is_not_ticked_anew(
    client: TestClient, service: Reporting, database: Database
) -> None:
    night.submit(Desk(service), "31", night.HARBOUR, form="flash", slot="2300")
    Projector(database).catch_up()
    log_in(client, night.HARBOUR.person)
    address, taken = "/entry/tiny/final/final/31", 'name="fill" value="yes" checked'
    wrong = {"voters": "10", "ballots_counted": "118", "ballots_not_deposited": "0"}
    typed = {f"cell:pr|{item}||": value for item, value in wrong.items()}
    entry = form_after(client.get(address).text, 'id="entry"') | typed | {"then": "review"}
    review = client.get(client.post(address, data=entry).headers["location"]).text
    assert taken in review
    form = form_after(review, 'class="review"')
    del form["fill"]
    for fill in ({}, {"fill": "yes"}):
        again = client.post(address, data=form | fill, headers={"accept": "text/html"})
        assert again.status_code == 409
        assert 'name="fill"' in again.text
        assert (taken in again.text) == bool(fill)
