"""The client against the real application in this process, over one installation for all of these tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from analysts import Installation, installed
from reporting_client import Client, Retries

URL = "http://reporting.test"


@pytest.fixture(scope="session")
def installation(
    databases: Any, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    with databases.fresh(template) as database, installed(database, tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture
def client(installation: Installation) -> Iterator[Client]:
    with Client(URL, transport=installation.transport, retries=Retries(times=0)) as client:
        yield client
