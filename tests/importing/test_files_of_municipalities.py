"""Files as municipalities have them: Shift_JIS, totals among the rows, one cause many times, handed in by a person."""

from __future__ import annotations

from pathlib import Path

import night
import pytest
import tiny
from click.testing import CliRunner, Result

from api.cli.group import root
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.status import Status
from reporting.errors import InvalidInput, NotAuthorised
from reporting.files.problems import FileRefused
from reporting.importing import ImportReport, import_returns

pytestmark = pytest.mark.usefixtures("parts")

HEAD = "election,form,slot,unit,contest,item,choice,value,reason\n"


def rows(unit: str, reason: str = "", **changes: int) -> str:
    """A balanced return of the night, as lines of the tidy file."""
    cells = night.cells(**{**night.BALANCED, **changes})
    return "".join(
        f"tiny,final,final,{unit},pr,{cell.item},{cell.choice},{cell.value},{reason}\n" for cell in cells
    )


def take(
    service: Reporting, folder: Path, text: str | bytes, actor: object = night.WARD, **options: object
) -> ImportReport:
    file = folder / "r.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_returns(file, service, actor, **options)  # type: ignore[arg-type]


def test_shift_jis_is_read_where_it_is_named(service: Reporting, tmp_path: Path) -> None:
    night.define(service)
    text = HEAD + rows("11", "読み合わせ")
    with pytest.raises(FileRefused) as refused:
        take(service, tmp_path, text.encode("cp932"))
    assert "cp932" in str(refused.value)
    assert take(service, tmp_path, text.encode("cp932"), encoding="cp932").events


def test_bytes_that_are_no_shift_jis_are_named(service: Reporting, tmp_path: Path) -> None:
    night.define(service)
    broken = HEAD.encode() + b"tiny,final,final,11,pr,voters,,1," + b"\x81\n"
    with pytest.raises(FileRefused) as refused:
        take(service, tmp_path, broken, encoding="cp932")
    (problem,) = refused.value.problems
    assert (problem.row, problem.found[:2]) == (2, "81")


def test_one_cause_is_one_line(service: Reporting, tmp_path: Path) -> None:
    """An election that is not there yet, a thousand times over."""
    text = HEAD + "".join(f"later,final,final,{n},pr,voters,,1,\n" for n in range(1_000))
    with pytest.raises(FileRefused) as refused:
        take(service, tmp_path, text)
    (problem,) = refused.value.problems
    assert (problem.row, problem.more) == (2, 999)
    assert "ほか 999 行" in problem.told().ja
    assert "999 more rows" in problem.told().en


def test_different_causes_stay_apart(service: Reporting, tmp_path: Path) -> None:
    night.define(service)
    wrong = "tiny,final,final,11,pr,{},,{},\n"
    text = HEAD + wrong.format("voters", "x") + wrong.format("electors", "y") + wrong.format("nothing", "1")
    with pytest.raises(FileRefused) as refused:
        take(service, tmp_path, text)
    assert [problem.row for problem in refused.value.problems] == [2, 3, 4]


def test_rows_of_areas_above_are_control_totals(service: Reporting, tmp_path: Path) -> None:
    """Compared with what their units add up to, told with both numbers, imported never."""
    night.define(service)
    voters = night.BALANCED["voters"]
    text = HEAD + rows("11") + rows("12") + f"tiny,final,final,10,pr,voters,,{2 * voters + 1},\n"
    everybody = tiny.SYSTEM
    with pytest.raises(FileRefused, match="報告単位"):
        take(service, tmp_path, text, everybody)
    report = take(service, tmp_path, text, everybody, control=True)
    (told,) = (note for note in report.notes if "≠" in note)
    assert f"{2 * voters + 1} ≠ {2 * voters}" in told
    assert "（2/2）" in told
    right = take(
        service, tmp_path, text.replace(str(2 * voters + 1), str(2 * voters)), everybody, control=True
    )
    assert not [note for note in right.notes if "≠" in note]


def test_what_has_nothing_open_is_handed_in_and_the_rest_told(service: Reporting, tmp_path: Path) -> None:
    desk = night.define(service)
    text = HEAD + rows("11") + rows("12", invalid_votes=5)
    report = take(service, tmp_path, text, night.CITY, submit=True)
    assert report.submitted == 1
    status = {unit: desk.returns.open("tiny", "final", "final", unit).status for unit in ("11", "12")}
    assert status == {"11": Status.SUBMITTED, "12": Status.ENTERED}
    assert any(note.startswith("tiny/final/final/12: 未提出") for note in report.notes)
    again = take(service, tmp_path, text, night.CITY, submit=True)
    assert (again.repeated, again.submitted) == (True, 0)
    assert desk.returns.open("tiny", "final", "final", "11").case.submissions == 1


def test_another_offices_return_is_neither_imported_nor_handed_in(service: Reporting, tmp_path: Path) -> None:
    night.define(service)
    before = service.ledger.position()
    with pytest.raises(NotAuthorised):
        take(service, tmp_path, HEAD + rows("11"), night.OTHER_WARD, submit=True)
    assert service.ledger.position() == before


def test_in_an_election_with_a_workflow_somebody_imports(service: Reporting, tmp_path: Path) -> None:
    night.define(service)
    with pytest.raises(InvalidInput, match="--token"):
        take(service, tmp_path, HEAD + rows("11"), tiny.SYSTEM, named=False)


def test_at_the_terminal(database: Database, service: Reporting, tmp_path: Path) -> None:
    night.define(service)
    file = tmp_path / "r.csv"
    file.write_text(HEAD + rows("11"), encoding="utf-8")
    environment = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(tmp_path)}

    def run(*words: str) -> Result:
        return CliRunner().invoke(root, words, env=environment)

    token = run(
        "token", "--person", "佐藤", "--office", "中央区選管", "--role", "ward", "--jurisdiction", "11"
    )
    nobody = run("import", "returns", str(file))
    assert nobody.exit_code == 1
    assert "--token" in nobody.output
    done = run("import", "returns", str(file), "--token", token.stdout.strip(), "--submit")
    assert done.exit_code == 0, done.output
    assert "1 returns submitted" in done.output
    assert desk_person(service) == "佐藤"


def desk_person(service: Reporting) -> str | None:
    by = Desk(service).returns.open("tiny", "final", "final", "11").case.submitted_by
    return by.person if by else None
