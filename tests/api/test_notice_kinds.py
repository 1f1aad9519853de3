"""A notice says what happened: first figures, correction, withdrawal, absence stated; the public counts corrections by that
word, and how many units are whole. Through GraphQL, the feed and the package."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as xml

import night
import pytest
from hypothesis import given
from hypothesis import strategies as st
from night import CITY, OTHER_WARD, PREFECTURE, WARD
from starlette.testclient import TestClient
from tiny import AUDITOR

from api.app import create_app
from api.notices import ATOM
from api.settings import Settings
from projections.rebuild import rebuild
from projections.runner import Projector
from reporting.application.desk_commands import Submit, Withdraw
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Channel
from reporting.domain.events import Event
from reporting.domain.released import NOT_REPORTED, ChangeKind, kind_of, notice_words
from reporting.domain.workflow_events import SlotReleased
from reporting.ledger import Command, NewEvent, slot_stream
from reporting.ledger.registry import decode
from reporting.publication.package import CountMethod, build
from reporting.publication.planned import Release
from reporting.publication.release import CLOCK, Publication

LATE = datetime.fromisoformat(night.ELEVEN) + timedelta(hours=1)
STORED = Path(__file__).parents[1] / "corpus" / "SlotReleased"
RELEASES = """{ releases(election: "tiny", form: "final") { number notice { ja en } kinds correction corrections
  approved expected whole incomplete { unit cells }
  changes { unit cell kind before after withdrawn } } }"""


class Night:
    """A slot whose returns are entered, approved and released step by step."""

    def __init__(self, service: Reporting, database: Database, settings: Settings) -> None:
        self.desk = night.define(service, rules=())
        self.clock, self.database = Publication(service, self.desk), database
        self.projector = Projector(database)
        self.app = create_app(settings)

    def say(self, unit: str, reason: str | None = None, **values: object) -> None:
        figures = night.cells(**values)
        self.desk.submit(
            Submit(**night.of(unit), figures=figures, reason=reason), WARD if unit == "11" else OTHER_WARD
        )

    def release(self, *units: str) -> Release:
        for unit in units:
            for actor in (CITY, PREFECTURE):
                night.approve(self.desk, actor, unit)
        made = self.clock.release("tiny", "final", "final", LATE, CLOCK)
        assert made is not None
        self.projector.catch_up()
        return made

    def read(self) -> list[dict[str, Any]]:
        """Releases as GraphQL tells anybody, oldest first."""
        with TestClient(self.app) as client:
            answer = client.post("/graphql", json={"query": RELEASES}).json()
            self.feed = xml.fromstring(client.get("/notices.atom?election=tiny").content)
        assert "errors" not in answer, answer
        return list(reversed(answer["data"]["releases"]))

    def titles(self) -> list[str]:
        """Of the feed as last read, oldest first."""
        found = [one.findtext(f"{{{ATOM}}}title") or "" for one in self.feed.findall(f"{{{ATOM}}}entry")]
        return [title.partition(":")[0].removeprefix("【試験 TEST】") for title in reversed(found)]


@pytest.fixture
def story(service: Reporting, database: Database, settings: Settings) -> Night:
    from dataclasses import replace

    return Night(service, database, replace(settings, publication=False))


def test_first_figures_are_no_correction_and_corrections_are_counted_by_themselves(story: Night) -> None:
    story.say("11", **night.BALANCED)
    story.release("11")
    story.say("12", **night.BALANCED)
    story.release("12")
    story.say("11", "読み違い", votes_a=61, votes_b=37)
    story.release("11")
    story.desk.withdraw(Withdraw(**night.of("12"), reason="別の開票区の数字"), OTHER_WARD)
    story.say("12", "再報告", **{**night.BALANCED, "votes_a": 50, "votes_b": 48})
    story.release("12")
    told = story.read()
    assert [(one["number"], one["notice"]["ja"], one["notice"]["en"], one["correction"]) for one in told] == [
        (1, "公表", "publication", None),
        (2, "追加", "first figures", None),
        (3, "訂正 第1号", "correction 1", 1),
        (4, "訂正 第2号", "correction 2", 2),
    ]
    assert [one["corrections"] for one in told] == [0, 0, 1, 2]
    assert [one["kinds"] for one in told] == [[], ["FIRST"], ["CORRECTION"], ["CORRECTION"]]
    assert {(one["before"], one["kind"]) for one in told[1]["changes"]} == {(None, "FIRST")}
    assert [(one["before"], one["after"]) for one in told[2]["changes"]] == [("60", "61"), ("38", "37")]
    assert story.titles() == [
        "公表 publication", "追加 first figures", "訂正 第1号 correction 1", "訂正 第2号 correction 2",
    ]  # fmt: skip
    assert NOT_REPORTED not in xml.tostring(story.feed, encoding="unicode")


def test_a_withdrawal_is_told_and_is_no_way_around_a_correction(story: Night) -> None:
    story.say("11", **night.BALANCED)
    story.release("11")
    story.say("11", "取り下げる", votes_a=NOT_REPORTED)
    story.release("11")
    story.say("11", "再報告", votes_a=70)
    story.release("11")
    _, taken, again = story.read()
    assert (taken["notice"]["ja"], taken["correction"]) == ("取り下げ", None)
    assert [(one["before"], one["after"]) for one in taken["changes"]] == [("60", NOT_REPORTED)]
    assert (again["notice"]["ja"], again["correction"]) == ("訂正 第1号", 1)
    assert [(c["kind"], c["before"], c["after"], c["withdrawn"]) for c in again["changes"]] == [
        ("CORRECTION", NOT_REPORTED, "70", "60")
    ]
    assert story.titles() == ["公表 publication", "取り下げ withdrawal", "訂正 第1号 correction 1"]


def test_a_stated_absence_has_a_name_of_its_own_and_kinds_stand_together(story: Night) -> None:
    values = {name: value for name, value in night.BALANCED.items() if name != "ballots_not_deposited"}
    story.say("11", **values)
    story.release("11")
    story.say("11", "書き落とし", ballots_not_deposited="!none")
    story.release("11")
    story.say("11", "読み違い", votes_a=61)
    story.say("12", **values)
    story.release("11", "12")
    _, stated, both = story.read()
    assert stated["notice"] == {"ja": "数値なしの報告", "en": "absence stated"}
    assert both["notice"] == {"ja": "訂正 第1号・追加", "en": "correction 1, first figures"}
    assert (both["kinds"], both["correction"]) == (["CORRECTION", "FIRST"], 1)


def test_units_count_as_whole_only_with_every_figure_the_form_needs(story: Night) -> None:
    story.say("11", **night.BALANCED)
    story.say("12", electors=200)
    story.release("11", "12")
    (first,) = story.read()
    assert (first["approved"], first["whole"], first["expected"]) == (2, 1, 5)
    (lack,) = first["incomplete"]
    assert lack["unit"] == "12"
    assert {"pr|voters||", "pr|votes||a", "pr|votes||b"} <= set(lack["cells"])
    assert "pr|electors||" not in lack["cells"]
    content = story.feed.findtext(f"{{{ATOM}}}entry/{{{ATOM}}}content") or ""
    assert content.startswith("1/5 団体で全欄 whole units（一部でも with any figure 2）")
    assert "欄の不足 lacking: 12" in content
    story.say("12", "残り", **{**night.BALANCED, "voters": "!none"})
    story.release("12")
    second = story.read()[1]
    assert (second["approved"], second["whole"], second["incomplete"]) == (2, 2, [])
    assert second["notice"]["ja"] in ("追加", "追加・数値なしの報告")


def test_the_package_says_the_same(story: Night) -> None:
    story.say("11", **night.BALANCED)
    story.say("12", electors=200)
    story.release("11", "12")
    story.say("11", "読み違い", votes_a=61)
    story.say("12", "残り", voters=100)
    story.release("11", "12")
    files = story.clock.package("tiny", "final", "final", 2)[1].files
    rows = {
        (row["unit"], row["item"], row["choice"]): row
        for row in csv.DictReader(io.StringIO(files["changes.csv"].decode()))
    }
    assert [rows["11", "votes", "a"][name] for name in ("before", "after", "kind")] == [
        "60",
        "61",
        "correction",
    ]
    assert [rows["12", "voters", ""][name] for name in ("before", "after", "kind")] == ["", "100", "first"]
    manifest = json.loads(files["manifest.json"])
    assert (manifest["kinds"], manifest["corrections"]) == (["correction", "first"], 1)
    assert manifest["coverage"] == {"approved": 2, "expected": 5, "whole": 1}
    assert set(manifest["incomplete"]) == {"12"}


class ReleasedBefore(Event):
    """SlotReleased as version 1 had it."""

    type = "SlotReleased"
    election: str = "tiny"
    form: str = "final"
    slot: str = "final"
    release: str
    number: int
    upto: int = 1
    due: None = None
    approved: int = 1
    expected: int = 5
    under_correction: tuple[str, ...] = ()
    units_changed: int = 0
    changes: tuple[dict[str, str | None], ...] = ()
    package: str = ""


def test_releases_stored_before_are_told_by_the_same_words(story: Night, service: Reporting) -> None:
    change = {"unit": "11", "office": "市選管", "reason_class": None, "approved_by": None}
    first = {**change, "cell": "pr|votes||a", "before": NOT_REPORTED, "after": "491234"}
    fixed = {**change, "cell": "pr|votes||b", "before": "5", "after": "6"}
    stream = slot_stream("tiny", "final", "final")
    for number, changes in ((1, ()), (2, (first,)), (3, (fixed,))):
        event = ReleasedBefore(release=str(uuid4()), number=number, changes=changes)
        body = f"{number}".encode()
        service.ledger.append(
            Command(uuid4(), body, AUDITOR, Channel.API, (NewEvent(stream, number, event),))
        )
    story.projector.catch_up()
    before = story.read()
    assert [one["notice"]["ja"] for one in before] == [
        "公表",
        "追加",
        "訂正 第2号",
    ]  # as it had been announced
    assert (before[1]["changes"][0]["before"], before[1]["whole"]) == (None, None)
    rebuild(story.database)
    assert story.read() == before
    story.say("11", **night.BALANCED)
    story.release("11")
    assert story.read()[3]["corrections"] == 2


def test_packages_published_before_are_made_again_to_the_byte(story: Night, service: Reporting) -> None:
    head = decode("SlotReleased", 1, (STORED / "v1.json").read_bytes())
    assert isinstance(head, SlotReleased)
    known = service.catalog.election("tiny")
    unreported = head.changes[0].model_copy(update={"before": None, "kind": ChangeKind.FIRST})
    head = head.model_copy(update={"form": "final", "changes": (*head.changes, unreported)})
    held = {"11": {"pr|voters||": "5"}}
    files = build(known.definition, known.roster, head, held, {"11": CountMethod("sample", 12, 39)}).files
    assert files["figures.csv"].decode() == (
        "unit,unit_name,contest,item,breakdown,choice,value\r\n11,地域11,pr,voters,,,5\r\n"
    )
    assert b"sampled" not in files["totals.csv"]
    assert files["changes.csv"].decode() == (
        "unit,contest,item,breakdown,choice,before,after,office,reason_class,approved_by\r\n"
        "28204,con,votes,,7,1234.567,1233.567,姫路市選挙管理委員会,typing_error,兵庫県選挙管理委員会\r\n"
        "28204,con,votes,,7,!not_reported,1233.567,姫路市選挙管理委員会,typing_error,兵庫県選挙管理委員会\r\n"
    )
    assert set(json.loads(files["manifest.json"])) == {
        "election", "isTest", "form", "slot", "release", "number", "events", "coverage", "underCorrection", "files",
    }  # fmt: skip


TEXTS = st.sampled_from(["0", "5", "491234", "!none", "!suppressed", NOT_REPORTED])


@given(st.lists(TEXTS, min_size=1))
def test_a_cell_is_told_as_first_at_most_once_and_every_other_figure_is_counted(texts: list[str]) -> None:
    public: str | None = None
    withdrawn: str | None = None
    kinds: list[ChangeKind] = []
    for text in texts:
        if text == public:
            continue
        kinds.append(kind_of(public, text, withdrawn))
        if text != NOT_REPORTED:
            withdrawn = None
        elif public not in (None, NOT_REPORTED):
            withdrawn = public
        public = text
    assert kinds.count(ChangeKind.FIRST) <= 1
    said = [text for text in texts if text != NOT_REPORTED]
    changes = sum(kind is ChangeKind.CORRECTION for kind in kinds)
    assert changes == sum(kind is not ChangeKind.WITHDRAWAL for kind in kinds) - sum(
        kind in (ChangeKind.FIRST, ChangeKind.ABSENCE) for kind in kinds
    )
    assert not said or ChangeKind.FIRST in kinds or ChangeKind.ABSENCE in kinds
    for kind in kinds:
        assert ("訂正" in notice_words(2, [kind], 1)[0]) == (kind is ChangeKind.CORRECTION)
