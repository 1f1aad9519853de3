"""Lists of polling places as a file: whole or not at all, whichever way it comes; every bad row by row and column."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import polling_land
import pytest
from click.testing import CliRunner
from polling_land import capture
from starlette.testclient import TestClient
from tiny import SYSTEM

from api.app import create_app
from api.auth import issue_token, load_key
from api.cli.group import root
from api.settings import Settings
from projections.runner import Projector
from reporting.application.polling_places import PollingPlaces
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor
from reporting.errors import NotAuthorised, UnknownReference
from reporting.files.problems import FileRefused
from reporting.importing import ImportReport, import_places

HEAD = "unit,number,name,kind,district,opens,closes,valid_from,valid_to\n"
GOOD = (
    HEAD
    + "11,1,中央小学校,,1,7:00,20:00,,\n11,２,公民館,投票所,2,07:00,18:00,,\n"
    "12,1,北小学校,polling,,,,,\n11,期1,区役所,期日前投票所,,8:30,20:00,2024-10-16,2024-10-27\n".replace(
        "期1", "E1"
    )
)
Take = Callable[..., ImportReport]


@pytest.fixture
def take(service: Reporting, tmp_path: Path) -> Take:
    def go(text: str | bytes, actor: Actor = SYSTEM, **more: Any) -> ImportReport:
        path = tmp_path / "places.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return import_places(path, service, actor, **{"election": "tiny", **more})

    return go


def numbers(service: Reporting, unit: str) -> list[str]:
    page = PollingPlaces(service).page("tiny", "turnout", "t1400", unit)
    return [place.number for place in page.unit.places]


def test_a_file_is_taken_whole_and_once(service: Reporting, take: Take) -> None:
    polling_land.define(service)
    at = service.ledger.position()
    dry = take(GOOD, dry_run=True)
    assert (dry.rows, dry.position, service.ledger.position()) == (4, None, at)
    done = take(GOOD)
    assert (done.rows, done.events, done.unchanged) == (4, 2, 0)
    assert (numbers(service, "11"), numbers(service, "12")) == (["1", "2", "E1"], ["1"])
    again = take(GOOD)
    assert (again.events, again.unchanged, service.ledger.position()) == (0, 4, done.position)
    one = take(HEAD + "12,1,北小学校,,,,,,\n12,3,新しい投票所,,,,,,\n")
    assert (one.events, numbers(service, "11"), numbers(service, "12")) == (1, ["1", "2", "E1"], ["1", "3"])
    assert take(GOOD).events == 1, "as it was before"
    assert take(GOOD.encode("cp932"), encoding="cp932").events == 0


def test_only_who_may_enter_for_every_unit_brings_a_file(service: Reporting, take: Take) -> None:
    polling_land.define(service)
    with pytest.raises(NotAuthorised):
        take(GOOD, night.WARD)
    assert numbers(service, "11") == []
    assert take(GOOD, night.CITY).events == 2
    with pytest.raises(UnknownReference):
        take(GOOD, election="tinny")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD, [(None, "")]),
        ("unit,number\n11,1\n", [(1, "name")]),
        ("unit,number,name,extra\n11,1,a,b\n", [(1, "extra")]),
        (HEAD + "11,1,中央\n", [(2, "")]),
        (HEAD + "99,1,中央,,,,,,\n99,2,中央,,,,,,\n", [(2, "unit")]),
        (HEAD + "P1,1,県,,,,,,\n", [(2, "unit")]),
        (HEAD + "11,,中央,,,,,,\n", [(2, "number")]),
        (HEAD + "11,1,,,,,,,\n", [(2, "name")]),
        (HEAD + "11,第一,中央,,,,,,\n", [(2, "number")]),
        (HEAD + "11,1,中央,開票所,,,,,\n", [(2, "kind")]),
        (HEAD + "11,1,中央,,,7時,,,\n11,2,北,,,,24:00,,\n", [(2, "opens"), (3, "closes")]),
        (HEAD + "11,1,中央,,,,,10/16,\n", [(2, "valid_from")]),
        (HEAD + "11,1,中央,,,20:00,7:00,,\n", [(2, "")]),
        (HEAD + "11,1,中央,,,,,,\n12,1,北,,,,,,\n11,01,南,,,,,,\n", [(4, "number")]),
        (HEAD + "11,1,中央,,,,,,2024-10-20\n11,1,南,期日前投票所,,,,2024-10-20,\n", [(3, "kind")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_row_and_column(
    service: Reporting, take: Take, text: str, told: list[tuple[int | None, str]]
) -> None:
    polling_land.define(service)
    at = service.ledger.position()
    with pytest.raises(FileRefused) as refused:
        take(text)
    assert [(problem.row, problem.column) for problem in refused.value.problems] == told
    for problem in refused.value.problems:
        assert problem.file == "places.csv"
        assert problem.told().ja != problem.told().en
    assert service.ledger.position() == at


def test_a_place_that_reported_is_named_where_its_unit_stands(service: Reporting, take: Take) -> None:
    polling_land.define(service)
    take(GOOD)
    capture(service, "2", voters_polling_day=5)
    with pytest.raises(FileRefused) as refused:
        take(HEAD + "12,1,北小学校,,,,,,\n11,1,中央小学校,,,,,,\n")
    (problem,) = refused.value.problems
    assert (problem.row, problem.column) == (3, "number")
    assert "投票所 2" in problem.told().ja
    assert numbers(service, "11") == ["1", "2", "E1"]


def test_on_the_command_line(service: Reporting, database: Database, tmp_path: Path) -> None:
    polling_land.define(service)
    path = tmp_path / "places.csv"
    environment = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA": str(tmp_path)}

    def run(*words: str) -> Any:
        return CliRunner().invoke(
            root, ["import", "places", str(path), "--election", "tiny", *words], env=environment
        )

    path.write_text(GOOD, encoding="utf-8")
    assert "4 rows are in order" in run("--dry-run").output
    done = run()
    assert (done.exit_code, "4 rows, 2 events" in done.output) == (0, True), done.output
    path.write_text(GOOD + "11,1,二重,,,,,,\n", encoding="utf-8")
    refused = run()
    assert refused.exit_code == 1
    assert "places.csv:6 [number] 1 →" in refused.output
    assert numbers(service, "11") == ["1", "2", "E1"]


@pytest.fixture
def client(database: Database, settings: Settings, service: Reporting) -> Iterator[TestClient]:
    polling_land.define(service)
    projector = Projector(database)
    projector.catch_up()
    with TestClient(create_app(settings)) as serving:
        yield serving


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    return Settings(database_url=database.url, data_dir=tmp_path, token_key=tmp_path / "token.key")


ANSWER = """__typename ... on ImportDone { rows events unchanged position }
  ... on ImportRefused { problems { row column stands { ja } expected { ja en } } } ... on Refusal { messageJa }"""


def test_the_same_by_graphql(client: TestClient, settings: Settings, service: Reporting) -> None:
    token = issue_token(load_key(settings.token_key), night.CITY, now=int(time.time()))

    def ask(query: str, **variables: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        answer = client.post(
            "/graphql", json={"query": query, "variables": variables}, headers=headers
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]["told"]

    def sent(text: str) -> str:
        query = "mutation($i: SendUploadInput!) { told: sendUpload(input: $i) { ... on UploadSent { upload { id } } } }"
        given = {"name": "places.csv", "content": base64.b64encode(text.encode()).decode()}
        return str(ask(query, i=given)["upload"]["id"])

    look = f"query($i: ImportInput!) {{ told: previewImport(input: $i) {{ {ANSWER} }} }}"
    take = f"mutation($i: TakeUploadInput!) {{ told: takeUpload(input: $i) {{ {ANSWER} }} }}"
    wrong = {"upload": sent(GOOD + "11,1,二重,,,,,,\n"), "kind": "places", "election": "tiny"}
    for refused in (ask(look, i=wrong), ask(take, i={**wrong, "commandId": str(uuid4())})):
        assert refused["__typename"] == "ImportRefused"
        (problem,) = refused["problems"]
        assert (problem["row"], problem["column"], problem["stands"]["ja"]) == (6, "number", "1")
        assert "1 回だけ" in problem["expected"]["ja"]
    assert numbers(service, "11") == []
    assert "election" in ask(look, i={"upload": wrong["upload"], "kind": "places"})["messageJa"]
    right = {"upload": sent(GOOD), "kind": "places", "election": "tiny"}
    assert ask(look, i=right)["events"] == 2
    assert numbers(service, "11") == []
    given = {**right, "commandId": str(uuid4())}
    first = ask(take, i=given)
    assert (first["__typename"], first["rows"], first["events"]) == ("ImportDone", 4, 2)
    assert ask(take, i=given) == first
    assert numbers(service, "11") == ["1", "2", "E1"]


def test_the_same_over_http(client: TestClient, settings: Settings, service: Reporting) -> None:
    token = issue_token(load_key(settings.token_key), night.CITY, now=int(time.time()))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    bare = client.post("/import/places", content=GOOD.encode(), headers=headers)
    assert (bare.status_code, "election" in bare.text) == (400, True)
    asked = client.post("/import/places?election=tiny&submit=1", content=GOOD.encode(), headers=headers)
    assert (asked.status_code, "submit" in asked.text) == (400, True)
    done = client.post("/import/places?election=tiny&name=places.csv", content=GOOD.encode(), headers=headers)
    assert '"events":2' in done.text.splitlines()[-1].replace(" ", "")
    assert numbers(service, "12") == ["1"]


def test_twenty_thousand_places_are_taken_in_seconds(service: Reporting, take: Take) -> None:
    polling_land.define(service)
    many = "".join(
        f"{unit},{number},第{number}投票所,,{number},07:00,20:00,,\n"
        for unit in ("11", "12", "20", "31", "32")
        for number in range(1, 4_001)
    )
    began = time.process_time()
    done = take(HEAD + many)
    assert (done.rows, done.events) == (20_000, 5)
    assert time.process_time() - began < 60
