"""The pictures of the guides, taken again in both languages: a drill of the demo's election is played, then looked at in Chromium.

python3 do.py pictures
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(Path(__file__).parent)]

import of_kit  # noqa: E402
from demo_night import Night, demo_night  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from site_under_test import Site, browser_path, serving, settings_for  # noqa: E402

from projections.runner import Projector  # noqa: E402
from reporting.database import embedded  # noqa: E402
from reporting.database.connect import Database  # noqa: E402
from reporting.database.migrate import migrate  # noqa: E402
from reporting.domain.actor import Actor  # noqa: E402

HERE = Path(__file__).parent
LANGUAGES = ("ja", "en")
SIZE = {"width": 1366, "height": 768}
UNITS = 30
NOBODY, TOWN, ABOVE, AUDIT = "", "town", "above", "audit"


def as_it_is(page: Page) -> None:
    """Nothing is done before the picture."""


def correct(page: Page) -> None:
    """Three more in the second cell, and what that moves."""
    field = page.locator("input.cell").nth(1)
    field.fill(str(int(field.input_value()) + 3))
    page.locator("button[value=preview], button.main").first.click()
    page.locator(".correction").first.wait_for()


def divide(page: Page) -> None:
    """165 ballots between the first two."""
    for number, votes in enumerate(("1200", "34")):
        page.locator("input[name^='own:']").nth(number).fill(votes)
        page.locator("input[name^='of:1:']").nth(number).check()
    page.locator("input[name='ballots:1']").fill("165")
    page.locator("button.main").click()
    page.locator(".divided").scroll_into_view_if_needed()


def at_map(page: Page) -> None:
    page.locator("figure.map").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('figure.map').scrollIntoView()")
    page.wait_for_load_state("networkidle")


@dataclass(frozen=True, slots=True)
class Shot:
    """`address`: with `{election}` and `{unit}`; `by`: who looks; `before`: what is done on the page first."""

    name: str
    by: str
    address: str
    before: Callable[[Page], None] = as_it_is


SHOTS = (
    Shot("results", NOBODY, "/results/{election}/pr/count/final/administrative/JP"),
    Shot("map", NOBODY, "/results/{election}/pr/count/final/administrative/JP", at_map),
    Shot("work", ABOVE, "/work/{election}"),
    Shot("entry", TOWN, "/entry/{election}/count/final/{unit}"),
    Shot("division", TOWN, "/division/{election}/count/final/{unit}/pr", divide),
    Shot("correction", TOWN, "/correction/{election}/turnout/final/{unit}", correct),
    Shot("approval", ABOVE, "/approval/{election}/count/final/{unit}"),
    Shot("board", ABOVE, "/board/{election}/count/final/administrative/prefecture", at_map),
    Shot("trail", AUDIT, "/trail/{election}"),
    Shot("history", AUDIT, "/history/{election}/count/final/{unit}"),
    Shot("proof", NOBODY, "/proof"),
    Shot("workbook", TOWN, "/workbook/{election}/count/final/{unit}", of_kit.bring),
)


def looks_as(night: Night) -> dict[str, Actor | None]:
    town = night.people[0]
    above = next(actor for actor in night.people if actor.jurisdiction == "JP")
    audit = next(actor for actor in night.people if actor.jurisdiction == "*")
    return {NOBODY: None, TOWN: town, ABOVE: above, AUDIT: audit}


def page_of(browser: Browser, site: Site, actor: Actor | None, language: str) -> Page:
    page = browser.new_context(locale="ja-JP", viewport=SIZE).new_page()  # type: ignore[arg-type]
    page.goto(site.at("/sign-in"))
    if language == "en":
        page.get_by_role("button", name="English").click()
    if actor is not None:
        page.get_by_role("button", name=f"{actor.office} {actor.person}").first.click()
    return page


def take(browser: Browser, site: Site, night: Night) -> None:
    people = looks_as(night)
    for language in LANGUAGES:
        folder = HERE / language
        folder.mkdir(exist_ok=True)
        for shot in SHOTS:
            page = page_of(browser, site, people[shot.by], language)
            page.goto(
                site.at(shot.address.format(election=night.election, unit=night.people[0].jurisdiction))
            )
            shot.before(page)
            page.screenshot(path=folder / f"{shot.name}.png")
            page.context.close()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="reporting-pictures-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with embedded.serve(folder / "data") as url:
            database = Database(url)
            migrate(database)
            Projector(database).create_if_missing()
            night = demo_night(database, UNITS)
            settings = settings_for(url, folder, practice=night.people, publication=False)
            for made in (of_kit.on_paper, of_kit.in_a_spreadsheet):
                made(database, night.election, night.people[0], HERE / "ja")
            with serving(settings) as site, sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=browser_path())
                take(browser, site, night)
                browser.close()


if __name__ == "__main__":
    main()
