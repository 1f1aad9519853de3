"""The practice room: a rehearsal is opened, joined under one's own name, ended and scored in the browser; who did not open it
sees neither its sheet nor where its mistakes are."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import night
import pytest
import tiny
from drills import FIGURES, owner
from forms import TOKEN, form_after, log_in
from site_under_test import settings_for
from starlette.testclient import TestClient

from api.app import create_app
from api.drills import DrillState, EndDrill, OpenDrill
from api.training.people import HOSTS, must_be_for_practice
from api.training.room import PracticeRoom
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.errors import CommandIdReused, InvalidInput, NotAuthorised, UnknownReference

LEADER = HOSTS[0]
DRILL = "/training/tiny-drill-1"
ANALYST = Actor("分析", "分析室", Role.ANALYST, "*")


def past(service: Reporting, *, is_test: bool = True) -> None:
    """`tiny`, finished and true: its votes of 22:00 and 23:00."""
    desk = night.define(service, is_test=is_test)
    for unit, (a, b, _) in FIGURES.items():
        early = {"votes_a": a // 2, "votes_b": b // 2}
        night.submit(desk, unit, owner(unit), "flash", "2200", values=early)
        night.submit(desk, unit, owner(unit), "flash", "2300", values={"votes_a": a, "votes_b": b})


@pytest.fixture
def room(service: Reporting, tmp_path: Path) -> Iterator[PracticeRoom]:
    past(service)
    made = PracticeRoom(service, tmp_path / "sheets")
    yield made
    made.close()


@pytest.fixture
def client(service: Reporting, database: Database, tmp_path: Path) -> Iterator[TestClient]:
    past(service)
    projector = Projector(database)
    projector.catch_up()
    people = (*HOSTS, night.WARD, ANALYST)
    settings = settings_for(database.url, tmp_path, practice=people, publication=False)
    with TestClient(create_app(settings, drills=PracticeRoom), follow_redirects=False) as one:
        yield one


def wish(**given: object) -> OpenDrill:
    return OpenDrill.model_validate({"command_id": uuid4(), "election": "tiny", "mistakes": 4} | given)


def opened(client: TestClient, **typed: str) -> dict[str, str]:
    """The form that begins a rehearsal of `tiny`, filled in."""
    log_in(client, LEADER.person)
    return (
        form_after(client.get("/training").text, 'id="open"')
        | {"election": "tiny", "area": "*", "mistakes": "４"}
        | typed
    )


def test_a_rehearsal_is_opened_joined_ended_and_scored(
    client: TestClient, database: Database, tmp_path: Path
) -> None:
    form = opened(client)
    first, again = (client.post("/training", data=form).headers["location"] for _ in range(2))
    assert first == again, "a double click opens one"
    assert first.startswith(f"{DRILL}?done=")
    behind = threading.Timer(0.3, Projector(database).catch_up)
    behind.start()
    assert "混ざっています" in client.get(first).text, "the page waits for the views that follow"
    behind.join()
    assert "混ざっています" in client.get(DRILL).text
    assert "夜の途中" in client.get("/training").text
    assert "混ぜた誤りのゆくえ" not in client.get(DRILL).text
    sheet = tmp_path / "drills" / "tiny-drill-1.json"
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    paper = client.get(f"{DRILL}/paper/11").text
    assert 'data-plain="60"' in paper, "the leader answers the telephone"

    client.cookies.clear()
    seats = client.get("/sign-in").text
    assert "この席に着く" in seats, "people join without anybody's login"
    form = form_after(
        seats[seats.index("この席に着く") - 900 :], '<form class="inline" method="post" action="/sign-in"'
    )
    assert client.post("/sign-in", data=form | {"name": "　"}).headers["location"].endswith("seat=no")
    assert client.post("/sign-in", data=form | {"name": "robot-1"}).headers["location"].endswith("seat=no")
    seated = client.post("/sign-in", data=form | {"name": "山田"}).headers["location"]
    assert seated == first.replace("/training/", "/work/"), "waits for the same position"
    page = client.get(DRILL).text
    assert "山田" in page
    assert "自分の席です" in page
    assert client.get(seated).status_code == 200
    assert 'id="ending"' not in page, "only its leader ends it"
    assert "data-plain" not in client.get(f"{DRILL}/paper/11", headers={"accept": "text/html"}).text

    log_in(client, LEADER.person)
    shown = client.post(DRILL, data=form_after(client.get(DRILL).text, 'id="ending"')).text
    ending = form_after(shown, 'id="confirm"') | {"deed": "end"}
    unseen = client.post(DRILL, data=ending | {"stamp": "0" * 64})
    assert "NOT_AS_SHOWN" in unseen.text
    assert client.post(DRILL, data=ending).headers["location"] == DRILL
    told = client.get(DRILL).text
    assert "途中で終えた" in told
    assert told.count('<th scope="row">E') == 4
    assert json.loads(sheet.read_text())["state"] == "ended"
    client.post("/language", data={"language": "en", "back": "/"})
    assert "What became of the mistakes put in" in client.get(DRILL).text
    log_in(client, ANALYST.person)
    assert "What became of the mistakes put in" not in client.get(DRILL).text


WRONG = (
    ({"election": "atlantis"}, "atlantis"),
    ({"area": "999"}, "999"),
    ({"units": "0"}, "units"),
    ({"units": "many"}, "many"),
    ({"speed": "999999"}, "speed"),
    ({"mistakes": "-1"}, "mistakes"),
    ({"people": "moon"}, "moon"),
    ({"people": "nation"}, "nation"),
    ({"seed": "9" * 30}, "seed"),
)


def test_what_is_wrong_is_told_and_stays(client: TestClient) -> None:
    for typed, told in WRONG:
        answer = client.post("/training", data=opened(client, **typed))
        assert answer.status_code in (400, 409, 200), typed
        assert 'role="alert"' in answer.text
        assert told in answer.text, typed
        name, value = next(iter(typed.items()))
        assert name == "election" or f'value="{value}"' in answer.text
    assert "夜の途中" not in client.get("/training").text


def test_an_election_before_the_last_hundred_is_found_by_its_name(
    client: TestClient, service: Reporting, database: Database
) -> None:
    assert 'name="q"' not in client.get("/training").text, "all are listed"
    for number in range(101):
        day = date(2023, 1, 1) - timedelta(number)
        given = {"code": f"local-{number:03}", "label": tiny.label(f"町長選{number}"), "polling_date": day}
        service.define_election(night.election(**given), tiny.SYSTEM, uuid4())
    Projector(database).catch_up()
    log_in(client, LEADER.person)
    listed = client.get("/training").text
    assert 'value="local-100"' not in listed
    assert 'name="q"' in listed
    narrowed = client.get("/training?q=町長選100").text
    assert 'value="local-100"' in narrowed
    refused = client.post(
        "/training", data=form_after(narrowed, 'id="open"') | {"election": "local-100", "units": "x"}
    ).text
    assert 'role="alert"' in refused
    assert '<option value="local-100" selected' in refused


def test_who_answers_for_nothing_opens_nothing(client: TestClient) -> None:
    log_in(client, ANALYST.person)
    page = client.get("/training").text
    assert 'id="open"' not in page
    token = TOKEN.search(page)
    assert token
    form = {"token": token[1], "deed": "open", "election": "tiny", "command": str(uuid4())}
    assert "NOT_AUTHORISED" in client.post("/training", data=form).text
    log_in(client, night.WARD.person)
    assert "NOT_AUTHORISED" in client.post("/training", data=opened_by_ward(client)).text


def opened_by_ward(client: TestClient) -> dict[str, str]:
    return form_after(client.get("/training").text, 'id="open"') | {"election": "tiny", "area": "20"}


def test_a_server_without_a_room_says_so(database: Database, service: Reporting, tmp_path: Path) -> None:
    night.define(service)
    settings = settings_for(database.url, tmp_path, practice=HOSTS, publication=False)
    with TestClient(create_app(settings), follow_redirects=False) as plain:
        log_in(plain, LEADER.person)
        page = plain.get("/training")
        assert "訓練室がありません" in page.text
        assert '<a href="/training"' not in page.text, "no menu leads where nothing is"
        assert plain.get("/training/tiny", headers={"accept": "text/html"}).status_code == 404
        seat = {"election": "tiny-drill-1", "seat": "10", "name": "山田", "back": "/"}
        token = TOKEN.search(plain.get("/sign-in").text)
        assert token
        assert plain.post("/sign-in", data=seat | {"token": token[1]}).headers["location"].endswith("seat=no")


def test_a_room_answers_the_same_command_once_and_its_leader_alone(room: PracticeRoom) -> None:
    asked = wish(speed=1000)
    begun = room.open(asked, LEADER)
    assert room.open(asked, LEADER).election == begun.election
    assert [drill.election for drill in room.listed()] == [begun.election]
    with pytest.raises(CommandIdReused):
        room.open(asked.model_copy(update={"seed": 2}), LEADER)
    with pytest.raises(CommandIdReused):
        room.open(asked, night.NATION)
    ending = EndDrill(command_id=uuid4(), election=begun.election)
    for deed in (
        lambda: room.end(ending, night.NATION),
        lambda: room.phone_sheet(begun.election, "11", night.NATION),
    ):
        with pytest.raises(NotAuthorised):
            deed()
    assert room.report(begun.election, LEADER) is None, "never while it is played"
    with pytest.raises(UnknownReference):
        room.phone_sheet(begun.election, "99", LEADER)
    assert room.end(ending, LEADER).state is DrillState.ENDED
    assert room.end(ending, LEADER).state is DrillState.ENDED
    with pytest.raises(InvalidInput):
        room.end(EndDrill(command_id=uuid4(), election=begun.election), LEADER)
    another = room.open(wish(seed=2), LEADER)
    with pytest.raises(CommandIdReused):
        room.end(ending.model_copy(update={"election": another.election}), LEADER)
    report = room.report(begun.election, LEADER)
    assert report is not None
    assert len(report.findings) == 4
    assert room.report(begun.election, ANALYST) is None
    assert room.report(begun.election, night.WARD) is None


def test_what_a_stopped_server_leaves_is_interrupted_and_can_be_scored(
    room: PracticeRoom, service: Reporting, tmp_path: Path
) -> None:
    begun = room.open(wish(), LEADER)
    room.close()
    (tmp_path / "sheets" / "odd.json").write_text("{}")
    again = PracticeRoom(service, tmp_path / "sheets")
    assert again.stands(begun.election).state is DrillState.INTERRUPTED
    assert again.report(begun.election, LEADER) is not None
    again.close()


def test_no_more_rehearsals_at_once_than_a_server_plays(room: PracticeRoom) -> None:
    for seed in (1, 2, 3):
        room.open(wish(seed=seed), LEADER)
    with pytest.raises(InvalidInput):
        room.open(wish(seed=4), LEADER)


def test_a_real_night_is_no_rehearsal(service: Reporting, tmp_path: Path) -> None:
    """Whoever opens one reads its figures, and so do all who play: of a real election only what is certified."""
    past(service, is_test=False)
    made = PracticeRoom(service, tmp_path / "sheets")
    with pytest.raises(InvalidInput):
        made.open(wish(), LEADER)
    assert made.listed() == []
    with pytest.raises(InvalidInput):
        must_be_for_practice(service)
    made.close()


NO_NAMES = ("", "\u200b", "x" * 61, "a\nb", "robot-clerk", "ｒｏｂｏｔ-1", "publication clock", "\u202eevil")


def test_no_seat_under_what_is_no_name(room: PracticeRoom) -> None:
    begun = room.open(wish(), LEADER)
    seat = begun.seats[0]
    assert [name for name in NO_NAMES if room.guest(begun.election, seat.area, name) is not None] == []
    assert room.guest(begun.election, seat.area, "<b>山田</b>") is not None, (
        "any text is one, and shown as text"
    )
    assert room.guest(begun.election, "99", "山田") is None
    assert room.guest("tiny", seat.area, "山田") is None
    assert not room.has_seat(Actor("山田", "他の委員会", seat.role, seat.area))
