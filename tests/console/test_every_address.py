"""Every address that is read, asked by nobody, and by an office of other units, in each form it answers in: none tells a figure
before its time. The addresses are the application's own: a new one is walked like the others."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import night
import pytest
from forms import log_in
from site_under_test import settings_for
from starlette.routing import Route
from starlette.testclient import TestClient
from straight import Answered, Asked, answers

from api.auth import issue_token, load_key
from api.notices import PARAMETERS as NOTICES
from api.series.arguments import MANY, ONE
from projections.runner import Projector
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database

HIDDEN = {"votes_a": 77713, "votes_b": 88817}
NEVER = re.compile(r"(?<!\d)(?:77,?713|88,?817)(?!\d)|理由の秘密")
"""Whole numbers: the millionths of a second that an answer tells hold any digits."""
PLACES = (("flash", "2300", "11"), ("flash", "2200", "12"))
PARTS = {
    "election": "tiny", "contest": "pr", "geography": "administrative", "area": "10", "level": "ward", "position": "POSITION",
    "document": "0" * 64, "code": "tiny", "item": "votes", "mark": "x", "name": "x", "registry": "tinyland", "upload_id": "00000000-0000-5000-8000-000000000000",
    "office": "town", "guide": "rules", "page": "entry", "number": "1", "path": "tiny/flash/2300/1/figures.csv",
}  # fmt: skip
ASKED: dict[str, tuple[dict[str, str], ...]] = {
    "/series.csv": tuple(
        {"item": "votes", "areas": area, "form": "flash", "slot": "2300", "includeTests": "true", **more}
        for area in ("11", "10", "JP")
        for more in ({}, {"layer": "entered"}, {"layer": "ward"}, {"asOf": "POSITION", "layer": "entered"}, {"comparable": "true"})
    ),
    "/notices.atom": ({"election": "tiny"}, {"election": "tiny", "form": "flash", "slot": "2300"}),
    "/search": ({"q": "地域"}, {"q": "党"}, {"q": "11"}),
    "/series": ({"item": "votes", "areas": "11", "form": "flash", "tests": "yes"},),
}  # fmt: skip
"""Parameters, where an address without any tells nothing."""


@pytest.fixture
def position(client: TestClient, service: Reporting, database: Database) -> int:
    """Of the last event of figures that nobody released: new ones, and a correction of what is public."""
    desk = Desk(service)
    night.submit(desk, "11", form="flash", slot="2300", values=HIDDEN)
    night.submit(
        desk, "12", night.OWNERS["12"], form="flash", slot="2200", values=HIDDEN, reason="理由の秘密"
    )
    at = service.ledger.position()
    Projector(database).catch_up()
    return at


def read_addresses(client: TestClient) -> list[str]:
    app: Any = client.app
    every = [
        *app.routes,
        *(inner for one in app.routes for inner in getattr(one, "original_router", app).routes),
    ]
    paths = {route.path for route in every if isinstance(route, Route) and "GET" in (route.methods or ())}
    assert {
        "/series.csv",
        "/notices.atom",
        "/work/{election}",
        "/entry/{election}/{form}/{slot}/{unit}",
    } <= paths
    return sorted(paths)


def asked(client: TestClient, position: int) -> Iterator[str]:
    for path in read_addresses(client):
        for form, slot, unit in PLACES:
            parts = {**PARTS, "form": form, "slot": slot, "unit": unit}
            filled = re.sub(r"{(\w+)(:path)?}", "{\\1}", path).format_map(parts)
            for more in ASKED.get(path, ()) or ({},):
                at = f"?{urlencode(more)}" if more else ""
                yield f"{filled}{at}".replace("POSITION", str(position))


def walked(
    client: TestClient, addresses: list[str], headers: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[str, Answered]]:
    """By whoever is logged in."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    given = {**headers, **({"cookie": cookies} if cookies else {})}
    return zip(
        addresses, answers(client, [Asked("GET", address, given) for address in addresses]), strict=True
    )


def test_no_address_tells_a_figure_before_its_time(
    client: TestClient, database: Database, tmp_path: Path, position: int
) -> None:
    key = load_key(settings_for(database.url, tmp_path).token_key)
    addresses = list(dict.fromkeys(asked(client, position)))
    for actor in (None, night.TOWN, night.HARBOUR):
        headers: dict[str, str] = {}
        if actor is not None:
            log_in(client, actor.person)
            headers["authorization"] = f"Bearer {issue_token(key, actor, now=int(time.time()))}"
        read = 0
        for accept in ("text/html", "application/json"):
            for address, answer in walked(client, addresses, {**headers, "accept": accept}):
                assert not NEVER.search(answer.text), (actor, address, accept)
                read += answer.status_code == 200
        assert read > 20
    log_in(client, night.WARD.person)
    told = {address for address, answer in walked(client, addresses) if NEVER.search(answer.text)}
    assert {"/entry/tiny/flash/2300/11", "/history/tiny/flash/2300/11"} <= told, (
        "the walk looks where they are"
    )


def test_every_parameter_of_a_file_is_walked() -> None:
    assert {"election", "form", "slot"} == set(NOTICES)
    assert {"layer", "asOf", "comparable", "areas"} <= {*MANY, *ONE}
