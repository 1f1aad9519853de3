"""What each office used of a common installation: the log's own account, and what servers wrote of requests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny
from click.testing import CliRunner
from structlog.testing import capture_logs

from api.cli.group import root
from api.cli.office_usage import usage
from api.usage import Usage
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.errors import InvalidInput

LINE = '{"office": "%s", "requests": %d, "changes": %d, "seconds": %s, "event": "office_requests", "timestamp": "2027-04-0%dT00:00:00Z"}'


def test_a_server_counts_by_office_and_tells_once() -> None:
    counted = Usage()
    for actor, change in (
        (tiny.WARD_CLERK, True),
        (tiny.WARD_CLERK, False),
        (None, False),
        (tiny.CITY_CLERK, False),
    ):
        with counted.of(actor, change=change):
            pass
    with capture_logs() as told:
        counted.tell()
        counted.tell()
    assert [(one["office"], one["requests"], one["changes"]) for one in told] == [
        (tiny.WARD_CLERK.office, 2, 1),
        (tiny.CITY_CLERK.office, 1, 0),
    ]
    assert all(one["seconds"] >= 0 for one in told)


def test_the_log_says_who_recorded_how_much_and_servers_how_much_was_asked(
    service: Reporting, database: Database, tmp_path: Path
) -> None:
    tiny.define(service)
    tiny.enter(service, "11", actor=tiny.WARD_CLERK, voters=3)
    tiny.correct(service, "11", 1, actor=tiny.WARD_CLERK, voters=4)
    tiny.enter(service, "20", actor=tiny.MINISTRY, voters=5)
    lines = tmp_path / "server.log"
    written = [
        LINE % (tiny.WARD_CLERK.office, 7, 2, "0.5", 1),
        LINE % (tiny.WARD_CLERK.office, 1, 1, "0.25", 2),
    ]
    written += ['{"event": "change"}', LINE % ("閲覧だけの室", 9, 0, "1.0", 1)]
    lines.write_text("\n".join(written), "utf-8")
    environ = {"REPORTING_DATABASE_URL": database.url, "REPORTING_DATA_DIR": str(tmp_path)}
    asked = ["offices", "usage", "--json", "--lines", str(lines)]
    done = CliRunner().invoke(root, asked, prog_name="reporting", env=environ)
    assert done.exit_code == 0, done.output
    told = {one["office"]: one for one in map(json.loads, done.stdout.splitlines())}
    ward = told[tiny.WARD_CLERK.office]
    assert (ward["commands"], ward["events"], ward["requests"], ward["changes"], ward["seconds"]) == (
        2,
        2,
        8,
        3,
        0.75,
    )
    assert told[tiny.MINISTRY.office]["requests"] is None
    assert (told["閲覧だけの室"]["events"], told["閲覧だけの室"]["requests"]) == (0, 9)
    with database.connect() as connection:
        row = connection.execute("SELECT count(*), sum(octet_length(state)) FROM ledger.event").fetchone()
    assert row == (sum(one["events"] for one in told.values()), sum(one["bytes"] for one in told.values()))
    table = CliRunner().invoke(
        root, ["offices", "usage", "--until", "2000-01-01"], prog_name="reporting", env=environ
    )
    assert table.stdout == "office\tcommands\tevents\tbytes\trequests\tchanges\tseconds\n"
    lines.write_text('{"event": "office_requests", "office": "x"}', "utf-8")
    with lines.open(encoding="utf-8") as cut_off, pytest.raises(InvalidInput, match=r"server.log:1"):
        usage(service.ledger, None, None, [cut_off])
