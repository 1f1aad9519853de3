"""`import returns` is the desk's way in where an election has a workflow (issue 10, A7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import night
import pytest
import sources
import tiny
from night import CITY, NATION, PREFECTURE

from reporting.application.desk import Desk
from reporting.application.findings import RulesRefused
from reporting.application.service import Reporting
from reporting.domain.events import FiguresCorrected
from reporting.domain.figures import Cell
from reporting.domain.status import Status
from reporting.errors import NotAuthorised
from reporting.files.problems import FileRefused
from reporting.importing import ImportReport, import_returns

pytestmark = [pytest.mark.begins.with_args(night.define), pytest.mark.usefixtures("parts")]


def rows(reason: str = "", **values: int) -> list[dict[str, Any]]:
    where = {"election": "tiny", "form": "final", "slot": "final", "unit": "11", "contest": "pr"}
    return [
        {**where, "item": cell.item, "choice": cell.choice, "value": cell.value, "reason": reason}
        for cell in night.cells(**values)
    ]


def take(service: Reporting, folder: Path, actor: Any, reason: str = "", **values: int) -> ImportReport:
    return import_returns(sources.returns_csv(folder / "r.csv", rows(reason, **values)), service, actor)


def case_of(desk: Desk) -> Any:
    return desk.returns.open("tiny", "final", "final", "11")


def test_an_imported_return_is_entered_and_its_owner_is_told(service: Reporting, tmp_path: Path) -> None:
    desk = Desk(service)
    take(service, tmp_path, tiny.SYSTEM, **night.BALANCED)
    one = case_of(desk)
    assert one.status is Status.ENTERED
    assert len(one.case.unanswered()) == len(night.BALANCED)


def test_what_the_rules_would_ask_is_told_with_the_import(service: Reporting, tmp_path: Path) -> None:
    desk = Desk(service)
    report = take(service, tmp_path, tiny.SYSTEM, **{**night.BALANCED, "invalid_votes": 5})
    assert any("tiny/final/final/11: J" in note for note in report.notes)
    assert case_of(desk).status is Status.ENTERED
    assert desk.returns.draft("tiny", "final", "final", "11").shown


def test_a_certified_return_is_imported_as_the_desk_corrects_it(service: Reporting, tmp_path: Path) -> None:
    """By who may correct it, with the rules; each changed cell has to be approved again."""
    desk = night.certified(service)
    before = case_of(desk).case.version
    with pytest.raises(NotAuthorised):
        take(service, tmp_path, CITY, "照合", votes_a=61, votes_b=37)
    with pytest.raises(RulesRefused):
        take(service, tmp_path, PREFECTURE, "照合", votes_a=61)
    assert case_of(desk).case.version == before
    assert desk.returns.draft("tiny", "final", "final", "11").shown, "what was shown is remembered"
    take(service, tmp_path, NATION, "照合", votes_a=61, votes_b=37, invalid_votes=2)
    after = case_of(desk).case
    assert (after.submissions, after.cells[Cell("pr", "votes", "", "a").key].text) == (2, "61")
    assert after.waiting_at("city") == ["pr|votes||a", "pr|votes||b"]


def test_the_reason_of_each_row_is_kept_however_long_all_of_them_are(
    service: Reporting, tmp_path: Path
) -> None:
    night.certified(service)
    begun = service.ledger.position()
    why = {"甲": {"votes_a": 61}, "乙": {"votes_b": 37}}
    lines = [row for word, values in why.items() for row in rows(word * 990, **values)]
    import_returns(sources.returns_csv(tmp_path / "r.csv", lines), service, NATION)
    told = [
        (record.reason or "").count(word)
        for event in service.ledger.read(begun, 10)
        for word in why
        if isinstance(event.event, FiguresCorrected) and (record := service.ledger.command(event.command_id))
    ]
    assert sorted(told) == [0, 0, 990, 990]


def test_no_reason_is_longer_than_words_in_a_file_are(service: Reporting, tmp_path: Path) -> None:
    take(service, tmp_path, tiny.SYSTEM, **night.BALANCED)
    with pytest.raises(FileRefused) as refused:
        take(service, tmp_path, tiny.SYSTEM, "あ" * 1_601, votes_a=61)
    (problem,) = refused.value.problems
    assert (problem.row, problem.column) == (2, "reason")
    assert "1600" in problem.expected


def test_certified_returns_in_different_parts_of_a_file_are_looked_at_together(
    service: Reporting, tmp_path: Path
) -> None:
    """One that the rules refuse takes the others back, entered ones beside them too, wherever they stand in the file."""
    desk = night.certified(service)
    entered = [{**one, "unit": "12"} for one in rows(**night.BALANCED)]
    wrong = rows("照合", votes_a=61)
    before = service.ledger.position()
    with pytest.raises(RulesRefused):
        import_returns(sources.returns_csv(tmp_path / "r.csv", [*wrong, *entered]), service, NATION)
    other = desk.returns.open("tiny", "final", "final", "12")
    assert other.case.version == 0, "nothing of the file stands"
    assert service.ledger.position() > before, "what was shown is remembered"
    right = rows("照合", votes_a=61, votes_b=37, invalid_votes=2)
    report = import_returns(sources.returns_csv(tmp_path / "r.csv", [*right, *entered]), service, NATION)
    assert report.position == service.ledger.position()
    assert desk.returns.open("tiny", "final", "final", "12").status is Status.ENTERED
    assert case_of(desk).case.cells[Cell("pr", "votes", "", "a").key].text == "61"


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_dry_run_decides_as_the_import_does(service: Reporting, tmp_path: Path, dry_run: bool) -> None:
    """Authority, rules, reasons of certified returns: refused for the same cause, and nothing but what was shown is kept."""
    desk = night.certified(service)
    before = case_of(desk).case.version

    def taken(actor: Any, reason: str, **values: int) -> None:
        path = sources.returns_csv(tmp_path / "r.csv", rows(reason, **values))
        import_returns(path, service, actor, dry_run=dry_run)

    with pytest.raises(NotAuthorised):
        taken(CITY, "照合", votes_a=61, votes_b=37)
    with pytest.raises(RulesRefused):
        taken(PREFECTURE, "照合", votes_a=61)
    assert case_of(desk).case.version == before
    taken(NATION, "照合", votes_a=61, votes_b=37)
    assert (case_of(desk).case.version == before) is dry_run
