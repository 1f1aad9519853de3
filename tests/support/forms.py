"""The console's forms as a browser sends them, without one."""

from __future__ import annotations

import html
import re

from starlette.testclient import TestClient

TOKEN = re.compile(r'name="token" value="([^"]+)"')
FIELD = re.compile(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"')
COMMAND = re.compile(r'name="command" value="([^"]+)"')


def fields(page: str) -> dict[str, str]:
    """Every field of the page's forms with the value it shows."""
    return {html.unescape(name): html.unescape(value) for name, value in FIELD.findall(page)}


def form_after(page: str, mark: str) -> dict[str, str]:
    """Fields of the first form behind a piece of the page."""
    return fields(page[page.index(mark) :].split("</form>", 1)[0])


def log_in(client: TestClient, person: str) -> None:
    """Choose a practice person by name."""
    answer = client.post("/sign-in", data=chosen(client.get("/sign-in").text, person))
    assert answer.headers["location"] == "/", "somebody is chosen"


def chosen(page: str, person: str) -> dict[str, str]:
    """What the page of the login sends for a practice person."""
    number = re.search(rf'value="(\d+)"><b>[^<]*</b> {person}', page)
    token = TOKEN.search(page)
    assert number
    assert token
    return {"person": number[1], "token": token[1], "back": "/"}
