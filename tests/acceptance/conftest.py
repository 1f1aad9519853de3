from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from world import World

from api.app import create_app
from api.auth import issue_token, load_key
from api.settings import Settings
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger import Ledger


@pytest.fixture(scope="module")
def world(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    settings = Settings(
        database_url=module_database.url, data_dir=folder, token_key=folder / "token.key", projector=False
    )
    key = load_key(settings.token_key)
    ledger = Ledger(module_database)
    projector = Projector(module_database)
    projector.create_if_missing()
    with TestClient(create_app(settings)) as client:
        yield World(
            Reporting(ledger),
            projector,
            client,
            lambda actor: issue_token(key, actor, now=int(time.time())),
            folder,
        )
    ledger.close()
