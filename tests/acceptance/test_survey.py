"""A questionnaire without an election, from one file: answered, sent back, approved, published and corrected as any return is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from product_texts import ROOT
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import issue_token, load_key
from api.settings import Settings
from projections.runner import Projector
from projections.verify import verify
from reporting.application.defining import SurveyMarkChanged
from reporting.application.desk import Desk
from reporting.application.desk_commands import Approve
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.definitions.load import load_election, shipped_registry
from reporting.domain.actor import Actor
from reporting.domain.expansion import expand
from reporting.domain.registry import AreaRegistry
from reporting.files.problems import FileRefused
from reporting.importing import import_election
from reporting.publication.release import Publication

EXAMPLE = ROOT / "examples" / "survey" / "digital.toml"
SLOT = {"election": "online-2026", "form": "answer", "slot": "june"}
Ask = Callable[..., Any]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The example as it stands, put to the tiny country."""
    text = EXAMPLE.read_text("utf-8")
    for there, here in (
        ('registry = "japan"', 'registry = "tinyland"'),
        ('["designated_city", "prefecture", "nation"]', '["city", "prefecture", "nation"]'),
        ("2026-06-30T10:00:00", "2026-06-20T10:00:00"),
    ):
        assert there in text
        text = text.replace(there, here)
    (tmp_path / "survey.toml").write_text(text, "utf-8")
    return tmp_path / "survey.toml"


@pytest.fixture
def ask(database: Database, service: Reporting, tmp_path: Path, file: Path) -> Iterator[Ask]:
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    import_election(file, service, tiny.SYSTEM)
    projector = Projector(database)
    settings = Settings(
        database_url=database.url, data_dir=tmp_path, token_key=tmp_path / "token.key", projector=False
    )
    with TestClient(create_app(settings)) as client:
        key = load_key(settings.token_key)

        def asked(query: str, actor: Actor | None = None, **variables: Any) -> Any:
            projector.catch_up()
            token = issue_token(key, actor, now=int(time.time())) if actor else None
            if query.startswith("/"):
                return client.get(query).text
            answer = client.post(
                "/graphql",
                json={"query": query, "variables": variables},
                headers={"Authorization": f"Bearer {token}"} if token else {},
            ).json()
            assert "errors" not in answer, answer
            return next(iter(answer["data"].values()))

        yield asked


def answers(**values: str) -> list[dict[str, str]]:
    return [{"contest": "asked", "item": item, "value": value} for item, value in values.items()]


SUBMIT = """mutation($i: SubmitInput!) { submitReturn(input: $i) { __typename ... on ReturnDone { status } ... on Refusal { messageEn } } }"""
DEADLINES = (
    """query($k: WorkKind!) { workList(election: "online-2026", kind: $k) { nodes { unit cutOff } } }"""
)
TOTAL = """{ election(code: "online-2026") { contest(code: "asked") { totals(form: "answer", slot: "june", geography: "administrative",
  areas: ["JP"]) { nodes { item value reported expected } } } } }"""


def test_a_questionnaire_from_its_file_to_its_published_totals(
    ask: Ask, service: Reporting, database: Database
) -> None:
    """Nobody names a contest: the form asks what the file asks, and every unit is due by the deadline until it has answered."""
    missing = ask(DEADLINES, night.PREFECTURE, k="MISSING")["nodes"]
    assert {row["unit"] for row in missing} == {"11", "12", "20"}
    assert {row["cutOff"] for row in missing} == {"2026-06-19T17:00:00+09:00"}

    figures = answers(procedures="120", online="90", staff="3")
    done = ask(SUBMIT, night.TOWN, i={**SLOT, "unit": "20", "commandId": str(uuid4()), "figures": figures})
    assert (done["__typename"], done["status"]) == ("ReturnDone", "submitted")
    assert [row["unit"] for row in ask(DEADLINES, night.TOWN, k="MISSING")["nodes"]] == []
    asks = ask(
        """{ desk(election: "online-2026", form: "answer", slot: "june", unit: "20") { asks { contests { label { ja }
          cells { key item { ja } } } } } }""",
        night.TOWN,
    )["asks"]
    (only,) = asks["contests"]
    assert only["label"]["ja"] == "行政手続オンライン化の状況調査"
    assert [cell["item"]["ja"] for cell in only["cells"]] == [
        "手続の種類数", "うちオンラインで申請できるもの", "担当職員数",
    ]  # fmt: skip

    desk = Desk(service)
    for office in (night.PREFECTURE, night.NATION):
        desk.approve(Approve(command_id=uuid4(), unit="20", **SLOT), office)
    assert {row["value"] for row in ask(TOTAL)["contest"]["totals"]["nodes"]} == {None}
    Publication(service, desk).tick("online-2026", datetime.fromisoformat("2026-06-20T10:00:00+09:00"))
    told = {row["item"]: row for row in ask(TOTAL)["contest"]["totals"]["nodes"]}
    assert {item: row["value"] for item, row in told.items()} == {
        "procedures": "120", "online": "90", "online_rate": "75.0", "staff": "3",
    }  # fmt: skip
    assert (told["online"]["reported"], told["online"]["expected"]) == (1, 5)

    corrected = answers(online="96")
    where = {**SLOT, "unit": "20", "commandId": str(uuid4()), "reason": "数え直し", "reasonClass": "recount"}
    assert ask(SUBMIT, night.TOWN, i={**where, "figures": corrected})["__typename"] == "ReturnDone"
    history = ask(
        """{ election(code: "online-2026") { figureHistory(form: "answer", slot: "june", unit: "20", contest: "asked", item: "online") {
          nodes { before after reason } } } }""",
        night.TOWN,
    )["figureHistory"]["nodes"]
    assert [(deed["before"], deed["after"], deed["reason"]) for deed in history][:1] == [
        ("90", "96", "数え直し")
    ]
    assert verify(database).differences == []


