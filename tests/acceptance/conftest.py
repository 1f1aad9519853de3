from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sources
from japan_lineage import official_lineage
from starlette.testclient import TestClient
from tiny import SYSTEM
from world import World

from api.app import create_app
from api.auth import issue_token, load_key
from api.settings import Settings
from projections.read import ViewReader
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.definitions.load import shipped_registry
from reporting.importing import import_lineage
from reporting.ledger import Ledger
from reporting.lineage.graph import Lineage


@pytest.fixture(scope="module")
def world(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    settings = Settings(
        database_url=module_database.url, data_dir=folder, token_key=folder / "token.key", projector=False
    )
    key = load_key(settings.token_key)
    ledger = Ledger(module_database)
    projector = Projector(module_database)
    with TestClient(create_app(settings)) as client:
        yield World(
            Reporting(ledger),
            projector,
            client,
            lambda actor: issue_token(key, actor, now=int(time.time())),
            folder,
        )
    ledger.close()


@pytest.fixture(scope="module")
def history(shared: Path) -> Path:
    return shared / "data" / "jp-jpcity-history"


@pytest.fixture(scope="module")
def lineage(history: Path) -> Lineage:
    return official_lineage(history / "areacode_start.csv", history / "absorption_separation.csv")


@pytest.fixture(scope="module")
def japan(world: World, shared: Path, history: Path) -> World:
    """Areas, figures of 2019 and 2022, then what became of the areas."""
    registry = shipped_registry()
    world.service.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    for year in (2019, 2022):
        source = sources.UpperHouse(shared, year)
        world.service.define_election(source.definition(), SYSTEM, uuid4())
        world.take(source.code, source.rows())
    report = import_lineage(
        history / "areacode_start.csv",
        history / "absorption_separation.csv",
        world.service,
        SYSTEM,
        registry="japan",
    )
    world.projector.catch_up()
    assert (report.rows, report.events) == (2803, 11)
    return world


@pytest.fixture(scope="module")
def reader(japan: World, module_database: Database) -> Iterator[ViewReader]:
    one = ViewReader(module_database)
    yield one
    one.close()
