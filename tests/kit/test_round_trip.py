"""A workbook that is typed and handed in does what typing at the desk does."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import night
import pytest
from night import BALANCED, CITY, OTHER_WARD, WARD, WARD_2
from sheet_formulas import Sheet
from typed_book import opened, read, saved, typed

from reporting.application.desk import Desk
from reporting.application.desk_commands import SettleEntry, Submit
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel
from reporting.domain.figures import Cell
from reporting.errors import CommandIdReused, InvalidInput, NotAuthorised, UnknownReference
from reporting.files.problems import FileRefused
from reporting.kit.handing_in import Said, hand_in, preview
from reporting.kit.making import make_book
from reporting.kit.merge import MergedCell
from reporting.kit.plan import digest_of
from reporting.kit.reading import ReadBook
from reporting.ledger.registry import canonical

pytestmark = pytest.mark.begins.with_args(night.define)


def keyed(**values: Any) -> dict[tuple[str, str], Any]:
    """(unit 11, cell key) → number, as a spreadsheet holds it."""
    return {("11", c.cell().cell.key): int(c.value) if c.value.lstrip("-").isdigit() else c.value for c in night.cells(**values)}  # fmt: skip


@pytest.fixture
def desk(service: Reporting) -> Desk:
    return Desk(service)


def made(desk: Desk, actor: Actor = WARD, units: tuple[str, ...] = ("11",)) -> bytes:
    return make_book(desk, "tiny", "final", "final", units, actor)


def figures(desk: Desk, unit: str = "11") -> dict[str, str]:
    case = desk.returns.open("tiny", "final", "final", unit).case
    return {key: cell.text for key, cell in case.cells.items()}


def test_typed_in_a_sheet_is_typed_at_the_desk(desk: Desk, service: Reporting) -> None:
    night.submit(desk, "12", OTHER_WARD)
    book = read(typed(made(desk), keyed(**BALANCED)))
    assert [outcome.state for outcome in preview(desk, book, WARD)] == ["ready"]
    assert figures(desk) == {}, "a preview changes nothing"
    (outcome,) = hand_in(desk, book, WARD)
    assert outcome.state == "submitted"
    assert figures(desk) == figures(desk, "12")
    streams = [desk.returns.open("tiny", "final", "final", unit).stream for unit in ("11", "12")]
    mine, theirs = (
        [
            (type(deed.recorded.event).__name__, {**deed.recorded.event.model_dump(), "unit": ""})
            for deed in service.ledger.deeds([stream])
        ]
        for stream in streams
    )
    assert mine == theirs, "event for event"


@pytest.mark.unchanged
@pytest.mark.parametrize(
    "typed_as", [*"-－−―–—", "該当なし", "!none", "未報告", "非公表", "!not_reported", "!suppressed"]
)
def test_a_sheet_takes_an_absence_for_what_it_is_read_as(desk: Desk, typed_as: str) -> None:
    """The state that the formulas go by, and whether it lacks, are what the reader makes of it when the workbook comes back."""
    data = typed(made(desk), {("11", "pr|invalid_votes||"): typed_as})
    (read_sheet,) = read(data).sheets
    said = read_sheet.typed["pr|invalid_votes||"]
    row = next(cell.row for cell in read_sheet.made.cells if cell.key == "pr|invalid_votes||")
    sheet = opened(data)["001_11"]
    formulas = {
        cell.coordinate: cell.value[1:]
        for line in sheet.iter_rows()
        for cell in line
        if isinstance(cell.value, str) and cell.value.startswith("=") and cell.column_letter in "HIKL"
    }
    values = {cell.coordinate: cell.value for line in sheet.iter_rows() for cell in line if cell.value is not None and cell.coordinate not in formulas}  # fmt: skip
    assert Sheet(values, formulas)[f"H{row}"] == (1 if said == "!none" else -1)
    (validation,) = [v for v in sheet.data_validations.dataValidation if f"E{row}" in str(v.sqref)]
    assert len(validation.formula1) <= 255, "Excel refuses a longer one"
    if not typed_as.startswith("!"):
        assert f'"{typed_as}"' in validation.formula1


def test_the_file_stands_with_the_command(desk: Desk, service: Reporting) -> None:
    book = read(typed(made(desk), keyed(**BALANCED)))
    hand_in(desk, book, WARD)
    (first, *_) = service.ledger.deeds([desk.returns.open("tiny", "final", "final", "11").stream])
    record = service.ledger.command(first.recorded.command_id)
    assert record is not None
    assert (record.channel, record.person) == (Channel.WORKBOOK, WARD.person)
    assert record.reason == f"(b.xlsx sha256:{book.sha256})"


def test_handed_in_again_there_is_nothing_to_take(desk: Desk) -> None:
    data = typed(made(desk), keyed(**BALANCED))
    hand_in(desk, read(data), WARD)
    version = desk.returns.open("tiny", "final", "final", "11").case.version
    assert [outcome.state for outcome in hand_in(desk, read(data), WARD)] == ["nothing"]
    assert desk.returns.open("tiny", "final", "final", "11").case.version == version


def test_words_and_absences(desk: Desk) -> None:
    values = keyed(**BALANCED) | {
        ("11", "pr|electors||"): "２００",
        ("11", "pr|ballots_not_deposited||"): "!none",
    }
    hand_in(desk, read(typed(made(desk), values)), WARD)
    held = figures(desk)
    assert (held["pr|electors||"], held["pr|ballots_not_deposited||"]) == ("200", "!none")


def test_a_difference_is_shown_and_remembered(desk: Desk) -> None:
    wrong = {**BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
    data = typed(made(desk), keyed(**wrong))
    (outcome,) = preview(desk, read(data), WARD)
    assert outcome.state == "refused"
    (finding,) = outcome.findings
    assert finding.rule == "J11"
    assert desk.returns.draft("tiny", "final", "final", "11").shown, "as at the desk"
    said = Said(reason="再点検でも同じ", declarations={("11", finding.key): "recount"})
    assert [outcome.state for outcome in hand_in(desk, read(data), WARD, said)] == ["submitted"]


def test_words_are_asked_for_as_at_the_desk(desk: Desk) -> None:
    """The name of the file is no reason."""
    night.submit(desk)
    changed = keyed(votes_a=59, votes_b=39)
    data = typed(made(desk), changed)
    (outcome,) = hand_in(desk, read(data), WARD)
    assert outcome.state == "refused"
    assert [problem.kind for problem in outcome.problems] == ["reason", "reason"]
    assert [o.state for o in hand_in(desk, read(data), WARD, Said(reason="転記誤り"))] == ["submitted"]


def test_changed_on_both_sides_is_a_conflict(desk: Desk) -> None:
    night.submit(desk)
    data = typed(made(desk), keyed(votes_a=59, votes_b=39))
    night.submit(desk, values={"votes_a": 58, "votes_b": 40}, reason="原票のとおり")
    said = Said(reason="転記誤り")
    (outcome,) = hand_in(desk, read(data), WARD, said)
    assert outcome.state == "conflict"
    assert [(c.base, c.now, c.sheet, c.outcome) for c in outcome.cells] == [
        ("60", "58", "59", "conflict"),
        ("38", "40", "39", "conflict"),
    ]
    assert figures(desk)["pr|votes||a"] == "58", "neither way in silence"
    cells = {("11", f"pr|votes||{choice}") for choice in "ab"}
    kept = Said(reason="転記誤り", keep=frozenset(cells))
    assert [o.state for o in hand_in(desk, read(data), WARD, kept)] == ["nothing"]
    taken = Said(reason="転記誤り", take=frozenset(cells))
    assert [o.state for o in hand_in(desk, read(data), WARD, taken)] == ["submitted"]
    assert figures(desk)["pr|votes||a"] == "59"


def test_what_the_sheet_left_alone_follows_what_stands(desk: Desk) -> None:
    night.submit(desk)
    data = typed(made(desk), keyed(votes_a=59, votes_b=39))
    night.submit(desk, values={"electors": 210}, reason="名簿の訂正")
    hand_in(desk, read(data), WARD, Said(reason="転記誤り"))
    held = figures(desk)
    assert (held["pr|electors||"], held["pr|votes||a"]) == ("210", "59")


def test_an_erased_figure_is_asked_about(desk: Desk) -> None:
    night.submit(desk)
    (outcome,) = preview(desk, read(typed(made(desk), {("11", "pr|electors||"): None})), WARD)
    assert (outcome.state, [cell.outcome for cell in outcome.cells]) == ("conflict", ["emptied"])


@pytest.mark.unchanged
def test_another_office_neither_makes_nor_hands_in(desk: Desk) -> None:
    data = typed(made(desk, CITY, ("11", "12")), keyed(**BALANCED))
    with pytest.raises(NotAuthorised):
        made(desk, OTHER_WARD)
    with pytest.raises(NotAuthorised):
        preview(desk, read(data), WARD)  # holds ward 12, too
    assert figures(desk) == {}


def test_an_older_definition_is_named(desk: Desk, service: Reporting) -> None:

    import tiny

    data = typed(made(desk), keyed(**BALANCED))
    changed = night.election(label=tiny.label("別の名の選挙"))
    service.define_election(changed, tiny.SYSTEM, uuid4())
    (outcome,) = preview(desk, read(data), WARD)
    assert outcome.state == "ready"
    assert "定義（版 1）" in outcome.notes[0].ja


def broken(data: bytes, how: str) -> bytes:
    """What people do to a sheet."""
    book = opened(data)
    sheet = book[book.sheetnames[1]]
    row = next(cell.row for cell in read(data).made.sheets[0].cells if cell.key == "pr|voters||")
    at = f"E{row}"
    match how:
        case "formula":
            sheet[at] = "=50+50"
        case "date":
            from datetime import datetime

            sheet[at] = datetime(2026, 11, 28)
        case "true":
            sheet[at] = True
        case "circled":
            sheet[at] = "12①"
        case "merged":
            sheet.merge_cells(f"E{row}:F{row}")
        case "moved":
            sheet[f"B{row}"], sheet[f"B{row + 1}"] = sheet[f"B{row + 1}"].value, sheet[f"B{row}"].value
        case "shifted":
            sheet.insert_rows(row)
        case "added":
            book.create_sheet("メモ")
        case "gone":
            book.remove(sheet)
        case "hash":
            book["_reporting"]["A1"] = book["_reporting"]["A1"].value.replace('"base":""', '"base":"1"', 1)
        case "hidden gone":
            book.remove(book["_reporting"])
        case "beside":
            sheet["E4"] = 5
        case "half":
            sheet[at] = 100.5
        case "long":
            sheet[at] = 1234567890123456789
    return saved(book)


@pytest.mark.unchanged
@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("formula", "数式"), ("date", "日付"), ("true", "論理値"), ("circled", "丸数字"), ("merged", "結合"),
        ("moved", "この行は"), ("shifted", "この行は"), ("added", "加えられたシート"), ("gone", "このシート"),
        ("hash", "書き換えられている"), ("hidden gone", "作ったブック"), ("beside", "欄のない行"), ("long", "15 桁"),
    ],
)  # fmt: skip
def test_nothing_is_taken_that_is_not_understood(desk: Desk, how: str, told: str) -> None:
    data = broken(typed(made(desk), keyed(**BALANCED)), how)
    with pytest.raises(FileRefused) as refused:
        hand_in(desk, read(data), WARD)
    assert told in " ".join(str(problem) for problem in refused.value.problems)
    assert figures(desk) == {}


@pytest.mark.unchanged
def test_a_number_that_is_none_of_the_cell_is_named(desk: Desk) -> None:
    (outcome,) = hand_in(desk, read(broken(typed(made(desk), keyed(**BALANCED)), "half")), WARD)
    assert [(problem.kind, problem.found) for problem in outcome.problems] == [("fraction", "100.5")]
    assert figures(desk) == {}


@pytest.mark.unchanged
def test_hidden_rows_and_lifted_protection_are_told(desk: Desk) -> None:
    data = typed(made(desk), keyed(**BALANCED))
    book = opened(data)
    sheet = book[book.sheetnames[1]]
    sheet.protection.sheet = False
    sheet.row_dimensions[10].hidden = True
    (outcome,) = preview(desk, read(saved(book)), WARD)
    assert {note.en.split(": ")[1] for note in outcome.notes} == {
        "rows are hidden (10)",
        "its protection was taken off",
    }


@pytest.mark.unchanged
def test_cell_names_are_cells_of_the_form(desk: Desk) -> None:
    known = read(made(desk)).made
    shape = desk.returns.open("tiny", "final", "final", "11").defined.shape("final", "final")
    for cell in known.sheets[0].cells:
        assert shape.named(Cell.from_key(cell.key)).ja


def test_the_same_command_answers_the_same(desk: Desk) -> None:
    command_id, data = uuid4(), typed(made(desk), keyed(**BALANCED))
    first = hand_in(desk, read(data), WARD, command_id=command_id)
    again = hand_in(desk, read(data), WARD, command_id=command_id)
    assert [(o.state, o.cells) for o in first] == [(o.state, o.cells) for o in again]
    assert [o.done.repeated for o in (*first, *again) if o.done] == [False, True]
    other = typed(made(desk, CITY), keyed(votes_a=59, votes_b=39))
    with pytest.raises(CommandIdReused):
        hand_in(desk, read(other), WARD, Said(reason="訂正"), command_id=command_id)


@pytest.mark.begins(None)
def test_a_form_that_two_people_type_takes_a_workbook_as_one_of_their_entries(service: Reporting) -> None:
    """Neither sees the other's, in no workbook and no preview; what differs is put right at the desk."""
    forms = [{**form, "entry": "double"} for form in night.election().model_dump(mode="json")["forms"]]
    desk = night.define(service, forms=forms)
    blank, command = made(desk), uuid4()
    book = read(typed(blank, keyed(**BALANCED)))
    for again in range(2):  # sent again it is kept once
        (outcome,) = hand_in(desk, book, WARD, command_id=command)
        assert (outcome.state, figures(desk)) == ("typed", {}), again
    assert desk.returns.draft("tiny", "final", "final", "11").version == 1
    second = read(typed(made(desk, WARD_2), keyed(**{**BALANCED, "votes_a": 59})))
    assert all(cell.now != "60" for cell in second_preview(desk, second))
    (outcome,) = hand_in(desk, second, WARD_2)
    held = desk.returns.draft("tiny", "final", "final", "11")
    assert (outcome.state, held.compared, held.differing()) == ("typed", True, ["pr|votes||a"])
    (late,) = hand_in(desk, read(typed(blank, keyed(**{**BALANCED, "votes_a": 61}))), WARD)
    assert (late.state, type(late.refusal).__name__) == ("refused", "NotNow"), "they are being compared"
    desk.settle_entry(SettleEntry(**night.of("11"), cells=tuple(night.cells(votes_a=60))), WARD_2)
    version = desk.returns.draft("tiny", "final", "final", "11").version
    desk.submit(Submit(**night.of("11"), draft_version=version), WARD)
    case = desk.returns.open("tiny", "final", "final", "11").case
    assert case.cells["pr|voters||"].authors == {WARD.person, WARD_2.person}
    (outcome,) = hand_in(
        desk, read(typed(made(desk), keyed(votes_a=59, votes_b=39))), WARD, Said(reason="訂正")
    )
    assert outcome.state == "submitted", "what was handed in is corrected like every other return"


