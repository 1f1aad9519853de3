"""How names are read: told, searched by in either kana, and sorted by."""

from __future__ import annotations

import json
from uuid import uuid4

import night
import pytest
from test_desk import client as client
from tiny import Ask

from reporting.application.service import Reporting

pytestmark = pytest.mark.begins.with_args(night.define)

NAMES = (("x", "渡辺 一", "ワタナベ　はじめ"), ("y", "阿部 一", "あべ はじめ"), ("z", "佐藤 はじめ", None))


def define(service: Reporting) -> int:
    definition = night.election().model_dump(mode="json")
    definition["contests"][0]["choices"] += [
        {"code": code, "name": name, "kana": kana} for code, name, kana in NAMES
    ]
    done = service.define_election(
        night.election(contests=definition["contests"]), night.tiny.SYSTEM, uuid4()
    )
    assert done.position is not None
    return done.position


def test_names_are_found_and_sorted_by_their_reading(ask: Ask, service: Reporting) -> None:
    at = define(service)
    told = ask(
        'query($at: Int) { asOfPosition(minPosition: $at) election(code: "tiny") { contests { choices { name kana } } } }',
        at=at,
    )
    choices = told["data"]["election"]["contests"][0]["choices"]
    assert [(c["name"], c["kana"]) for c in choices][-3:] == [(name, kana) for _, name, kana in NAMES]
    for text in ("はじめ", "ハジメ", "ﾊｼﾞﾒ"):
        hits = ask("query($t: String!) { search(text: $t) { hits { name kana } } }", None, t=text)
        assert [hit["name"] for hit in hits["data"]["search"]["hits"]] == [
            "阿部 一",
            "渡辺 一",
            "佐藤 はじめ",
        ]
    near = ask('{ search(text: "わたなべ") { hits { name kana } } }', None)["data"]["search"]["hits"]
    assert near == [{"name": "渡辺 一", "kana": "ワタナベ　はじめ"}]


def test_an_area_leads_to_a_real_election_before_rehearsals_that_are_later(
    ask: Ask, service: Reporting
) -> None:
    # The tiny election is a practised one, too.
    forms = json.dumps(night.election().model_dump(mode="json")["forms"])
    for code, year in (("real", 2039), ("drill-1", 2040), ("drill-2", 2041)):
        day = f"{year}-01-01"
        defined = night.election(
            code=code,
            is_test=code != "real",
            polling_date=day,
            forms=json.loads(forms.replace("2024-10-27", day)),
        )
        at = service.define_election(defined, night.tiny.SYSTEM, uuid4()).position
    ask("query($at: Int) { asOfPosition(minPosition: $at) }", None, at=at)
    hits = ask('{ search(text: "地域11") { hits { results { election } } } }', None)["data"]["search"]["hits"]
    assert [place["election"] for place in hits[0]["results"]] == ["real", "drill-2", "drill-1"]
