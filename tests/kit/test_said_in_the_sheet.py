"""Explanations and declarations travel in the workbook: beside the check, for the very sentence that stood there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import night
import pytest
from night import BALANCED, WARD
from openpyxl.worksheet.worksheet import Worksheet
from typed_book import OFFICE, opened, read, recomputed, saved, typed

from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.domain.workflow_events import DiscrepancyDeclared, ReturnSubmitted
from reporting.files.problems import FileRefused
from reporting.kit.book import CLASS, SAID
from reporting.kit.handing_in import ReturnOutcome, Said, hand_in, preview
from reporting.kit.making import make_book
from reporting.rules.model import Finding

pytestmark = pytest.mark.begins.with_args(night.define)

DIFFERS = {**BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
EVERYBODY = {**BALANCED, "electors": 100}


@dataclass(frozen=True)
class Typed:
    """A workbook with a finding: `row` of its check."""

    data: bytes
    finding: Finding
    row: int

    def with_words(self, words: Any, chosen: Any = None, sentence: str | None = None, **more: Any) -> bytes:
        """`sentence`: as the sheet was worked out [default: what the rules say]."""
        book = opened(self.data)
        sheet: Worksheet = book["001_11"]
        sheet.cell(self.row, 2, self.finding.message_ja if sentence is None else sentence)
        sheet.cell(self.row, SAID + 1, words)
        sheet.cell(self.row, CLASS + 1, chosen)
        for at, value in more.items():
            sheet[at] = value
        return saved(book)


@pytest.fixture
def desk(service: Reporting) -> Desk:
    return Desk(service)


@pytest.fixture
def typed_book(desk: Desk) -> Callable[[dict[str, Any]], Typed]:
    def of(values: dict[str, Any]) -> Typed:
        cells = {("11", c.cell().cell.key): int(c.value) for c in night.cells(**values)}
        data = typed(make_book(desk, "tiny", "final", "final", ["11"], WARD), cells)
        (outcome,) = preview(desk, read(data), WARD)
        (finding,) = outcome.findings
        checks = read(data).made.sheets[0].checks
        row = next(
            c.row
            for c in checks
            if (c.rule, c.contest, c.declared) == (finding.rule, finding.contest, finding.waivable)
        )
        return Typed(data, finding, row)

    return of


def handed_in(desk: Desk, data: bytes, said: Said = Said()) -> ReturnOutcome:  # noqa: B008 - frozen
    (looked_at,) = preview(desk, read(data), WARD, said)
    (outcome,) = hand_in(desk, read(data), WARD, said)
    assert (looked_at.state, outcome.state) in {("ready", "submitted"), ("refused", "refused")}
    assert looked_at.notes == outcome.notes
    return outcome


def test_a_difference_is_declared_in_the_sheet(desk: Desk, typed_book: Any) -> None:
    book = typed_book(DIFFERS)
    data = book.with_words("再点検でも同じ", "再点検の結果")
    outcome = handed_in(desk, data)
    assert (outcome.state, outcome.notes) == ("submitted", outcome.notes)
    deeds = list(desk.reporting.ledger.deeds([desk.returns.open("tiny", "final", "final", "11").stream]))
    (declared,) = [d for d in deeds if isinstance(d.recorded.event, DiscrepancyDeclared)]
    assert isinstance(declared.recorded.event, DiscrepancyDeclared)
    assert (declared.recorded.event.key, declared.recorded.event.reason_class) == (
        book.finding.key,
        "recount",
    )
    command = desk.reporting.ledger.command(declared.recorded.command_id)
    assert command is not None
    assert command.reason == f"再点検でも同じ (b.xlsx sha256:{read(data).sha256})"


def test_a_warning_is_explained_in_the_sheet(desk: Desk, typed_book: Any) -> None:
    book = typed_book(EVERYBODY)
    assert handed_in(desk, book.with_words("全員が投票")).state == "submitted"
    deeds = list(desk.reporting.ledger.deeds([desk.returns.open("tiny", "final", "final", "11").stream]))
    (event,) = [d.recorded.event for d in deeds if isinstance(d.recorded.event, ReturnSubmitted)]
    assert isinstance(event, ReturnSubmitted)
    assert event.explanations == {book.finding.key: "全員が投票"}


def test_words_are_for_the_sentence_that_they_stand_beside(desk: Desk, typed_book: Any) -> None:
    """Written for a difference of another size, or by whom no sheet was worked out for: told, and asked again."""
    book = typed_book(DIFFERS)
    for sentence in (book.finding.message_ja.replace("18", "17"), ""):
        outcome = handed_in(desk, book.with_words("再点検でも同じ", "recount", sentence))
        assert (outcome.state, [f.key for f in outcome.findings]) == ("refused", [book.finding.key])
        assert any("J11" in note.ja for note in outcome.notes)
    said = Said(reason="電話で確認", declarations={("11", book.finding.key): "query"})
    outcome = handed_in(desk, book.with_words("再点検でも同じ", "recount", "別の文"), said)
    assert outcome.state == "submitted", "what is said when it is handed in counts"


def test_words_for_nothing_are_told(desk: Desk, typed_book: Any) -> None:
    data = typed_book(DIFFERS).with_words("再点検", "recount", **{})
    sound = typed(data, {("11", c.cell().cell.key): int(c.value) for c in night.cells(**BALANCED)})
    outcome = handed_in(desk, sound, Said(reason="転記誤り"))
    assert outcome.state == "submitted"
    assert any("J11" in note.ja for note in outcome.notes)


@pytest.mark.parametrize(
    ("values", "words", "chosen", "column"),
    [
        (DIFFERS, "再点検", "recounted", "D"), (DIFFERS, "再点検", "", "D"), (DIFFERS, "=1+1", "recount", "C"),
        (DIFFERS, "再点検", '=A1', "D"), (DIFFERS, "あ" * 1_001, "recount", "C"), (EVERYBODY, "全員", "recount", "D"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_named(
    desk: Desk, typed_book: Any, values: dict[str, Any], words: str, chosen: str, column: str
) -> None:
    book = typed_book(values)
    with pytest.raises(FileRefused) as refused:
        preview(desk, read(book.with_words(words, chosen)), WARD)
    assert (book.row, f"001_11!{column}") in [(p.row, p.column) for p in refused.value.problems]


def test_a_moved_check_is_named(desk: Desk, typed_book: Any) -> None:
    book = typed_book(DIFFERS)
    with pytest.raises(FileRefused):
        preview(desk, read(book.with_words("再点検", "recount", **{f"A{book.row}": "J01"})), WARD)


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_the_sentence_is_what_a_spreadsheet_works_out(desk: Desk, typed_book: Any, tmp_path: Any) -> None:
    book = typed_book(DIFFERS)
    workbook = opened(book.data)
    workbook["001_11"].cell(book.row, SAID + 1, "再点検でも同じ")
    workbook["001_11"].cell(book.row, CLASS + 1, "再点検の結果")
    recomputed(tmp_path, {"b.xlsx": saved(workbook)})
    (outcome,) = hand_in(desk, read((tmp_path / "done" / "b.xlsx").read_bytes()), WARD)
    assert outcome.state == "submitted", list(outcome.lines())
