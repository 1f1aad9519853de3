"""What an approver holds a return against: the election before, the slot before, and the units beside it, of which a ward sees none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import night
import pytest
from kept import Kept
from night import CITY, PREFECTURE, WARD
from starlette.testclient import TestClient
from structlog.testing import capture_logs
from tiny import AUDITOR, Ask

from api.app import create_app
from api.settings import Settings
from reporting.application.beside_others import BASES, ENOUGH, beside_others
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.domain.figures import Cell


def submitted(service: Reporting) -> None:
    desk = night.define(service)
    for slot, votes in (("2200", 10), ("2300", 60)):
        night.submit(desk, "11", form="flash", slot=slot, values={"votes_a": votes, "votes_b": 38})
    night.submit(desk, "11")


pytestmark = [pytest.mark.begins.with_args(submitted), pytest.mark.unchanged]

BESIDE = """query($f: String!, $s: String!, $u: String!) { desk(election: "tiny", form: $f, slot: $s, unit: $u) { beside {
  previousNamed { ja en } cells { key previous earlier earlierSlot base share siblings { count least middle most } } } } }"""


@pytest.fixture
def client(request: pytest.FixtureRequest, settings: Settings, kept: Kept) -> Iterator[TestClient]:
    def served() -> TestClient:
        return TestClient(create_app(replace(settings, publication=False)))

    with kept.given(request, ("client", settings.database_url), served) as one:
        yield one


def beside(
    ask: Ask, reader: Any, form: str = "final", slot: str = "final", unit: str = "11"
) -> dict[str, Any]:
    answer = ask(BESIDE, reader, f=form, s=slot, u=unit)
    assert "errors" not in answer, answer
    told = answer["data"]["desk"]["beside"]
    return {} if told is None else {cell["key"]: cell for cell in told["cells"]}


def test_the_slot_before_and_shares_of_what_there_is(ask: Ask) -> None:
    later = beside(ask, CITY, "flash", "2300")
    assert (later["pr|votes||a"]["earlier"], later["pr|votes||a"]["earlierSlot"]) == ("10", "2200")
    final = beside(ask, CITY)
    assert (final["pr|voters||"]["base"], final["pr|voters||"]["share"]) == ("electors", "50.00")
    assert (final["pr|electors||"]["base"], final["pr|electors||"]["share"]) == (None, None)
    assert beside(ask, CITY, unit="12") == {}


def siblings(service: Reporting, sees: Any, others: int = 4) -> dict[str, Any]:
    """Of a return with so many units beside it, each with other voters."""
    desk = Desk(service)
    opened = desk.returns.open("tiny", "final", "final", "11")
    context = desk.findings.context(opened)
    around = {
        f"s{number}": {**context.figures, "pr|voters||": context.figures["pr|voters||"] + 10 * number}  # type: ignore[operator]
        for number in range(1, others + 1)
    }

    class Around:
        def context(self, _: object) -> Any:
            return replace(context, neighbours=around)

    told = beside_others(Around(), opened, sees)  # type: ignore[arg-type]
    return {cell.key: cell for cell in told.cells}


def test_the_units_beside_it_are_shares_and_never_of_few(client: TestClient, service: Reporting) -> None:
    voters = siblings(service, lambda unit: True)["pr|voters||"]
    assert [
        str(share) for share in (voters.siblings.least, voters.siblings.middle, voters.siblings.most)
    ] == ["55.00", "62.50", "70.00"]
    assert voters.siblings.count == 4
    for sees, others in (
        (lambda unit: False, 4),
        (lambda unit: unit in ("s1", "s2"), 4),
        (lambda unit: True, ENOUGH - 1),
    ):
        assert all(cell.siblings is None for cell in siblings(service, sees, others).values())


def test_what_is_no_number_is_no_share(client: TestClient, service: Reporting) -> None:
    for cell in siblings(service, lambda unit: True).values():
        assert cell.share is None or Cell.from_key(cell.key).item not in BASES[:1]


def test_looking_beside_is_a_read_of_the_units_there(ask: Ask) -> None:
    for reader, places in ((WARD, []), (CITY, ["10"]), (PREFECTURE, ["P1"]), (AUDITOR, ["*"])):
        with capture_logs() as lines:
            beside(ask, reader)
        told = [line["area"] for line in lines if line["event"] == "unreleased_read" and "area" in line]
        assert told == places
