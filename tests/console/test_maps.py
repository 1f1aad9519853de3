"""What is committed of outlines has what the pages promise: credit, size, every area drawn or shown as a tile."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import night
import pytest
from forms import log_in
from starlette.testclient import TestClient

from api.console import static
from api.console.maps import NOTHING, TILES, Spot, Tone, groups, picture
from api.console.outlines import HERE, outlines
from api.console.pages.results.areas import HIGHEST, LOWEST, SCALE, STEP, Leader, leader
from api.console.pages.slot_board.page import COLUMNS, REACHED, STEPS, TONES, WAYS, shares, step_of, tone_of
from api.console.words import words
from reporting.definitions.load import shipped_registries, shipped_registry

ROOT = Path(__file__).parents[2]
CREDIT = "「国土数値情報（行政区域データ）」（国土交通省）を加工して作成"
JA, EN = words("ja"), words("en")
SHEETS = sorted(static.FOLDER.glob("maps/*/*.svg"))


def spots(codes: list[str], tone: str = "1") -> list[Spot]:
    return [Spot(code, f"名{code}", "1 票", tone, f"/to/{code}") for code in codes]


@pytest.mark.parametrize("geography", ["administrative", "upper_house", "lower_house", "counting"])
def test_every_area_is_drawn_or_a_tile_and_stands_once(geography: str) -> None:
    codes = sorted({area.code for area in shipped_registry().areas if area.geography == geography})
    assert codes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.console.maps.TILES", len(codes))
        map_ = picture("図", "japan", geography, spots(codes), [Tone("1", "票")], JA)
    assert map_ is not None
    assert sorted([area.spot.code for area in map_.drawn] + [tile.code for tile in map_.tiles]) == codes
    for area in map_.drawn:
        file, _, name = area.href.partition("#")
        stored = static.files()[file.split("/", 4)[-1]].plain.decode()
        assert f'<path id="{name}" d="M' in stored


def test_what_has_no_outline_is_what_the_provenance_says() -> None:
    """Of today's municipalities and wards: the islands far away and the wards that are younger than the outlines."""
    drawings = outlines("japan")
    assert drawings
    today = {
        area.code
        for area in shipped_registry().areas
        if area.geography == "administrative"
        and area.valid_to is None
        and area.level in ("municipality", "ward")
    }
    without = {code for code in today if drawings.of("administrative", code) is None}
    assert {code[:2] for code in without} == {"13", "22", "47"}
    assert {code for code in without if code.startswith("22")} == {"22138", "22139", "22140"}
    assert len(today) - len(without) == 1873
    assert all(drawings.of("administrative", f"{number:02}") for number in range(1, 48))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_a_sheet_is_small_holds_the_credit_and_nothing_but_shapes(sheet: Path) -> None:
    stored = static.files()[str(sheet.relative_to(static.FOLDER))]
    assert len(stored.small) <= 20_000
    text = stored.plain.decode()
    assert CREDIT in text
    assert set(re.findall(r"<(\w+)", text)) == {"svg", "desc", "path"}
    assert "style" not in text


def test_the_credit_stands_in_the_repository_and_with_every_map() -> None:
    assert CREDIT in (HERE / "PROVENANCE.md").read_text(encoding="utf-8")
    for language in (JA, EN):
        map_ = picture("図", "japan", "administrative", spots(["28"]), [], language)
        assert map_
        assert map_.credit == outlines("japan").credit[language.language]  # type: ignore[union-attr]
        assert map_.day == "2021-01-01"


def test_outlines_belong_to_registries_that_are_shipped() -> None:
    drawn = {path.stem for path in HERE.glob("*.json")}
    assert drawn <= shipped_registries().keys()
    assert {sheet.parent.name for sheet in SHEETS} == drawn


def test_another_country_has_tiles_and_no_credit() -> None:
    map_ = picture("図", "aldoria", "administrative", spots(["28", "P1"]), [Tone("1", "票")], JA)
    assert map_
    assert (map_.drawn, map_.credit, map_.land) == ((), "", "")
    assert [tile.code for tile in map_.tiles] == ["28", "P1"]


def test_too_many_tiles_are_no_map() -> None:
    """A board of 1,900 units without outlines: the table has them; the page stays light."""
    assert picture("図", "aldoria", "administrative", spots([str(n) for n in range(TILES)]), [], JA)
    assert (
        picture("図", "aldoria", "administrative", spots([str(n) for n in range(TILES + 1)]), [], JA) is None
    )


def test_areas_of_many_sheets_are_grouped_and_none_is_lost() -> None:
    codes = ["28101", "28201", "01101", "22138", "13421"]
    sheets = groups("japan", "administrative", codes, EN)
    assert [(sheet.code, sheet.name, sheet.areas) for sheet in sheets] == [
        ("01", "Hokkaido", frozenset({"01101"})),
        ("28", "Hyogo", frozenset({"28101", "28201"})),
    ]
    assert groups("japan", "administrative", ["28101", "28201"], EN) == ()
    assert groups("aldoria", "administrative", codes, EN) == ()