def second_preview(desk: Desk, book: ReadBook) -> list[MergedCell]:
    (outcome,) = preview(desk, book, WARD_2)
    assert (outcome.state, desk.returns.draft("tiny", "final", "final", "11").version) == ("ready", 1)
    return list(outcome.cells)


@pytest.mark.begins(None)
def test_after_certification_the_ward_is_told_why_not(service: Reporting) -> None:
    desk = night.certified(service)
    data = typed(made(desk), keyed(votes_a=59, votes_b=39))
    (outcome,) = hand_in(desk, read(data), WARD, Said(reason="転記誤り"))
    assert (outcome.state, type(outcome.refusal).__name__) == ("refused", "NotAuthorised")
    assert figures(desk)["pr|votes||a"] == "60"


def forged(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """A hidden sheet written anew, with its hash: what keeps slips out keeps nobody out who means it."""
    book = opened(data)
    told = json.loads(book["_reporting"]["A1"].value)
    text = change(told)
    text = text if isinstance(text, str) else canonical(told).decode()
    book["_reporting"]["A1"], book["_reporting"]["B1"] = text, digest_of(text)
    return saved(book)


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no sheets": lambda told: told.update(sheets=[]),
    "no cells": lambda told: told["sheets"][0].update(cells=[]),
    "row 0": lambda told: told["sheets"][0]["cells"][0].update(row=0),
    "no json": lambda told: "{",
    "without end": lambda told: "[" * 20_000,
    "another shape": lambda told: "[]",
    "later format": lambda told: told.update(format=99),
}


