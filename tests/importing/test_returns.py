"""Tidy returns: all or nothing, repeat-safe, one message for each bad row."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
import tiny

from reporting.application import batch
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.domain.case import ReturnCase
from reporting.errors import NotAuthorised, VersionConflict
from reporting.files.problems import FileRefused
from reporting.importing import ImportReport, import_areas, import_returns
from reporting.importing.report import quiet
from reporting.ledger import return_stream

pytestmark = pytest.mark.usefixtures("parts")

HEADER = "election,form,slot,unit,contest,item,breakdown,choice,value,reason\n"
GOOD = HEADER + (
    "tiny,final,final,11,pr,electors,,,100,\n"
    "tiny,final,final,11,pr,electors,sex=m,,48,\n"
    "tiny,final,final,11,pr,votes,,a,12.345,\n"
    "tiny,final,final,12,pr,electors,,,!none,\n"
)

Take = Callable[..., ImportReport]


@pytest.fixture
def take(service: Reporting, tmp_path: Path) -> Take:
    tiny.define(service)

    def go(
        text: str | bytes, actor: Actor = tiny.SYSTEM, name: str = "r.csv", **options: object
    ) -> ImportReport:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return import_returns(path, service, actor, **options)  # type: ignore[arg-type]

    return go


def held(service: Reporting, unit: str = "11") -> dict[str, str]:
    from reporting.domain.figures import format_value
    from reporting.ledger import return_stream

    state = service.return_case(return_stream("tiny", "final", "final", unit))
    return {key: format_value(one.value) for key, one in state.cells.items()}


def test_figures_arrive_and_the_file_is_named_in_the_command(take: Take, service: Reporting) -> None:
    report = take(GOOD)
    assert (report.rows, report.events, report.repeated) == (4, 2, False)
    assert held(service)["pr|votes||a"] == "12.345"
    assert held(service, "12") == {"pr|electors||": "!none"}
    (last,) = service.ledger.read(service.ledger.position() - 1, 1)
    record = service.ledger.command(last.command_id)
    assert record is not None
    assert record.channel == "import"
    assert "r.csv sha256:" in (record.reason or "")


def test_dry_run_changes_nothing(take: Take, service: Reporting) -> None:
    before = service.ledger.position()
    assert take(GOOD, dry_run=True).rows == 4
    assert service.ledger.position() == before


def test_the_same_file_again_changes_nothing_even_after_a_correction(take: Take, service: Reporting) -> None:
    take(GOOD)
    tiny.correct(service, "11", 1, electors=101)
    before = service.ledger.position()
    assert take(GOOD, name="copy.csv").repeated
    assert service.ledger.position() == before
    assert held(service)["pr|electors||"] == "101"


def test_equal_values_are_passed_over_and_others_need_a_reason(take: Take, service: Reporting) -> None:
    take(GOOD)
    changed = GOOD.replace("100,", "101,") + "tiny,final,final,20,pr,electors,,,7,\n"
    for reason in ("", " ", "－", "\u202e誤"):  # none of them is one, at whichever door
        with pytest.raises(FileRefused) as caught:
            take(changed.replace("101,\n", f"101,{reason}\n"))
        (problem,) = caught.value.problems
        assert (problem.row, problem.column, problem.found) == (2, "reason", "100 → 101")
    report = take(changed.replace("101,\n", "101,転記誤り\n"))
    assert (report.events, report.unchanged) == (2, 3)
    assert held(service)["pr|electors||"] == "101"
    assert held(service, "20") == {"pr|electors||": "7"}


@pytest.mark.parametrize(
    ("value", "found", "expected"),
    [("1\x002", "1␀2", "文字"), ("9" * 10_001, "9" * 79 + "…", "10,000 字以下")],
)
def test_a_field_that_is_no_text_is_told_itself(take: Take, value: str, found: str, expected: str) -> None:
    with pytest.raises(FileRefused) as caught:
        take(GOOD.replace("100,", f"{value},"))
    (problem,) = caught.value.problems
    assert (problem.row, problem.found) == (2, found)
    assert problem.expected.startswith(expected)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("nope,final,final,11,pr,electors,,,1,", "election"),
        ("tiny,nope,final,11,pr,electors,,,1,", "form"),
        ("tiny,final,nope,11,pr,electors,,,1,", "slot"),
        ("tiny,final,final,99,pr,electors,,,1,", "unit"),
        ("tiny,final,final,10,pr,electors,,,1,", "unit"),
        ("tiny,final,final,11,nope,electors,,,1,", "contest"),
        ("tiny,final,final,31,d1,votes,,x,1,", "contest"),
        ("tiny,final,final,31,pr,nope,,,1,", "item"),
        ("tiny,final,final,31,pr,turnout,,,50,", "item"),
        ("tiny,final,final,31,pr,electors,sex=x,,1,", "breakdown"),
        ("tiny,final,final,31,pr,votes,,z,1,", "choice"),
        ("tiny,final,final,31,pr,votes,,,1,", "choice"),
        ("tiny,final,final,31,pr,electors,,,-1,", "value"),
        ("tiny,final,final,31,pr,electors,,,1.5,", "value"),
        ("tiny,final,final,31,pr,electors,,,,", "value"),
        ("tiny,final,final,31,pr,electors,,,1e3,", "value"),
        ("tiny,final,final,31,pr,electors,,,1①,", "value"),
        ('tiny,final,final,31,pr,electors,,,"1,23",', "value"),
        ("tiny,final,final,31,pr,votes,,a,1.2345,", "value"),
        ("tiny,final,final,11,pr,electors,,,9,", "item"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_taken(
    take: Take, service: Reporting, row: str, column: str
) -> None:
    before = service.ledger.position()
    with pytest.raises(FileRefused) as caught:
        take(GOOD + row + "\n")
    assert [(one.file, one.row, one.column) for one in caught.value.problems] == [("r.csv", 6, column)]
    assert service.ledger.position() == before


def test_every_bad_row_is_told_at_once(take: Take) -> None:
    rows = "".join(f"tiny,final,final,11,pr,electors,sex=m,,x{n},\n" for n in range(500))
    with pytest.raises(FileRefused) as caught:
        take(HEADER + rows)
    assert [one.row for one in caught.value.problems] == list(range(2, 502))


def test_units_outside_the_jurisdiction_are_refused(take: Take, service: Reporting) -> None:
    before = service.ledger.position()
    with pytest.raises(NotAuthorised):
        take(GOOD, actor=tiny.WARD_CLERK)
    with pytest.raises(NotAuthorised):
        take(GOOD, actor=Actor("a", "b", Role.ANALYST, "*"))
    assert service.ledger.position() == before
    assert take(GOOD, actor=tiny.CITY_CLERK).events == 2


def test_a_rival_in_between_refuses_the_whole_file(
    take: Take, service: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rival writes after the last return was read: caught by the expected version, and nothing of the file stays."""
    original, once = service.return_cases, threading.Event()
    last = return_stream("tiny", "final", "final", "12")

    def read_then_rival(streams: list[UUID]) -> dict[UUID, ReturnCase]:
        cases = original(streams)
        if last in streams and not once.is_set():
            once.set()
            tiny.enter(service, "12", voters=3)
        return cases

    monkeypatch.setattr(service, "return_cases", read_then_rival)
    with pytest.raises(VersionConflict):
        take(GOOD)
    assert held(service) == {}
    assert take(GOOD).events == 2


def test_progress_is_reported(take: Take) -> None:
    seen: list[str] = []
    take(GOOD, progress=lambda done, total, what="": seen.append(what))
    assert seen[0] == "check"
    assert seen[-1] == "append"
    quiet(0, 0)


def test_parts_of_one_file_have_their_own_commands() -> None:
    from uuid import uuid4

    source = batch.ImportedFile("returns", "a", "00", uuid4())
    assert source.body(0) != source.body(1)
    assert source.body(0) == batch.ImportedFile("returns", "other name", "00", uuid4()).body(0)


def test_areas_without_a_registry_ask_for_one_in_both_languages(service: Reporting, tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    file.write_text("geography,code\n", encoding="utf-8")
    with pytest.raises(FileRefused) as caught:
        import_areas(file, service, tiny.SYSTEM)
    assert "--registry でコードを添えるか" in caught.value.message_ja
    assert "--registry CODE, or" in caught.value.message_en
