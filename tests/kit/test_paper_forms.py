"""Forms on paper: every name as it was typed, nothing out of its cell, a code that opens the right return again."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import matplotlib
import night
import pages
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from night import CITY, OTHER_WARD, TOWN, WARD

from reporting.application import seen_names
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.place import Place
from reporting.errors import NotAuthorised, UnknownReference
from reporting.kit.paper import codes, fonts
from reporting.kit.paper.codes import FormCode
from reporting.kit.paper.controls import control_totals
from reporting.kit.paper.fonts import GETA, PaperMissing, fonts_of
from reporting.kit.paper.forms import make_forms, office_forms
from reporting.kit.paper.reading import UnknownCode, read_code
from reporting.ledger import Ledger

NAMES = (
    "葛\U000e0101城 太郎", "葛\U000e0100木 次郎", "髙橋 﨑子", "𠮷田 辻\U000e0100郎", "渡邉 惠", "渡邊\U000e0106 惠", "か\u3099んこ",
    "神\ufe00 一", "A" * 60, "#set[x] *太* $郎$", "  二つの空白　全角", "非常に長い名前の候補者がここにいてとても長いので折り返すはずです", "O'Brien-李",
)  # fmt: skip
READ_AS = "こうほしゃの ながめの よみ"
ABSENT = ("邉\U000e0119野 濵次", "山\U0002a6d7 隆", "右\u202eから")


def choices(*names: str) -> list[dict[str, object]]:
    return [
        {
            "code": f"c{n}",
            "name": name,
            "number": n,
            "party": "無所属" if n % 2 else None,
            "kana": READ_AS if n % 3 else None,
        }
        for n, name in enumerate(names, 1)
    ]


def contest(*names: str) -> list[dict[str, object]]:
    return [
        {
            "code": "pr", "label": tiny.label("比例代表"), "kind": "proportional", "seats": 1,
            "area": {"geography": "administrative", "area": "JP"}, "choices": choices(*names),
        }
    ]  # fmt: skip


@pytest.fixture(scope="module")
def service(module_database: Database) -> Iterator[Reporting]:
    ledger = Ledger(module_database)
    yield Reporting(ledger)
    ledger.close()


@pytest.fixture(scope="module")
def desk(service: Reporting) -> Desk:
    """Many names; the flash of ward 11 is in, and waits to be taken over."""
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr(
            seen_names, "is_plain", lambda text: True
        )  # as earlier releases took the last of them
        desk = night.define(service, contests=contest(*NAMES, *ABSENT), rules=[])
    night.submit(desk, "11", WARD, "final", "final", values={"electors": 1234, "voters": "!none"})
    return desk


@pytest.fixture(scope="module")
def made(desk: Desk) -> bytes:
    return make_forms(desk, "tiny", "final", "final", ["11", "12"], CITY, fonts_of(None), filled=True).data


def test_every_name_stands_as_it_was_typed(made: bytes, desk: Desk) -> None:
    text = pages.text_of(made)
    for name in NAMES:
        plain = "".join(name.split())
        assert text.count(plain) == 2, name
    assert text.count("1,234") == 1, "what stands is in its box, of one of the two"
    assert "該当なし" in text


def test_what_no_font_has_is_shown_and_told(desk: Desk, made: bytes) -> None:
    form = make_forms(desk, "tiny", "final", "final", ["11"], WARD, fonts_of(None), filled=False)
    assert [(lost.text, lost.place, lost.points) for lost in form.unprintable] == [
        (ABSENT[0], 1, "U+9089 U+E0119"),
        (ABSENT[1], 2, "U+2A6D7"),
        (ABSENT[2], 2, "U+202E"),
    ]
    text = pages.text_of(form.data)
    assert f"{GETA}野濵次" in text
    assert "U+9089U+E0119" in text
    assert "\u202e" not in text


def test_nothing_runs_out_of_its_cell(made: bytes) -> None:
    assert pages.rules_of(made) > 20
    assert pages.run_over(made) == []


@pytest.mark.parametrize(("candidates", "sheets"), [(1, 1), (24, 1), (44, 1), (90, 3)])
def test_one_page_where_it_fits(candidates: int, sheets: int, database: Database) -> None:
    ledger = Ledger(database)
    desk = night.define(
        Reporting(ledger), contests=contest(*(f"候補者{n}の長めの名" for n in range(candidates))), rules=[]
    )
    data = make_forms(
        desk, "tiny", "final", "final", ["11", "20"], tiny.SYSTEM, fonts_of(None), filled=False
    ).data
    ledger.close()
    with pages.opened(data) as document:
        assert len(document) == 2 * sheets
    assert len(pages.codes_of(data)) == 2 * sheets, "every page has its code"
    assert pages.run_over(data) == []
    assert "候補者0の長めの名" in pages.text_of(data)
    assert pages.text_of(data).count("".join(READ_AS.split())) == 2 * (candidates - candidates // 3)
    for text in pages.texts_of(data):
        assert "比例代表" in text, "every page says whose votes these are"
        assert "候補者・政党" in text or "投票者数" in text, "and has something to write in"


def test_judges_are_called_judges_and_have_no_party(database: Database) -> None:
    ledger = Ledger(database)
    judges = [{**judge, "party": None} for judge in choices("甲野 一", "乙野 二")]
    review = [{**contest()[0], "kind": "retention", "choices": judges}]
    desk = night.define(Reporting(ledger), contests=review, rules=[])
    text = pages.text_of(
        make_forms(desk, "tiny", "final", "final", ["11"], WARD, fonts_of(None), filled=False).data
    )
    ledger.close()
    assert "裁判官" in text
    assert "候補者" not in text
    assert "党派" not in text


def test_the_code_is_read_back_and_opens_the_return(made: bytes, desk: Desk) -> None:
    read = pages.codes_of(made)
    assert [read_code(desk, code, CITY).opened.place.unit for code in read] == ["11", "12"]
    one = read_code(desk, read[0].lower().replace("-", "ー"), WARD)
    assert (one.opened.place, one.notes) == (Place("tiny", "final", "final", "11"), ())


def test_the_same_state_gives_the_same_bytes(made: bytes, desk: Desk) -> None:
    again = make_forms(desk, "tiny", "final", "final", ["11", "12"], CITY, fonts_of(None), filled=True).data
    assert hashlib.sha256(again).digest() == hashlib.sha256(made).digest()


def test_another_office_neither_prints_nor_opens(made: bytes, desk: Desk) -> None:
    with pytest.raises(NotAuthorised):
        make_forms(desk, "tiny", "final", "final", ["11"], OTHER_WARD, fonts_of(None), filled=False)
    for code in pages.codes_of(made):
        with pytest.raises(NotAuthorised):
            read_code(desk, code, TOWN)
    with pytest.raises(UnknownReference):
        make_forms(desk, "tiny", "final", "final", ["9"], CITY, fonts_of(None), filled=False)


@pytest.mark.parametrize(
    "text", ["", "F1", "F1-0000-0000-000000-0-1-000000", "ふぃ１", "A" * 10_000, "F1-\n"]
)
def test_what_is_no_code_is_told(desk: Desk, text: str) -> None:
    with pytest.raises(UnknownCode) as told:
        read_code(desk, text, WARD)
    assert len(str(told.value)) < 500


def test_what_changed_since_it_was_printed_is_told(database: Database) -> None:
    ledger = Ledger(database)
    service = Reporting(ledger)
    desk = night.define(service)
    data = make_forms(desk, "tiny", "final", "final", ["11"], WARD, fonts_of(None), filled=False).data
    (code,) = pages.codes_of(data)
    night.submit(desk)
    renamed = night.election().model_dump(mode="json")
    renamed["contests"][0]["choices"][1]["name"] = "丙党"
    service.define_election(
        night.election(contests=renamed["contests"]), tiny.SYSTEM, uuid4(), reason="名簿の訂正"
    )
    notes = [note.ja for note in read_code(desk, code, WARD).notes]
    assert len(notes) == 2
    assert "印刷のあとで報告が変わりました" in notes[0]
    assert "丙党" in notes[1]
    ledger.close()


def test_an_office_gets_every_form_of_its_units(desk: Desk) -> None:
    named = dict(office_forms(desk, "tiny", WARD, fonts_of(None)))
    assert sorted(named) == [
        f"tiny-{place}-{kind}.pdf"
        for place in ("final-final", "flash-2200", "flash-2300")
        for kind in ("blank", "filled")
    ]
    assert all(data.startswith(b"%PDF") for data in named.values())


def test_without_its_parts_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    fonts_of.cache_clear()
    with pytest.raises(PaperMissing, match="paper"):
        fonts_of(None)
    fonts_of.cache_clear()


def test_the_operators_font_goes_first_and_the_packaged_one_fills_in(tmp_path: Path) -> None:
    shutil.copy(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSerif.ttf", tmp_path)
    runs = fonts_of(tmp_path).set("Ö 山 B").runs
    assert [(run.text, run.family) for run in runs] == [
        ("Ö ", "DejaVu Serif"), ("山", "Noto Sans CJK JP"), (" B", "DejaVu Serif"),
    ]  # fmt: skip


def test_a_folder_of_fonts_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PaperMissing, match="REPORTING_FONTS"):
        fonts_of(tmp_path / "nothing")


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40))
def test_no_character_is_lost_or_replaced_in_silence(text: str) -> None:
    packaged = fonts_of(None)
    made = packaged.set(text)
    shown = "".join(run.text for run in made.runs)
    assert "".join(fonts.clusters(text)) == text
    expected = text
    for cluster in made.missing:
        expected = expected.replace(cluster, "\0" + GETA, 1) if cluster in expected else expected
    assert len(list(fonts.clusters(text))) == len(list(fonts.clusters(shown))) or made.missing
    assert made.missing or shown == text


PLACES = st.builds(Place, *([st.text("abcXYZ019_-", min_size=1, max_size=12)] * 4))


@settings(max_examples=60)
@given(PLACES, st.integers(0, 9_999_999), st.integers(0, 9_999_999), st.data())
def test_a_code_says_one_return_and_a_slip_says_none(
    place: Place, version: int, definition: int, data: st.DataObject
) -> None:
    code = FormCode.of(place, version, definition)
    full_width = "".join(chr(ord(letter) + 0xFEE0) if "!" < letter < "~" else letter for letter in str(code))
    for told in (
        str(code),
        str(code).lower(),
        f" {full_width} ",
        str(code).replace("-", "－"),
        str(code).replace("0", "O").replace("1", "l"),
    ):
        assert FormCode.read(told) == code
    assert code.is_of(place)
    at = data.draw(st.integers(3, len(str(code)) - 1))
    other = data.draw(st.sampled_from(codes.LETTERS))
    slipped = str(code)[:at] + other + str(code)[at + 1 :]
    if slipped != str(code) and (read := FormCode.read(slipped)) is not None and read != code:
        assert not read.is_of(place)


@given(
    st.dictionaries(
        st.text(max_size=3), st.sampled_from(["", " ", "1", "１２", "△3", "0.125", "!none", "何か"])
    )
)
def test_control_totals(texts: dict[str, str]) -> None:
    totals = control_totals(texts)
    assert totals.filled == sum(1 for text in texts.values() if text.strip())
    worth = {"1": "1", "１２": "12", "△3": "-3", "0.125": "0.125"}
    from decimal import Decimal

    assert totals.total == sum((Decimal(worth[text]) for text in texts.values() if text in worth), Decimal(0))
    assert totals.unread == sum(1 for text in texts.values() if text == "何か")