@pytest.mark.unchanged
@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_hidden_sheet_is_refused_by_name(desk: Desk, how: str) -> None:
    with pytest.raises(FileRefused, match="_reporting"):
        read(forged(typed(made(desk), keyed(**BALANCED)), FORGERIES[how]))


@pytest.mark.unchanged
@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["sheets"][0].update(form="none"),
        lambda told: told.update(election="none"),
        lambda told: told["sheets"][0]["cells"][0].update(key="x"),
    ],
)
def test_what_a_forged_sheet_is_about_is_looked_up(
    desk: Desk, change: Callable[[dict[str, Any]], object]
) -> None:
    with pytest.raises((UnknownReference, InvalidInput)):
        hand_in(desk, read(forged(typed(made(desk), keyed(**BALANCED)), change)), WARD)
    assert figures(desk) == {}


@pytest.mark.unchanged
def test_a_workbook_made_before_titles_and_offers_were_remembered_is_read(desk: Desk) -> None:
    def as_before(told: dict[str, Any]) -> None:
        for sheet in told["sheets"]:
            del sheet["titles"], sheet["headings"]
            for cell in sheet["cells"]:
                del cell["offered"]

    data = forged(typed(made(desk), keyed(**BALANCED)), as_before)
    assert [outcome.state for outcome in preview(desk, read(data), WARD)] == ["ready"]


