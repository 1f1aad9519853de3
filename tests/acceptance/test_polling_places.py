"""An afternoon with polling places, by the very queries of the guides: the list as a file, captures, who is missing, the sum taken over."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import polling_land
import pytest
from product_texts import ROOT
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import issue_token, load_key
from api.settings import Settings
from projections.runner import Projector
from projections.verify import verify
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor

GUIDES = ("docs/polling-places.md", "docs/ja/投票所.md")
LIST = "unit,number,name,kind\n11,1,中央小学校,\n11,2,公民館,\n11,E1,区役所,期日前投票所\n20,1,町役場,\n"
SUBMIT = """mutation($i: SubmitInput!) { told: submitReturn(input: $i) { __typename ... on ReturnDone { status position }
  ... on Refusal { messageEn } } }"""


@pytest.fixture
def client(database: Database, service: Reporting, tmp_path: Path) -> Iterator[TestClient]:
    polling_land.define(service)
    Projector(database).catch_up()
    settings = Settings(database_url=database.url, data_dir=tmp_path, token_key=tmp_path / "token.key")
    with TestClient(create_app(settings)) as serving:
        serving.key = load_key(settings.token_key)  # type: ignore[attr-defined]
        yield serving


def blocks(guide: str) -> list[str]:
    return re.findall(r"```graphql\n(.*?)```", (ROOT / guide).read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guide_as_its_reader_does_it(
    client: TestClient, database: Database, service: Reporting, guide: str
) -> None:
    def bearer(actor: Actor) -> dict[str, str]:
        token = issue_token(client.key, actor, now=int(time.time()))  # type: ignore[attr-defined]
        return {"Authorization": f"Bearer {token}"}

    def ask(query: str, actor: Actor, **variables: Any) -> Any:
        answer = client.post(
            "/graphql", json={"query": query, "variables": variables}, headers=bearer(actor)
        ).json()
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    capture, board, unit, desk = blocks(guide)
    sent = client.post(
        "/import/places?election=tiny&name=places.csv", content=LIST.encode(),
        headers={**bearer(night.PREFECTURE), "Content-Type": "text/csv"},
    )  # fmt: skip
    assert '"type":"done"' in sent.text.splitlines()[-1].replace(" ", "")

    def shown() -> Any:
        head = service.ledger.position()
        return ask(
            board.replace("onlyMissing: true", f"onlyMissing: true, minPosition: {head}"), night.PREFECTURE
        )

    assert ask(capture, night.WARD)["__typename"] == "PlaceCaptured"
    seen = shown()
    assert (seen["expected"], seen["arrived"], seen["unitsWithoutList"]) == (3, 1, 1)
    assert {row["unit"]: row["missing"] for row in seen["nodes"]} == {"11": ["2"], "20": ["1"]}
    (total,) = ask(unit, night.WARD)["sums"]
    assert (total["total"], total["reported"], total["expected"], total["value"]) == ("412", 1, 2, None)
    assert ask(desk, night.WARD)["prefill"] == []

    second = capture.replace('"1"', '"2"').replace("412", "88").replace("000000000001", "000000000002")
    assert ask(second, night.WARD)["__typename"] == "PlaceCaptured"
    assert [row["unit"] for row in shown()["nodes"]] == ["20"]
    before = ask(desk, night.WARD)
    assert before["status"] == "missing"
    assert before["prefill"] == [{"key": "pr|voters_polling_day||", "value": "500", "places": 2}]

    where = {"commandId": str(uuid4()), "election": "tiny", "form": "turnout", "slot": "t1400", "unit": "11"}
    electors = [{"contest": "pr", "item": "electors", "value": "900"}]
    done = ask(SUBMIT, night.WARD, i={**where, "figures": electors, "fill": True})
    assert (done["__typename"], done["status"]) == ("ReturnDone", "submitted")
    Projector(database).catch_up()
    assert verify(database).differences == []
