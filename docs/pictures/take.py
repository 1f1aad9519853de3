"""The pictures of the guides, taken again: a drill of the demo's election is played, then looked at in Chromium.

python3 do.py pictures
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support")]

from demo_night import demo_night  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402
from site_under_test import Site, browser_path, serving, settings_for  # noqa: E402

from reporting.database import embedded  # noqa: E402
from reporting.database.connect import Database  # noqa: E402
from reporting.database.migrate import migrate  # noqa: E402
from reporting.domain.actor import Actor  # noqa: E402

HERE = Path(__file__).parent
SIZE = {"width": 1366, "height": 820}
UNITS = 30


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
            night = demo_night(database, UNITS)
            settings = settings_for(url, folder, practice=night.people, publication=False)
            with serving(settings) as site, sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=browser_path())
                page = browser.new_context(locale="ja-JP", viewport=SIZE).new_page()  # type: ignore[arg-type]
                take(page, site, night.election, night.people[0])
                browser.close()


if __name__ == "__main__":
    main()
