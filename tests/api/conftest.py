from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import tiny
from databases import Databases, stands_on
from kept import Kept
from starlette.testclient import TestClient
from tiny import Ask

from api.app import create_app
from api.auth import issue_token, load_key
from api.settings import Settings
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor
from reporting.ledger import Ledger


def define(database: Database) -> None:
    ledger = Ledger(database)
    tiny.define(Reporting(ledger))
    ledger.close()
    projector = Projector(database)
    projector.catch_up()


@pytest.fixture
def database(
    request: pytest.FixtureRequest, databases: Databases, template: str, kept: Kept
) -> Iterator[Database]:
    """With what `client` serves; what it `begins` with for who has another of that name."""
    stands = stands_on(request, "client")
    begins = databases.prepared(template, "tiny", define) if stands else databases.begun(template, request)
    with (
        kept.given(request, ("database", begins), lambda: databases.fresh(begins)) as made,
        kept.looked_after(request, made),
    ):
        yield made


@pytest.fixture
def settings(
    request: pytest.FixtureRequest, database: Database, tmp_path: Path, kept: Kept
) -> Iterator[Settings]:
    made = Settings(database_url=database.url, data_dir=tmp_path, token_key=tmp_path / "token.key")
    with kept.given(request, ("settings", database.url), lambda: nullcontext(made)) as given:
        yield given


@pytest.fixture
def client(request: pytest.FixtureRequest, settings: Settings, kept: Kept) -> Iterator[TestClient]:
    """The application on a tiny country, all of it defined."""
    with kept.given(
        request, ("client", settings.database_url), lambda: TestClient(create_app(settings))
    ) as made:
        yield made


@pytest.fixture
def ask(client: TestClient, settings: Settings) -> Ask:
    """`ask(query, actor, **variables)` → the answer's JSON."""

    def asked(query: str, actor: Actor | None = tiny.AUDITOR, **variables: Any) -> dict[str, Any]:
        headers = {}
        if actor is not None:
            token = issue_token(load_key(settings.token_key), actor, now=int(time.time()))
            headers["Authorization"] = f"Bearer {token}"
        answer = client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    return asked
