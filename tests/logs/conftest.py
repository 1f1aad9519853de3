from __future__ import annotations

from collections.abc import Iterator

import pytest
from databases import Databases
from two_logs import TwoLogs, two_logs


@pytest.fixture
def logs(databases: Databases, template: str) -> Iterator[TwoLogs]:
    with two_logs(databases, template) as made:
        yield made
