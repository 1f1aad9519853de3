"""What became of the areas, as one import: all or nothing, repeat-safe, every bad row named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tiny
from click.testing import CliRunner

from api.cli.group import root
from reporting.application.lineage import lineage_record
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.lineage_events import LineageRegistered
from reporting.errors import NotAuthorised
from reporting.files.problems import FileRefused
from reporting.importing import ImportReport, import_lineage
from reporting.ledger.registry import encode
from reporting.ledger.streams import lineage_stream
from reporting.lineage.official import CHANGE_COLUMNS, STATE_COLUMNS

Take = Callable[..., ImportReport]
AREAS = [("10001", "甲町"), ("10002", "乙町"), ("10003", "丙町")]
MERGED = [
    ("1980-04-01", "新設合併", "甲町, 乙町 → 丁市", "10001", "甲町", "10204", "丁市"),
    ("1980-04-01", "新設合併", "甲町, 乙町 → 丁市", "10002", "乙町", "10204", "丁市"),
]
LATER = [("1990-04-01", "編入合併", "丙町を編入", "10003", "丙町", "10204", "丁市")]
Rows = list[tuple[str, ...]]


def table(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> Path:
    lines = [",".join(columns), *(",".join(f'"{row.get(name, "")}"' for name in columns) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    def write(changes: Rows, areas: list[tuple[str, str]] = AREAS) -> tuple[Path, Path]:
        state = [{"city_code": code, "pref_name": "県", "city_name": name} for code, name in areas]
        moves = [
            {
                "date": day, "type": kind, "event": event, "from_city_code": of, "from_pref_name": "県", "from_city_name": of_name,
                "to_city_code": into, "to_pref_name": "県", "to_city_name": into_name,
            }
            for day, kind, event, of, of_name, into, into_name in changes
        ]  # fmt: skip
        return (
            table(tmp_path / "start.csv", STATE_COLUMNS, state),
            table(tmp_path / "changes.csv", CHANGE_COLUMNS, moves),
        )

    return write


@pytest.fixture
def take(service: Reporting, files: Callable[..., tuple[Path, Path]]) -> Take:
    def go(changes: Rows, areas: list[tuple[str, str]] = AREAS, **more: object) -> ImportReport:
        given = {"registry": "land", "actor": tiny.SYSTEM, **more}
        return import_lineage(*files(changes, areas), service, **given)  # type: ignore[arg-type]

    return go


def test_taken_whole_and_only_once(take: Take, service: Reporting) -> None:
    assert take(MERGED, dry_run=True).events == 0
    assert service.ledger.stream_version(lineage_stream("land")) == 0
    assert take(MERGED).events == 2
    assert take(MERGED).events == 0
    version, record = lineage_record(service, "land")
    assert version == 2
    assert record.graph().is_alive("10204", record.graph().effects[0].change.date)


def test_a_longer_list_adds_and_a_mistake_goes(take: Take, service: Reporting) -> None:
    take(MERGED)
    assert take([*MERGED, *LATER]).events == 1
    assert len(lineage_record(service, "land")[1].changes) == 2
    assert take(LATER[:0]).events == 1
    assert lineage_record(service, "land")[1].changes == {}
    assert take([*MERGED, *LATER], registry="other").events == 2


def test_a_change_told_anew_replaces_the_former_one(take: Take, service: Reporting) -> None:
    take(MERGED)
    renamed = [(*row[:2], "甲町と乙町が丁市に", *row[3:]) for row in MERGED]
    assert take(renamed).events == 1
    (change,) = lineage_record(service, "land")[1].changes.values()
    assert change.source == "甲町と乙町が丁市に"


@pytest.mark.parametrize(
    ("changes", "areas", "told"),
    [
        ([*MERGED, ("1985-04-01", "編入合併", "戻る", "10001", "甲町", "10003", "丙町")], AREAS, r"changes\.csv:4 .*orphan|had ended"),
        ([("1985-04-01", "編入合併", "無い", "10009", "無町", "10003", "丙町")], AREAS, r"changes\.csv:2 .*never existed"),
        ([("1985-04-01", "変な", "x", "10001", "甲町", "10003", "丙町")], AREAS, r"changes\.csv:2 \[type\]"),
        (MERGED, AREAS[:1], r"changes\.csv:2"),
        (MERGED, [*AREAS, ("1", "短")], r"start\.csv:5 \[city_code\]"),
    ],
)  # fmt: skip
@pytest.mark.unchanged
def test_refused_as_a_whole_with_the_rows(
    take: Take, service: Reporting, changes: Rows, areas: list[tuple[str, str]], told: str
) -> None:
    with pytest.raises(FileRefused, match=told):
        take(changes, areas)
    assert service.ledger.stream_version(lineage_stream("land")) == 0


def test_areas_of_the_first_day_stay(take: Take) -> None:
    take(MERGED)
    with pytest.raises(FileRefused, match="10003"):
        take(MERGED, AREAS[:2])


def test_only_who_may_declare_registries(take: Take) -> None:
    with pytest.raises(NotAuthorised):
        take(MERGED, actor=tiny.WARD_CLERK)


def test_the_command(
    files: Callable[..., tuple[Path, Path]], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTING_DATABASE_URL", database.url)
    words = ["import", "lineage", *map(str, files(MERGED)), "--registry", "land"]
    assert "in order" in CliRunner().invoke(root, [*words, "--dry-run"]).output
    assert "2 rows, 2 events" in CliRunner().invoke(root, words).output
    assert "nothing changed" in CliRunner().invoke(root, words).output
    bad = ["import", "lineage", *map(str, files(MERGED, AREAS[:1])), "--registry", "other"]
    refused = CliRunner().invoke(root, bad)
    assert (refused.exit_code, "changes.csv:2" in refused.output) == (1, True)


@pytest.mark.shared
def test_no_event_is_large(service: Reporting, shared: Path) -> None:
    folder = shared / "data" / "jp-jpcity-history"
    import_lineage(
        folder / "areacode_start.csv",
        folder / "absorption_separation.csv",
        service,
        tiny.SYSTEM,
        registry="japan",
    )
    events = [one.event for one in service.ledger.stream(lineage_stream("japan"))]
    assert sum(len(one.changes) for one in events if isinstance(one, LineageRegistered)) == 1292
    for event in events:
        assert isinstance(event, LineageRegistered)
        assert len(event.changes) <= 500
        assert len(encode(event)) < 1_000_000