@pytest.mark.unchanged
def test_a_sheet_of_a_unit_that_is_none_is_refused_alone(desk: Desk) -> None:
    data = forged(typed(made(desk), keyed(**BALANCED)), lambda told: told["sheets"][0].update(unit="9"))
    (outcome,) = hand_in(desk, read(data), WARD)
    assert (outcome.state, type(outcome.refusal).__name__) == ("refused", "UnknownReference")


@pytest.mark.unchanged
def test_a_forged_sheet_gets_at_nobody_elses_return(desk: Desk) -> None:
    data = forged(typed(made(desk), keyed(**BALANCED)), lambda told: told["sheets"][0].update(unit="12"))
    with pytest.raises(NotAuthorised):
        hand_in(desk, read(data), WARD)
    assert figures(desk, "12") == {}


@pytest.mark.unchanged
def test_a_broken_part_is_refused(desk: Desk) -> None:
    data = made(desk)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for part in source.infolist():
            held = source.read(part)
            row = (
                held.replace(b'<row r="11"', b'<row r="x" hidden="1"') if "sheet2" in part.filename else held
            )
            target.writestr(part, row)
    with pytest.raises(FileRefused):
        read(out.getvalue())


@pytest.mark.begins(None)
def test_a_name_like_a_function_is_written_as_it_is(service: Reporting) -> None:
    """The writing library takes `SORT(` in a formula for a function, and would write another name."""
    items = night.election().model_dump(mode="json")["items"]
    strange = [
        {**item, "label": {"ja": "有効 TAKE(1) SORT(2)", "en": 'UNIQUE("a")'}}
        if item["code"] == "valid_votes"
        else item
        for item in items
    ]
    desk = night.define(service, items=strange)
    sheet = opened(made(desk))["001_11"]
    told = [str(cell.value) for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    said = [text for text in told if "有効 TAKE" in text]
    assert said
    assert not any("_xlfn" in text for text in told)
