"""What nobody may see, what there is none of and what nobody has reported are three things on a page of results, and none is a zero."""

from __future__ import annotations

import re
from uuid import uuid4

import night
import tiny
from forms import log_in
from starlette.testclient import TestClient
from tiny import SYSTEM

from api.console.render import all_withheld
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database

PLACE = "absent/pr/final/final/administrative"
STATED = {
    "11": {"electors": "100", "voters": "0", "votes_a": "!none"},
    "12": {"electors": "100", "voters": "!none", "votes_a": "5"},
    "31": {"electors": "100", "voters": "!suppressed", "votes_a": "!suppressed"},
}
"""Of 20 and 32 nothing was said."""


def entered(service: Reporting, database: Database) -> None:
    service.define_election(tiny.election(code="absent", polling_date="2028-10-27"), SYSTEM, uuid4())
    for unit, figures in STATED.items():
        request = tiny.EnterFigures(
            command_id=uuid4(), election="absent", form="final", slot="final", unit=unit, expected_version=0,
            figures=tiny.cells(**figures),
        )  # fmt: skip
        service.enter_figures(request, SYSTEM)
    Projector(database).catch_up()


def rows(page: str) -> dict[str, dict[str, str]]:
    """Of the table of areas: area → column → what is told there."""
    table = page.split('<table class="dense">')[-1].split("</table>", 1)[0]
    names = [
        re.sub("<[^>]+>", "", name) for name in re.findall(r"<th scope=\"col\".*?</th>", table, re.DOTALL)
    ]
    told = {}
    for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", table, re.DOTALL):
        cells = [
            " ".join(re.sub("<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        told[cells[0]] = dict(zip(names, cells, strict=True))
    return told


def test_each_absence_is_told_apart(client: TestClient, service: Reporting, database: Database) -> None:
    """A suppressed figure stood there as one that had not come yet, and so did one of which there is none."""
    entered(service, database)
    log_in(client, night.NATION.person)
    for kind in ("results", "totals"):
        towns = rows(client.get(f"/{kind}/{PLACE}/P2").text)
        assert towns["地域31"]["有権者数"] == "100"
        assert towns["地域31"]["投票者数"] == "非公表"
        assert towns["地域31"]["投票率"] == "非公表"
        assert towns["地域31"]["甲党"] == "非公表"
        assert towns["地域32"]["投票者数"] == towns["地域32"]["甲党"] == "―"
        wards = rows(client.get(f"/{kind}/{PLACE}/10").text)
        assert (wards["地域11"]["投票者数"], wards["地域12"]["投票者数"]) == ("0", "該当なし")
        assert (wards["地域11"]["甲党"], wards["地域12"]["甲党"]) == ("該当なし", "5")
        tiles = (
            client.get(f"/{kind}/{PLACE}/P2?map=rate")
            .text.split('<ul class="tiles">', 1)[1]
            .split("</ul>", 1)[0]
        )
        withheld, nothing = tiles.split("</li>")[:2]
        assert ("非公表" in withheld, "報告なし" in withheld) == (True, False), withheld
        assert ("非公表" in nothing, "報告なし" in nothing) == (False, True), nothing
        parts = rows(client.get(f"/{kind}/{PLACE}/JP").text)
        assert parts["地域P2"]["投票者数"] == "― 非公表の 1 単位を除く 0/2", "its row tells 1/2, of electors"
        assert parts["地域P2"]["有権者数"] == "100"
        page = client.get(f"/{kind}/{PLACE}/31").text
        assert page.split('<dl class="numbers">', 1)[1].split("</dl>", 1)[0].count("非公表") == 2, (
            "voters, turnout"
        )


def test_an_area_of_no_unit_withholds_nothing() -> None:
    assert all_withheld({"expected": 2, "withheld": 2})
    assert not all_withheld({"expected": 2, "withheld": 1})
    assert not all_withheld({"expected": 0, "withheld": 0})
