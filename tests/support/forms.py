"""The console's forms as a browser sends them, without one."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

TOKEN = re.compile(r'name="token" value="([^"]+)"')
COMMAND = re.compile(r'name="command" value="([^"]+)"')


def log_in(client: TestClient, person: str) -> None:
    """Choose a practice person by name."""
    page = client.get("/sign-in").text
    number = re.search(rf'value="(\d+)"><b>[^<]*</b> {person}', page)
    token = TOKEN.search(page)
    assert number
    assert token
    answer = client.post("/sign-in", data={"person": number[1], "token": token[1], "back": "/"})
    assert answer.status_code == 303
