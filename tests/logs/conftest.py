from __future__ import annotations

from collections.abc import Iterator

import pytest
from databases import Databases
from several_logs import EAST, SOUTH, WEST, SeveralLogs, several_logs


@pytest.fixture
def logs(databases: Databases, template: str) -> Iterator[SeveralLogs]:
    with several_logs(databases, template) as made:
        yield made


@pytest.fixture
def three(databases: Databases, template: str) -> Iterator[SeveralLogs]:
    with several_logs(databases, template, (EAST, WEST, SOUTH)) as made:
        yield made
