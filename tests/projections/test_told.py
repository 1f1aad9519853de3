"""What a step of the projector tells subscribers."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
import tiny

from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import READER, Database

pytestmark = pytest.mark.begins.with_args(tiny.define)


def test_a_step_names_elections_whose_returns_moved_in_it_and_no_other(
    database: Database, service: Reporting
) -> None:
    projector = Projector(database)
    projector.catch_up()
    with database.connect(READER, autocommit=True) as ears:
        ears.execute("LISTEN views")

        def told() -> list[dict[str, Any]]:
            return [json.loads(notice.payload) for notice in ears.notifies(timeout=0.2)]

        tiny.enter(service, "11", voters=10)
        projector.catch_up()
        assert told() == [{"position": service.ledger.position(), "elections": ["tiny"]}]
        service.define_election(tiny.election().model_copy(update={"code": "other"}), tiny.SYSTEM, uuid4())
        projector.catch_up()
        assert [notice["elections"] for notice in told()] == [[]]
        tiny.enter(service, "12", voters=10)
        projector.catch_up()
        assert [notice["elections"] for notice in told()] == [["tiny"]]
