"""What docs/ja/キットの手引き.md promises: its commands run, its words are those of screens and refusals, its numbers hold, its pictures are there."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import night
import pytest
import typed_book
from kit_at_the_terminal import Run, figures, values
from kit_at_the_terminal import desk as desk
from kit_at_the_terminal import run as run
from odd_books import REFUSED
from pages import opened

from api.graphql.desk.workbooks import MOST_UNITS
from reporting.application.desk import Desk
from reporting.files.problems import FileRefused
from reporting.files.sheets import MAX_BYTES
from reporting.kit.book import LINE, WIDE_EN, WIDE_JA
from reporting.kit.bounds import MOST_CELLS, MOST_RETURNS
from reporting.kit.handing_in import OUTCOMES, hand_in, preview
from reporting.kit.making import make_book
from reporting.kit.reading import read_book
from reporting.uploads import store

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/ja/キットの手引き.md"
PAGES = ROOT / "src/api/console/pages"


@pytest.fixture(scope="module")
def guide() -> str:
    return GUIDE.read_text(encoding="utf-8")


def table_under(guide: str, heading: str) -> dict[str, str]:
    """First column → the rest."""
    part = guide.split(heading, 1)[1].split("\n#", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    return {row[0]: " | ".join(row[1:]) for row in rows[1:]}


def test_its_commands_in_their_order(guide: str, run: Run, desk: Desk, tmp_path: Path) -> None:
    """As a ward's clerk would type them; the workbook is typed between being taken and being looked at."""
    blocks = guide.split("```")[1::2]
    commands = [
        line.split()[1:] for block in blocks for line in block.splitlines() if line.startswith("reporting ")
    ]
    assert len(commands) == 8
    for words in commands:
        path = tmp_path / "returns.xlsx"
        if words[:2] == ["kit", "take"] and not figures(desk):
            path.write_bytes(typed_book.typed(path.read_bytes(), values()))
        done = run(*words) if "--list" not in words else run(*words, actor=night.WARD)
        assert done.exit_code == 0, (words, done.output)
    assert figures(desk)["pr|votes||a"] == "60"
    with opened((tmp_path / "forms.pdf").read_bytes()) as form:
        assert len(form) == 1
    assert (tmp_path / "kit.zip").stat().st_size > 10_000


def test_its_words_of_outcomes_are_those_of_the_screens(guide: str) -> None:
    said = {words.ja.split("（")[0] for words in OUTCOMES.values()}
    told = set(table_under(guide, "reporting kit take returns.xlsx --submit"))
    assert told == said - {OUTCOMES["unchanged"].ja, OUTCOMES["kept"].ja}


@pytest.fixture(scope="module")
def refusals() -> Mapping[str, str]:
    """What each odd workbook is told → its name."""
    return {told: name for name, (_, told) in REFUSED.items()}


def test_each_refusal_it_explains_is_one(guide: str, refusals: Mapping[str, str], desk: Desk) -> None:
    filled = typed_book.typed(make_book(desk, "tiny", "final", "final", ["11"], night.WARD), values())
    for words in table_under(guide, "### 断られたとき"):
        name = next(name for told, name in refusals.items() if told.startswith(words) or words in told)
        with pytest.raises(FileRefused) as refused:
            hand_in(desk, read_book("b.xlsx", REFUSED[name][0](filled)), night.WARD)
        assert words in str(refused.value.problems[0].told().ja), name


def test_its_screens_have_the_words_that_it_names(guide: str) -> None:
    screens = "".join(path.read_text(encoding="utf-8") for path in PAGES.rglob("*.html"))
    named = {
        "ブック（Excel）で入力する", "すべての単位のブック（Excel）", "入力したブック（.xlsx）", "何が変わるか確かめる",
        "このとおり提出する", "紙に印刷する", "白紙の様式（A4）を作る", "今の値が入った様式（A4）を作る", "起案（紙での承認）",
        "検算1：書いた欄の数", "検算2：書いた数の総計",
    }  # fmt: skip
    for words in named:
        assert f"「{words}」" in guide, words
        assert f'"{words}"' in screens, words


def test_its_numbers_hold(guide: str) -> None:
    assert (
        f"画面からは {MOST_UNITS} 報告、端末からは {MOST_RETURNS} 報告で、どちらも入力欄 {MOST_CELLS:,} まで"
        in guide
    )
    days, files, megabytes = store.KEPT_FOR // timedelta(days=1), store.MOST, store.MOST_BYTES >> 20
    assert f"（{days} 日、{files} 件、{megabytes} MB まで）" in guide
    assert MAX_BYTES == 20 * 1024 * 1024, "docs/kit.md says 20 MB"


def test_its_pictures_and_links_are_there(guide: str) -> None:
    linked = re.findall(r"\]\(([^)#]+)", guide)
    assert sum(path.endswith(".png") for path in linked) == 3
    for path in linked:
        assert (GUIDE.parent / path).is_file(), path


def test_a_sentence_has_room_in_its_row(desk: Desk) -> None:
    """No spreadsheet makes a row higher for what a formula comes to say: the clerk would read half of it."""
    wrong = values(ballots_counted=118, valid_votes=99, votes_a=78)
    data = make_book(desk, "tiny", "final", "final", ["11"], night.WARD)
    (outcome,) = preview(desk, read_book("b.xlsx", typed_book.typed(data, wrong)), night.WARD)
    sheet = typed_book.opened(data)["001_11"]
    heights: dict[str, list[float]] = {}
    for row in range(1, sheet.max_row + 1):
        if sheet[f"J{row}"].value is not None:
            heights.setdefault(str(sheet[f"A{row}"].value), []).append(
                sheet.row_dimensions[row].height or LINE
            )
    assert outcome.findings
    for finding in outcome.findings:
        ja = sum(2 if ord(letter) > 0xFF else 1 for letter in finding.message_ja) / WIDE_JA
        lines = math.ceil(max(ja, len(finding.message_en) / WIDE_EN))
        assert max(heights[finding.rule]) >= LINE * lines, finding.message_ja
