"""The pictures of the guides, taken again: a drill of the demo's election is played, then looked at in Chromium.

python3 do.py pictures
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support")]

from playwright.sync_api import Page, sync_playwright  # noqa: E402
from site_under_test import Site, browser_path, serving, settings_for  # noqa: E402

from api.demo.people import people_of  # noqa: E402
from api.training.truth import new_drill, source_of  # noqa: E402
from projections.runner import Projector  # noqa: E402
from reporting.application.service import Reporting  # noqa: E402
from reporting.database import embedded  # noqa: E402
from reporting.database.connect import Database  # noqa: E402
from reporting.database.migrate import migrate  # noqa: E402
from reporting.domain.actor import Actor  # noqa: E402
from reporting.ledger import Ledger  # noqa: E402
from reporting.training.drill import Drill  # noqa: E402
from reporting.training.prepare import already_over  # noqa: E402

HERE = Path(__file__).parent
SIZE = {"width": 1366, "height": 820}
UNITS = 30


def played(database: Database) -> tuple[str, tuple[Actor, ...]]:
    """The election's code, and people to act as."""
    ledger = Ledger(database)
    service = Reporting(ledger)
    clock = already_over(source_of(service, None), datetime.now(UTC), 1000)
    sheet = new_drill(
        service, clock, election=None, area="*", units=UNITS, speed=1000, errors=6, kinds=(), seed=1
    )
    Drill(service, sheet).run()
    people = people_of(sheet, service.catalog.election(sheet.election).roster)
    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    ledger.close()
    return sheet.election, people


def take(page: Page, site: Site, election: str, town: Actor) -> None:
    page.goto(site.at(f"/results/{election}/pr/count/final/administrative/JP"))
    page.screenshot(path=HERE / "results.png")
    page.goto(site.at("/sign-in"))
    page.get_by_role("button", name=f"{town.office} {town.person}").click()
    page.goto(site.at(f"/entry/{election}/count/final/{town.jurisdiction}"))
    page.screenshot(path=HERE / "entry.png")
    page.goto(site.at(f"/correction/{election}/turnout/final/{town.jurisdiction}"))
    field = page.locator("input.cell").nth(1)
    field.fill(str(int(field.input_value()) + 3))
    page.get_by_role("button", name="動くものを見る").click()
    page.screenshot(path=HERE / "correction.png")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="reporting-pictures-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with embedded.serve(folder / "data") as url:
            database = Database(url)
            migrate(database)
            election, people = played(database)
            settings = settings_for(url, folder, practice=people, publication=False)
            with serving(settings) as site, sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=browser_path())
                page = browser.new_context(locale="ja-JP", viewport=SIZE).new_page()  # type: ignore[arg-type]
                take(page, site, election, people[0])
                browser.close()


if __name__ == "__main__":
    main()
