"""What a file says besides figures: explanations and declarations go with what the rules find of the cells they stand at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import night
import pytest
import tiny
from night import BALANCED

from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.domain.workflow_events import DiscrepancyDeclared, ReturnSubmitted
from reporting.files.problems import FileRefused
from reporting.importing import ImportReport, import_mapped, import_returns
from reporting.importing.shipped import read_mapping

pytestmark = pytest.mark.begins.with_args(night.define)

HEAD = "election,form,slot,unit,contest,item,choice,value,reason,explanation,declaration\n"
DIFFERS = {**BALANCED, "ballots_counted": 118, "valid_votes": 116, "votes_a": 78}
EVERYBODY = {**BALANCED, "electors": 100}
DECLARED = "再点検でも同じ,recount"
WIDE = """
mapping = "ours"
label = { ja = "町の表", en = "A town's table" }
source = "町の集計 / the town's own"
unit = { column = "町" }
[wide]
explanation = { column = "備考" }
declaration = { column = "区分", table = "classes" }
[tables]
classes = { "再点検" = "recount" }
""" + "".join(
    f"""
[[wide.columns]]
heading = "{heading}"
[wide.columns.cell]
contest = {{ value = "pr" }}
item = {{ value = "{item}" }}
choice = {{ value = "{choice}" }}
"""
    for heading, item, choice in (
        ("有権者", "electors", ""), ("投票者", "voters", ""), ("総数", "ballots_counted", ""), ("有効", "valid_votes", ""),
        ("無効", "invalid_votes", ""), ("持帰り", "ballots_not_deposited", ""), ("甲", "votes", "a"), ("乙", "votes", "b"),
    )
)  # fmt: skip


@pytest.fixture
def desk(service: Reporting) -> Desk:
    return Desk(service)


def rows(values: Mapping[str, Any], words: Mapping[str, str], unit: str = "11", reason: str = "") -> str:
    """`words`: item → its last two columns."""
    return "".join(
        f"tiny,final,final,{unit},pr,{cell.item},{cell.choice},{cell.value},{reason},{words.get(cell.item, ',')}\n"
        for cell in night.cells(**values)
    )


def take(desk: Desk, folder: Path, text: str, **more: Any) -> ImportReport:
    path = folder / "r.csv"
    path.write_text(HEAD + text)
    return import_returns(path, desk.reporting, more.pop("actor", night.WARD), **more)


def events(desk: Desk, kind: type[Any], unit: str = "11") -> list[Any]:
    deeds = desk.reporting.ledger.deeds([desk.returns.open("tiny", "final", "final", unit).stream])
    return [deed.recorded.event for deed in deeds if isinstance(deed.recorded.event, kind)]


def test_a_difference_is_declared_by_the_file(desk: Desk, tmp_path: Path) -> None:
    assert take(desk, tmp_path, rows(DIFFERS, {}), submit=True).submitted == 0
    report = take(desk, tmp_path, rows(DIFFERS, {"ballots_counted": DECLARED}), submit=True)
    assert (report.submitted, report.notes) == (1, ())
    (declared,) = events(desk, DiscrepancyDeclared)
    assert (declared.rule, declared.reason_class) == ("J11", "recount")
    streams = [desk.returns.open("tiny", "final", "final", "11").stream]
    (command_id,) = {
        d.recorded.command_id for d in desk.reporting.ledger.deeds(streams) if d.recorded.event == declared
    }
    command = desk.reporting.ledger.command(command_id)
    assert command is not None
    assert (command.reason or "").startswith("再点検でも同じ (r.csv sha256:")


def test_a_warning_is_explained_by_the_file(desk: Desk, tmp_path: Path) -> None:
    report = take(desk, tmp_path, rows(EVERYBODY, {"voters": "全員が投票,"}), submit=True)
    assert report.submitted == 1
    (submitted,) = events(desk, ReturnSubmitted)
    assert set(submitted.explanations.values()) == {"全員が投票"}


def test_words_at_other_cells_let_nothing_pass(desk: Desk, tmp_path: Path) -> None:
    """Words of a cell that the finding is not about, words without a class for an error, a class for a warning."""
    for values, words in (
        (DIFFERS, {"electors": DECLARED}), (DIFFERS, {"ballots_counted": "再点検でも同じ,"}), (EVERYBODY, {"invalid_votes": "全員,"}),
    ):  # fmt: skip
        assert take(desk, tmp_path, rows(values, words, reason="訂正"), submit=True).submitted == 0
    assert events(desk, ReturnSubmitted) == events(desk, DiscrepancyDeclared) == []


def test_words_are_not_lost_in_silence(desk: Desk, tmp_path: Path) -> None:
    report = take(desk, tmp_path, rows(DIFFERS, {"ballots_counted": DECLARED}))
    assert any("--submit" in note for note in report.notes)
    again = take(desk, tmp_path, rows(DIFFERS, {"ballots_counted": DECLARED}), submit=True)
    assert (again.repeated, again.submitted) == (True, 1), "taken before, handed in with its words"


def test_a_dry_run_tells_what_is_left_to_answer(desk: Desk, tmp_path: Path) -> None:
    asked = take(desk, tmp_path, rows(DIFFERS, {}), submit=True, dry_run=True)
    assert any("J11" in note for note in asked.notes)
    answered = take(desk, tmp_path, rows(DIFFERS, {"ballots_counted": DECLARED}), submit=True, dry_run=True)
    assert not any("J11" in note for note in answered.notes)
    assert events(desk, ReturnSubmitted) == []


@pytest.mark.parametrize(
    ("words", "column"),
    [("わけ,altered", "declaration"), ("わけ,再点検", "declaration"), (",recount", "explanation"), (f"{'あ' * 1_001},", "explanation")],
)  # fmt: skip
@pytest.mark.unchanged
def test_words_that_cannot_be_taken_are_named(desk: Desk, tmp_path: Path, words: str, column: str) -> None:
    with pytest.raises(FileRefused) as refused:
        take(desk, tmp_path, rows(DIFFERS, {"ballots_counted": words}), submit=True)
    assert column in [problem.column for problem in refused.value.problems]
    assert events(desk, ReturnSubmitted) == []


def test_a_certified_return_is_corrected_with_its_words(service: Reporting, tmp_path: Path) -> None:
    desk = night.certified(service)
    wrong = rows(DIFFERS, {}, reason="選挙会で訂正")
    with pytest.raises(Exception, match="J11"):
        take(desk, tmp_path, wrong, actor=night.NATION)
    take(
        desk,
        tmp_path,
        rows(DIFFERS, {"ballots_counted": DECLARED}, reason="選挙会で訂正"),
        actor=night.NATION,
    )
    (declared,) = events(desk, DiscrepancyDeclared)
    assert declared.reason_class == "recount"


def test_a_wide_table_has_columns_of_words(desk: Desk, tmp_path: Path) -> None:
    path, mapping = tmp_path / "town.csv", read_mapping("ours.toml", WIDE.encode())
    path.write_text(
        "町,有権者,投票者,総数,有効,無効,持帰り,甲,乙,備考,区分\n11,200,100,118,116,2,0,78,38,再点検でも同じ,再点検\n"
    )
    where = {"election": "tiny", "form": "final", "slot": "final"}
    report = import_mapped(path, desk.reporting, night.WARD, mapping=mapping, submit=True, **where)  # type: ignore[arg-type]
    assert (report.submitted, [event.reason_class for event in events(desk, DiscrepancyDeclared)]) == (
        1,
        ["recount"],
    )
    path.write_text(
        "町,有権者,投票者,総数,有効,無効,持帰り,甲,乙,備考,区分\n12,200,100,118,116,2,0,78,38,再点検,照会\n"
    )
    with pytest.raises(FileRefused, match="照会"):
        import_mapped(path, desk.reporting, tiny.SYSTEM, mapping=mapping, **where)  # type: ignore[arg-type]
