"""One reading of numbers through every way in: GraphQL, draft, preview, command, CSV, workbook, definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import openpyxl
import pytest
import tiny
from numbers_like import number_like
from tiny import Ask

from projections.runner import Projector
from reporting.application.commands import CellInput, EnterFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import SaveDraft
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.returns import FiguresRefused
from reporting.domain.workflow import RuleUse
from reporting.errors import ReportingError
from reporting.files.problems import FileRefused
from reporting.importing import import_returns, import_workbook
from reporting.lineage.weights import read_shares
from reporting.rules.catalogue import in_force
from reporting.series.errata import ERRATA_COLUMNS, errata

GOOD = {"１，２００": "1200", "1'200": "1200", " 1200 ": "1200", "1,200": "1200", "1200": "1200"}


def strange() -> list[str]:
    characters = number_like()
    return [f"12{character}" for character in characters] + [f"{character}3" for character in characters[::7]]


@pytest.fixture
def tried(service: Reporting, tmp_path: Path) -> dict[str, Callable[[list[str]], list[str]]]:
    """Way in → what it says of each text: its refusals, each naming the text's character."""
    tiny.define(service)
    return {
        "command": lambda texts: _command(service, texts),
        "draft": lambda texts: _draft(service, texts),
        "csv": lambda texts: _csv(service, tmp_path, texts),
        "workbook": lambda texts: _workbook(service, tmp_path, texts),
        "shares": lambda texts: _shares(tmp_path, texts),
        "errata": lambda texts: _errata(tmp_path, texts),
        "rule settings": _settings,
    }


def _command(service: Reporting, texts: list[str]) -> list[str]:
    found: list[str] = []
    for start in range(0, len(texts), 2_000):
        cells = tuple(
            CellInput(contest="pr", item="electors", value=text) for text in texts[start : start + 2_000]
        )
        request = EnterFigures(**night.of("11"), expected_version=0, figures=cells)
        with pytest.raises(FiguresRefused) as refused:
            service.enter_figures(request, tiny.SYSTEM)
        found += [f"{one.found} {one.expected_ja} {one.expected_en}" for one in refused.value.problems]
    return found


def _draft(service: Reporting, texts: list[str]) -> list[str]:
    """A draft takes anything; its check tells, here for a sample of one election with a desk."""
    service.define_election(night.election(code="night"), tiny.SYSTEM, uuid4())
    desk = Desk(service)
    place, found = {**night.of("11"), "election": "night"}, []
    for text in texts[::100]:
        cell = CellInput(contest="pr", item="electors", value=text)
        desk.save_draft(SaveDraft(**{**place, "command_id": uuid4()}, cells=(cell,)), night.WARD)
        problems, _ = desk.draft_check(desk.returns.open("night", "final", "final", "11"))
        found += [f"{one.found} {one.expected_ja} {one.expected_en}" for one in problems]
    return found


def _refused(take: Callable[[], object]) -> list[str]:
    with pytest.raises(FileRefused) as refused:
        take()
    return [f"{one.found} {one.expected}" for one in refused.value.problems]


def _csv(service: Reporting, folder: Path, texts: Iterable[str]) -> list[str]:
    path = folder / "r.csv"
    rows = [f'tiny,final,final,11,pr,electors,"{text}"' for text in texts]
    path.write_text("\n".join(["election,form,slot,unit,contest,item,value", *rows]), encoding="utf-8")
    return _refused(lambda: import_returns(path, service, tiny.SYSTEM))


def _workbook(service: Reporting, folder: Path, texts: list[str]) -> list[str]:
    """A sheet for each of a sample: a unit has one row."""
    path, told = folder / "b.xlsx", []
    for text in texts[::100]:
        book = openpyxl.Workbook()
        for row in (
            ["小選挙（令和6年10月27日執行）"],
            ["比例代表"],
            ["市区町村名＼政党名", "甲党"],
            ["地域11", text],
        ):
            book.active.append(row)
        book.save(path)
        told += _refused(
            lambda: import_workbook(path, service, tiny.SYSTEM, election="tiny", form="final", slot="final")
        )
    return told


def _shares(folder: Path, texts: Iterable[str]) -> list[str]:
    path = folder / "shares.csv"
    rows = [f'2024-01-01,1,2,"0.{text}",m,s' for text in texts]
    path.write_text("\n".join(["date,of,into,weight,method,source", *rows]), encoding="utf-8")
    return _refused(lambda: read_shares(path))


