"""Every page that has a script of its own, in a browser: whatever can be touched on it is touched, and no script fails. What a script
shares with another page, that page has."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import night
from playwright.sync_api import Page
from site_under_test import Site

from api.console.pages import PAGES
from reporting.database.connect import Database
from reporting.domain.actor import Actor
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

FLASH = "tiny/flash/2300"
WITH_SCRIPTS = {
    "entry": f"/entry/{FLASH}/11",
    "reading": f"/reading/{FLASH}/11",
    "workbook": f"/workbook/{FLASH}/11",
    "office_workbook": f"/workbook/{FLASH}",
    "behalf": f"/behalf/{FLASH}/11",
    "files": "/files",
    "work": "/work/tiny",
    "slot_board": f"/board/{FLASH}/administrative/city",
    "wall": f"/wall/{FLASH}/administrative/city",
    "totals": "/totals/tiny/pr/flash/2300/administrative/JP",
    "results": "/results/tiny/pr/flash/2300/administrative/JP",
    "differences": "/differences/tiny/pr/flash/2300/administrative/nation?from=10",
    "proof": "/proof",
    "proof_of": "/proof/5",
}
"""Name of a page → where it is touched."""
TYPES = {
    "text": "12",
    "search": "12",
    "number": "12",
    "date": "2024-04-01",
    "datetime-local": "2024-04-01T21:00",
}
TOUCH = """types => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const field of document.querySelectorAll("input, select, textarea")) {
    if (field.disabled || field.type === "hidden" || field.type === "file") continue;
    field.focus();
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
    if (field.type === "checkbox" || field.type === "radio") field.click();
    else if (field.tagName === "SELECT") field.selectedIndex = field.options.length - 1;
    else if (field.type === "range") field.value = field.min;
    else field.value = types[field.type] ?? "12";
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
    field.blur();
  }
  for (const button of document.querySelectorAll("button[type=button]:not([disabled])")) button.click();
}"""


def test_a_page_with_a_script_has_its_place_here() -> None:
    assert set(WITH_SCRIPTS) == {page.name for page in PAGES if page.islands}


def test_whatever_is_touched_on_a_page_no_script_fails(
    enter: Callable[[Actor], Page], site: Site, database: Database, tmp_path: Path
) -> None:
    with closing(
        Signer(database, SignerKey.generate("ledger.test/touched"), tmp_path / "signer.json")
    ) as signer:
        signer.step()
    file = tmp_path / "報告.xlsx"
    file.write_bytes(b"no workbook at all")
    touch_all(enter(night.WARD), site, file)


def touch_all(page: Page, site: Site, file: Path) -> None:
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    for name, address in WITH_SCRIPTS.items():
        answer = page.goto(site.at(address))
        assert answer is not None
        assert answer.status == 200, name
        page.evaluate(TOUCH, TYPES)
        for chosen in page.locator("input[type=file]").all():
            chosen.set_input_files(file)
        page.wait_for_timeout(50)
        assert failed == [], name
