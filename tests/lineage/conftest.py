"""The official change list as a lineage, once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from japan_lineage import official_lineage

from reporting.lineage.graph import Lineage


@pytest.fixture(scope="session")
def history(shared: Path) -> Path:
    return shared / "data" / "jp-jpcity-history"


@pytest.fixture(scope="session")
def lineage(history: Path) -> Lineage:
    return official_lineage(history / "areacode_start.csv", history / "absorption_separation.csv")