def test_pages_call_it_a_survey(ask: Ask) -> None:
    """Among the surveys, with the day its answers are about: no polling day, no election."""
    home = ask("/")
    assert "まだ選挙がありません。" in home
    assert home.index("選挙以外の調査") < home.index("行政手続オンライン化の状況調査")
    for page in (home, ask("/results/online-2026")):
        assert "調査基準日 2026-06-01" in page
        assert "投票日" not in page
    told = ask("""{ election(code: "online-2026") { isSurvey kind } }""")
    assert told == {"isSurvey": True, "kind": "survey"}


def test_all_municipalities_of_the_country_are_asked_by_the_example() -> None:
    """1,892 units on Japan's shipped areas, each with the same one thing to answer."""
    shipped, areas = shipped_registry(), AreaRegistry()
    areas.declare(shipped.geographies)
    areas.register(shipped.areas)
    definition = load_election(EXAMPLE)
    roster = expand(definition, areas.at(definition.polling_date))
    assert len(roster.units) == 1892
    assert {code: len(units) for code, units in roster.contest_units.items()} == {"asked": 1892}


@pytest.mark.parametrize(
    ("there", "instead", "told"),
    [
        ("reference_date = 2026-06-01\n", "", "reference_date"),
        ("[[forms]]", '[[contests]]\ncode = "mayor"\n\n[[forms]]', "contests"),
        ('survey = "online-2026"', 'survey = "online 2026"', "online 2026"),
        ('items = ["procedures",', 'items = ["procedure",', "procedure"),
        ('area = "JP"', 'area = ""', "asked.area"),
    ],
)
def test_what_is_no_survey_is_named(file: Path, there: str, instead: str, told: str) -> None:
    text = file.read_text("utf-8")
    assert there in text
    file.write_text(text.replace(there, instead), "utf-8")
    with pytest.raises(FileRefused) as refused:
        load_election(file)
    assert any(told in str(problem) for problem in refused.value.problems), refused.value.problems


def test_an_election_cannot_pass_for_a_survey(file: Path) -> None:
    definition = load_election(file)
    contest = definition.contests[0].model_copy(update={"kind": "mayor"})
    with pytest.raises(ValueError, match="without contests"):
        type(definition).model_validate({**dict(definition), "contests": (contest,)})


def test_it_does_not_become_an_election_nor_an_election_one(service: Reporting, file: Path) -> None:
    service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    import_election(file, service, tiny.SYSTEM)
    survey = service.catalog.election("online-2026").definition
    voted = tiny.election(code="voted", is_test=survey.is_test)
    service.define_election(voted, tiny.SYSTEM, uuid4())
    for other in (
        tiny.election(code="online-2026", is_test=survey.is_test),
        survey.model_copy(update={"code": "voted"}),
    ):
        for dry_run in (True, False):
            with pytest.raises(SurveyMarkChanged, match="別のコード"):
                service.define_election(other, tiny.SYSTEM, uuid4(), dry_run=dry_run, reason="誤り")
    assert service.catalog.election("voted").definition == voted
