"""What the pictures of the kit's guide show: a return's form on paper and its workbook, as the very files look that the kit gives out."""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pypdfium2
import typed_book
from playwright.sync_api import Page

from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor
from reporting.kit.making import make_book
from reporting.kit.paper.fonts import fonts_of
from reporting.kit.paper.forms import make_forms
from reporting.ledger import Ledger

FORM, SLOT = "count", "final"
SCALE = 1.3
"""Pixels for a point of a printed page."""


def typed_wrong(data: bytes) -> bytes:
    """Two cells changed, so that a check does not hold."""
    made = typed_book.read(data).made.sheets[0]
    cells = [cell for cell in made.cells if cell.base.isdigit()]
    first, last = cells[0], cells[-1]
    wrong = {(made.unit, first.key): int(first.base) + 100, (made.unit, last.key): int(last.base) + 5}
    return typed_book.typed(data, wrong)


def bring(page: Page) -> None:
    """The workbook of this page, typed and brought back."""
    link = page.locator("a[download]").first.get_attribute("href") or ""
    data = base64.b64decode(link.partition("base64,")[2])
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "returns.xlsx"
        path.write_bytes(typed_wrong(data))
        page.set_input_files("#file", path)
        page.locator("#read").get_by_text("returns.xlsx").wait_for()
        page.locator("button[value=preview]").click()
        page.locator("section.review").first.wait_for()


def on_paper(database: Database, election: str, town: Actor, folder: Path) -> None:
    """`form.png`: the first page, filled."""
    ledger = Ledger(database)
    desk = Desk(Reporting(ledger))
    made = make_forms(desk, election, FORM, SLOT, [town.jurisdiction], town, fonts_of(None), filled=True)
    ledger.close()
    _picture(made.data).save(folder / "form.png", optimize=True)


def in_a_spreadsheet(database: Database, election: str, town: Actor, folder: Path) -> None:
    """`sheet.png`, where LibreOffice is installed: the sheet as it is printed, worked out."""
    office = shutil.which("soffice")
    if office is None:
        return
    ledger = Ledger(database)
    desk = Desk(Reporting(ledger))
    data = typed_wrong(make_book(desk, election, FORM, SLOT, [town.jurisdiction], town))
    ledger.close()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "returns.xlsx"
        path.write_bytes(data)
        profile = f"-env:UserInstallation=file://{name}/profile"
        subprocess.run(
            [office, "--headless", profile, "--convert-to", "pdf", "--outdir", name, str(path)], check=True
        )
        _picture(path.with_suffix(".pdf").read_bytes(), page=1).save(folder / "sheet.png", optimize=True)


def _picture(pdf: bytes, page: int = 0) -> Any:
    """Without the blank foot of the page, in few colours."""
    from PIL import Image, ImageChops

    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        image = document[page].render(scale=SCALE).to_pil().convert("RGB")
    _, _, _, bottom = ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox()
    return image.crop((0, 0, image.width, min(image.height, bottom + 20))).quantize(64)
