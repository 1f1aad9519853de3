"""`reporting kit`: the three commands of docs/kit.md, and what who errs is told."""

from __future__ import annotations

import zipfile
from pathlib import Path

import night
import pages
import pytest
import typed_book
from kit_at_the_terminal import Run, figures, values
from kit_at_the_terminal import desk as desk
from kit_at_the_terminal import run as run

from api.cli import progress
from reporting.application.desk import Desk

GUIDE = Path(__file__).parents[2] / "docs/kit.md"


def commands() -> list[list[str]]:
    """As the guide has them, word by word."""
    block = GUIDE.read_text(encoding="utf-8").split("```")[1]
    return [line.split()[1:] for line in block.splitlines() if line.startswith("reporting ")]


def test_taking_a_workbook_says_how_far_it_is(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An office's of 300 returns takes half a minute; on stderr, beside what becomes of each."""
    book = tmp_path / "office.xlsx"
    made = run(
        "kit",
        "workbook",
        "--election",
        "tiny",
        "--form",
        "final",
        "--slot",
        "final",
        "--out",
        str(book),
        actor=night.CITY,
    )
    assert made.exit_code == 0, made.output
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    for words in ((), ("--submit",)):
        told = run("kit", "take", str(book), *words, actor=night.CITY).stderr
        count = int(told.split()[-1])
        assert count > 1
        assert [line.split()[-3:] for line in told.splitlines()] == [
            [str(n), "/", str(count)] for n in range(count + 1)
        ]


def test_the_guides_commands(run: Run, desk: Desk, tmp_path: Path) -> None:
    make, look, hand_in = commands()
    made = run(*make)
    assert made.exit_code == 0, made.output
    assert "1 報告" in made.output, "the ward's own unit, and no other"
    book = tmp_path / "returns.xlsx"
    book.write_bytes(typed_book.typed(book.read_bytes(), values()))
    looked_at = run(*look)
    assert (looked_at.exit_code, "提出できます" in looked_at.output) == (0, True), looked_at.output
    assert figures(desk) == {}, "nothing is changed without --submit"
    done = run(*hand_in)
    assert (done.exit_code, "提出しました" in done.output) == (0, True), done.output
    assert figures(desk)["pr|votes||a"] == "60"
    again = run(*hand_in)
    assert "取り込むものはありません" in again.output


def test_a_conflict_is_told_with_the_words_that_settle_it(run: Run, desk: Desk, tmp_path: Path) -> None:
    night.submit(desk)
    make, look, hand_in = commands()
    run(*make)
    book = tmp_path / "returns.xlsx"
    book.write_bytes(typed_book.typed(book.read_bytes(), values(votes_a=59, votes_b=39)))
    night.submit(desk, values={"votes_a": 58, "votes_b": 40}, reason="原票のとおり")
    told = run(*look)
    assert told.exit_code == 1
    assert "pr|votes||a" in told.output
    assert "60 → 58 → 59" in told.output
    sides = [word for choice in "ab" for word in ("--take", "11", f"pr|votes||{choice}")]
    assert run(*hand_in, *sides).exit_code == 0
    assert figures(desk)["pr|votes||a"] == "59"


@pytest.mark.parametrize(("unit", "code"), [("9", "unknown_reference"), ("12", "not_authorised")])
def test_a_unit_that_is_none_or_not_ones_own(run: Run, unit: str, code: str) -> None:
    make, *_ = commands()
    told = run(*make, "--unit", unit)
    assert (told.exit_code, f"[{code}]" in told.output) == (1, True), told.output


def test_a_unit_that_is_none_among_what_is_said(run: Run, desk: Desk, tmp_path: Path) -> None:
    make, look, _ = commands()
    run(*make)
    book = tmp_path / "returns.xlsx"
    book.write_bytes(typed_book.typed(book.read_bytes(), values()))
    told = run(*look, "--take", "9", "pr|votes||a")
    assert (told.exit_code, "returns.xlsx" in told.output or "11" in told.output) == (1, True), told.output
    assert "[invalid_input]" in told.output


def test_a_form_is_printed_within_reach(run: Run, tmp_path: Path) -> None:
    words = ("kit", "forms", "--election", "tiny", "--form", "final", "--slot", "final", "--out", "f.pdf")
    printed = run(*words)
    assert printed.exit_code == 0, printed.output
    (code,) = pages.codes_of((tmp_path / "f.pdf").read_bytes())
    assert code.startswith("F1-")
    refused = run(*words, "--unit", "20")
    assert refused.exit_code != 0
    assert "NOT_AUTHORISED" in refused.output or "not_authorised" in refused.output


def test_an_approval_is_checked_as_a_file_and_by_its_code(run: Run, desk: Desk, tmp_path: Path) -> None:
    night.submit(desk)
    place = ("--election", "tiny", "--form", "final", "--slot", "final")
    drawn = run("kit", "approval", *place, "--unit", "11", "--out", "a.pdf")
    assert drawn.exit_code == 0, drawn.output
    (code,) = pages.codes_of((tmp_path / "a.pdf").read_bytes())
    for told in (run("kit", "check", "a.pdf"), run("kit", "check", code)):
        assert told.exit_code == 0, told.output
        assert "pr|votes||a 60" in told.output
    assert "一字一句同じ" in run("kit", "check", "a.pdf").output
    (tmp_path / "b.pdf").write_bytes((tmp_path / "a.pdf").read_bytes() + b" ")
    assert "同じではありません" in run("kit", "check", "b.pdf").output
    night.submit(desk, values={"votes_a": 59, "votes_b": 39}, reason="訂正")
    moved = run("kit", "check", "a.pdf")
    assert (moved.exit_code, "60 → 59" in moved.output) == (1, True), moved.output
    stranger = run("kit", "check", code, actor=night.TOWN)
    assert stranger.exit_code == 1
    assert "[not_authorised]" in stranger.output
    assert run("kit", "check", "a.pdf"[:1]).exit_code == 1


def test_what_was_sent_is_there_until_it_is_dealt_with(run: Run, desk: Desk, tmp_path: Path) -> None:
    make, look, _ = commands()
    run(*make)
    book = tmp_path / "returns.xlsx"
    book.write_bytes(typed_book.typed(book.read_bytes(), values()))
    run(*look)
    listed = run("kit", "sent").output
    assert "returns.xlsx" in listed
    sha256 = listed.split()[0]
    assert run("kit", "sent", actor=night.OTHER_WARD).stdout == ""
    assert run("kit", "sent", "--fetch", sha256, "--out", "again.xlsx").exit_code == 0
    assert (tmp_path / "again.xlsx").read_bytes() == book.read_bytes()
    for discarded in (0, 1):
        assert run("kit", "sent", "--discard", sha256).exit_code == discarded, "gone the first time"
    assert run("kit", "sent").stdout == ""
    run(*look)
    book.unlink()
    done = run("kit", "take", sha256, "--submit")
    assert (done.exit_code, "提出しました" in done.output) == (0, True), done.output
    assert run("kit", "sent").stdout == ""
    gone = run("kit", "take", "returns.xlsx")
    assert (gone.exit_code, "returns.xlsx" in gone.output) == (2, True), gone.output


def test_of_another_election(run: Run, tmp_path: Path) -> None:
    make, look, _ = commands()
    run(*make)
    told = run(*look, "--election", "other")
    assert (told.exit_code, "選挙 tiny のブック" in told.output) == (1, True), told.output


def test_the_offline_kit_is_one_file(run: Run, tmp_path: Path) -> None:
    words = ("kit", "offline", "--election", "tiny", "--without-paper", "--out")
    for name in ("a.zip", "b.zip"):
        told = run(*words, name)
        assert (told.exit_code, "1 単位" in told.output) == (0, True), told.output
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read("verify.py").startswith(b"#!/usr/bin/env python3")
    assert run(*words, "c.zip", "--office", "12").exit_code == 1, "another ward's"


def test_a_workbook_for_each_return(run: Run, tmp_path: Path) -> None:
    make, *_ = commands()
    words = [word if word != "returns.xlsx" else "each" for word in make]
    told = run(*words, "--each", actor=night.CITY)
    assert (told.exit_code, "2 報告" in told.output) == (0, True), told.output
    names = sorted(path.name for path in (tmp_path / "each").iterdir())
    assert names == ["tiny-final-final-11.xlsx", "tiny-final-final-12.xlsx"]
    made = typed_book.read((tmp_path / "each" / names[1]).read_bytes()).made
    assert [sheet.unit for sheet in made.sheets] == ["12"]


def test_a_workbook_that_somebody_may_have_typed_into_stays(run: Run, desk: Desk, tmp_path: Path) -> None:
    """The first line of the guide, a second time: the typed figures stood nowhere else."""
    words = (
        "kit",
        "workbook",
        "--election",
        "tiny",
        "--form",
        "final",
        "--slot",
        "final",
        "--unit",
        "11",
        "--out",
    )
    assert run(*words, "returns.xlsx").exit_code == 0
    path = tmp_path / "returns.xlsx"
    path.write_bytes(typed_book.typed(path.read_bytes(), values()))
    filled = path.read_bytes()
    refused = run(*words, "returns.xlsx")
    assert refused.exit_code == 1
    assert "returns.xlsx" in refused.output
    assert "[file_problem]" in refused.output
    assert path.read_bytes() == filled
    assert run(*words, "each", "--each").exit_code == 0
    assert run(*words, "each", "--each").exit_code == 1


@pytest.mark.parametrize(
    ("words", "endings"),
    [
        (("workbook", "--form", "final", "--slot", "final", "--out", "a.pdf"), ".xlsx"),
        (("forms", "--form", "final", "--slot", "final", "--out", "a.xlsx"), ".pdf"),
        (("approval", "--form", "final", "--slot", "final", "--out", "a.txt"), ".pdf, .xlsx"),
        (("offline", "--out", "a"), ".zip"),
    ],
)
def test_a_name_under_which_nobody_could_open_it_is_refused(
    run: Run, tmp_path: Path, words: tuple[str, ...], endings: str
) -> None:
    refused = run("kit", words[0], "--election", "tiny", *words[1:])
    assert refused.exit_code == 2
    assert endings in refused.output
    assert not (tmp_path / words[-1]).exists()


def test_what_excludes_the_other_or_is_not_there_is_told(run: Run, tmp_path: Path) -> None:
    place = ("--election", "tiny", "--form", "final", "--slot", "final")
    both = run("kit", "approval", *place, "--unit", "11", "--release", "--out", "a.pdf")
    assert (both.exit_code, "--release" in both.output) == (2, True)
    absent = run("kit", "check", "11.pdf")
    assert absent.exit_code == 1
    assert "[file_problem]" in absent.output