def test_every_state_has_a_tone_of_its_own_and_the_least_advanced_shows() -> None:
    assert set(TONES) == set(COLUMNS)
    assert len(set(TONES.values())) == len(COLUMNS)
    row = dict.fromkeys(COLUMNS, 0)
    assert tone_of(row) == NOTHING
    assert tone_of({**row, "approved": 40, "submitted": 1}) == TONES["submitted"]
    assert tone_of({**row, "approved": 40, "missing": 1}) == NOTHING
    assert tone_of({**row, "missing": 1, "sentBack": 1}) == TONES["sentBack"]


@pytest.mark.parametrize("way", sorted(REACHED))
def test_a_share_is_dark_only_where_all_have_come_so_far(way: str) -> None:
    """Every area of up to 60 units: none is hatched, one more is never lighter, all alone is the darkest."""
    first = REACHED[way][0]
    for units in range(1, 61):
        rows = [
            {**dict.fromkeys(COLUMNS, 0), "units": units, first: there, "missing": units - there}
            for there in range(units + 1)
        ]
        steps = [step_of(row, way) for row in rows]
        assert steps[0] == NOTHING
        assert steps[1:] == sorted(steps[1:])
        assert [step == f"{SCALE}{STEPS + 1}" for step in steps] == [*([False] * units), True]
    assert {tone.tone for tone in shares(JA)} >= {NOTHING, f"{SCALE}1", f"{SCALE}{STEPS + 1}"}
    assert set(WAYS) == {"least", *REACHED}


def test_every_tone_has_a_pattern_and_a_colour() -> None:
    layout = (ROOT / "src/api/console/layout/map.html").read_text(encoding="utf-8")
    sheet = static.files()["console.css"].plain.decode()
    assert len(range(LOWEST, HIGHEST, STEP)) == 7
    assert "range(7)" in layout
    for tone in [*map(str, range(8)), *(f"{SCALE}{step}" for step in range(7)), NOTHING]:
        assert f".fill-{tone} {{ fill: url(#tone-{tone})" in sheet
    assert len(re.findall(r'\("\d", "(M[^"]+)"\)', layout)) == 8
    assert len(set(re.findall(r'\("\d", "(M[^"]+)"\)', layout))) == 8


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"a": "10", "b": "9.999"}, Leader("a", "甲")),
        ({"a": "10", "b": "10"}, Leader("", "同数", tied=True)),
        ({"a": "0", "b": "0"}, Leader("", "―")),
        ({"a": None, "b": "!not_reported"}, Leader("", "―")),
        ({"a": "!suppressed", "b": "1"}, Leader("b", "乙")),
    ],
)
def test_who_leads(values: dict[str, str | None], expected: Leader) -> None:
    nodes = {choice: {"value": value} for choice, value in values.items()}
    assert leader(nodes, {"a": "甲", "b": "乙"}, JA) == expected


@pytest.mark.unchanged
def test_a_map_of_results_says_what_the_table_says(client: TestClient) -> None:
    """Without script; three of five units are released: the area with nothing is hatched and says so."""
    page = client.get("/results/tiny/pr/flash/2200/administrative/JP").text
    tiles = page.split('<ul class="tiles">', 1)[1].split("</ul>", 1)[0]
    rows = page.split('<table class="dense">', 1)[1].split("</table>", 1)[0]
    first, second = tiles.split("</li>")[:2]
    assert "地域P1" in first
    assert "乙党 60" in first
    assert "3 単位中 3 単位" in first
    assert "fill-0" in first
    assert "fill-none" in second
    assert "報告なし（2 単位中 0 単位）" in second
    assert re.search(r"地域P1.*?<td>乙党</td>", rows, re.DOTALL)
    assert Decimal(re.findall(r'data-plain="(\d+)"', rows.split("乙党</td>", 1)[1])[1]) == 60
    assert 'href="/results/tiny/pr/flash/2200/administrative/P1"' in first


@pytest.mark.unchanged
def test_a_board_has_a_map_whose_areas_lead_to_their_rows(client: TestClient) -> None:
    log_in(client, night.NATION.person)
    page = client.get("/board/tiny/flash/2200/administrative/prefecture").text
    tiles = page.split('<ul class="tiles">', 1)[1].split("</ul>", 1)[0]
    target = re.findall(r'href="#(area-[^"]+)"', tiles)
    assert target
    assert all(f'id="{name}"' in page for name in target)
    assert "承認（途中を含む） 3" in tiles
    assert "最も進んでいない報告" in page
    shared = client.get("/board/tiny/flash/2200/administrative/prefecture?map=approved").text
    tiles = shared.split('<ul class="tiles">', 1)[1].split("</ul>", 1)[0]
    assert "3 単位中 3 単位" in tiles
    assert f"fill-{SCALE}{STEPS + 1}" in tiles
    assert "/board/tiny/final/final/administrative/prefecture?map=approved" in shared, (
        "another slot, the same map"
    )
    assert (
        "最も進んでいない報告" in client.get("/board/tiny/flash/2200/administrative/prefecture?map=%3C").text
    )
    units = client.get("/board/tiny/flash/2200/administrative/ward").text
    assert 'href="/approval/tiny/flash/2200/11"' in units


def test_the_script_refuses_what_it_does_not_understand(tmp_path: Path) -> None:
    script = ROOT / "deploy" / "areas" / "outlines.py"
    (tmp_path / "prefectures.topo.json").write_text("{}")
    ran = subprocess.run([sys.executable, str(script), str(tmp_path)], capture_output=True, text=True)
    assert ran.returncode == 2
    assert "transform" in ran.stderr
