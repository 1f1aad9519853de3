"""Two official numbers for one thing stand beside each other in public: a flash and the final count that was filled from it, and figures
of the past that two publications print differently."""

from __future__ import annotations

import re
from uuid import uuid4

import night
import tiny
from courses import BESIDE, counted
from forms import log_in
from starlette.testclient import TestClient
from tiny import SYSTEM

from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database


def rows(page: str) -> list[tuple[list[str], list[str]]]:
    """Words of each row, and its numbers."""
    found = []
    for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page, re.DOTALL):
        cells = [
            re.sub("<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)
        ]
        found.append((cells, re.findall(r'data-plain="(-?\d+)"', row)))
    return found


def test_flash_and_final_beside_each_other(
    client: TestClient, service: Reporting, database: Database
) -> None:
    assert "ありません。" in client.get(BESIDE).text, "nothing of it is released"
    log_in(client, night.WARD.person)
    assert "ありません。" in client.get(BESIDE).text, "to whom it may concern, too: the page is everybody's"
    counted(service, database)
    assert f'href="{BESIDE}"' in client.get("/results/tiny").text
    (row,) = rows(client.get(BESIDE).text)
    assert row[0][:3] == ["地域11", "得票数 乙党", "速報 · 23時"]
    assert row[1] == ["36", "38", "2"]
    every = client.get(f"{BESIDE}?all=yes").text
    assert [numbers for _, numbers in rows(every)] == [["60", "60", "0"], ["36", "38", "2"]]
    assert "＝ 同じ" in every
    client.post("/language", data={"language": "en", "back": "/"})
    assert "Beside the earlier report" in client.get(BESIDE).text
    wrong = client.get("/reconciled/tiny/final/never", headers={"accept": "text/html"})
    assert wrong.status_code == 404
    assert "UNKNOWN_REFERENCE" in wrong.text


def test_a_known_erratum_stands_with_both_numbers(
    client: TestClient, service: Reporting, database: Database
) -> None:
    """Women who voted in 2021: 30,365,884 in one publication, 30,365,879 in another."""
    service.declare_registry("japan-tiny", tiny.GEOGRAPHIES, tiny.AREAS, SYSTEM, uuid4())
    definition = tiny.election(
        code="shugiin-49", kind="lower_house", polling_date="2021-10-31", registry="japan-tiny"
    )
    service.define_election(definition, SYSTEM, uuid4())
    request = tiny.EnterFigures(
        command_id=uuid4(), election="shugiin-49", form="final", slot="final", unit="11", expected_version=0,
        figures=tiny.cells(voters_f=30_365_884),
    )  # fmt: skip
    service.enter_figures(request, SYSTEM)
    Projector(database).catch_up()
    asked = "/series?item=voters&areas=JP&electionKind=lower_house&tests=yes"
    assert "公表どうしの相違" not in client.get(asked).text
    page = client.get(f"{asked}&breakdown=sex=f").text
    assert 'data-plain="30365884">30,365,884<' in page
    assert 'href="#errata"' in page
    assert "性別：f" in page
    told = page.split('<h2 id="errata">')[1].split("</ul>")[0]
    assert re.findall(r'data-plain="(\d+)"', told) == ["30365884", "30365879", "5"]
    assert "第49回衆議院議員総選挙結果調" in told
    assert "breakdown=sex%3Df" in page.split(">CSV<")[0].rsplit("href=", 1)[1]