def _errata(folder: Path, texts: Iterable[str]) -> list[str]:
    path = folder / "errata.csv"
    rows = [f'e,e,2024-01-01,pr,11,votes,,p,"{text}",q,1,1,s,' for text in texts]
    path.write_text("\n".join([",".join(ERRATA_COLUMNS), *rows]), encoding="utf-8")
    errata.cache_clear()
    return _refused(lambda: errata(path))


def _settings(texts: Iterable[str]) -> list[str]:
    found = []
    for text in texts:
        with pytest.raises(ReportingError) as refused:
            in_force((RuleUse(code="J08", settings={"turnout_max": text}),))
        found.append(f"{refused.value.facts['found']}")
    return found


@pytest.mark.parametrize("way", ["command", "draft", "csv", "workbook", "shares", "errata", "rule settings"])
def test_what_only_looks_like_a_number_is_refused_by_every_way_in(
    tried: dict[str, Callable[[list[str]], list[str]]], way: str
) -> None:
    texts = strange()
    before = len(texts[::100]) if way in ("draft", "workbook") else len(texts)
    told = tried[way](texts)
    assert len(told) == before
    if way != "rule settings":
        assert all("U+" in one for one in told)


def test_a_rule_setting_is_read_as_any_other_number() -> None:
    assert (
        in_force((RuleUse(code="J08", settings={"turnout_max": "９５．５"}),)).settings["turnout_max"]
        == "95.5"
    )


@pytest.mark.parametrize("typed", GOOD)
def test_what_is_meant_is_taken_alike(
    ask: Ask, service: Reporting, database: Database, tmp_path: Path, typed: str
) -> None:
    """The same text for three units: by GraphQL, by CSV, and in a workbook."""
    enter = """mutation($i: EnterFiguresInput!) { enterFigures(input: $i) { __typename } }"""
    given: dict[str, Any] = {
        "commandId": str(uuid4()), "election": "tiny", "form": "final", "slot": "final", "unit": "11",
        "expectedVersion": 0, "figures": [{"contest": "pr", "item": "votes", "choice": "a", "value": typed}],
    }  # fmt: skip
    assert ask(enter, tiny.SYSTEM, i=given)["data"]["enterFigures"]["__typename"] == "FiguresRecorded"
    path = tmp_path / "r.csv"
    path.write_text(
        f'election,form,slot,unit,contest,item,choice,value\ntiny,final,final,12,pr,votes,a,"{typed}"\n',
        encoding="utf-8",
    )
    import_returns(path, service, tiny.SYSTEM)
    book = openpyxl.Workbook()
    for row in (
        ["小選挙（令和6年10月27日執行）"],
        ["比例代表"],
        ["市区町村名＼政党名", "甲党"],
        ["地域20", typed],
    ):
        book.active.append(row)
    book.save(tmp_path / "b.xlsx")
    import_workbook(tmp_path / "b.xlsx", service, tiny.SYSTEM, election="tiny", form="final", slot="final")
    Projector(database).catch_up()
    data = ask("""{ election(code: "tiny") { contest(code: "pr") { totals(form: "final", slot: "final",
      geography: "administrative", areas: ["11", "12", "20"], items: ["votes"]) { nodes { code choice value } } } } }""")
    nodes = data["data"]["election"]["contest"]["totals"]["nodes"]
    assert {one["code"]: one["value"] for one in nodes if one["choice"] == "a"} == dict.fromkeys(
        ("11", "12", "20"), GOOD[typed]
    )


def test_graphql_names_the_character(ask: Ask) -> None:
    """The issue's examples, as a clerk meets them."""
    query = """mutation($i: EnterFiguresInput!) { enterFigures(input: $i) {
      ... on FiguresRefused { messageJa messageEn problems { found expectedJa expectedEn } } } }"""
    for typed, ja in (("1234①", "「①」（U+2460、丸数字）"), ("5678²", "「²」（U+00B2、上付きの数字）")):
        given = {
            "commandId": str(uuid4()), "election": "tiny", "form": "final", "slot": "final", "unit": "11",
            "expectedVersion": 0, "figures": [{"contest": "pr", "item": "electors", "value": typed}],
        }  # fmt: skip
        told = ask(query, tiny.SYSTEM, i=given)["data"]["enterFigures"]
        assert ja in told["messageJa"]
        assert told["problems"][0]["found"] == typed
