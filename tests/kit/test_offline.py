"""One zip for a place without a line: whole, the same bytes for the same state, and of nobody else's units."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator

import night
import pytest
import typed_book
from night import CITY, OTHER_WARD, WARD

from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.errors import UnknownReference
from reporting.kit.handing_in import hand_in
from reporting.kit.offline import OfflineKit, offline_kit
from reporting.kit.paper.fonts import fonts_of
from reporting.ledger import Ledger


@pytest.fixture(scope="module")
def desk(module_database: Database) -> Iterator[Desk]:
    ledger = Ledger(module_database)
    yield night.define(Reporting(ledger))
    ledger.close()


@pytest.fixture(scope="module")
def kit(desk: Desk) -> OfflineKit:
    return offline_kit(desk, "tiny", CITY, verifier=b"verifier")


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_is_in_it(kit: OfflineKit) -> None:
    files = unpacked(kit.zipped())
    assert set(files) == {
        "workbooks/tiny-flash-2200.xlsx", "workbooks/tiny-flash-2300.xlsx", "workbooks/tiny-final-final.xlsx",
        "guide.ja.md", "guide.en.md", "rules.ja.md", "rules.en.md", "verify.py", "contents.txt", "SHA256SUMS",
    }  # fmt: skip
    assert kit.units == {"11", "12"}
    listed = [line.split("  ") for line in files["SHA256SUMS"].decode().splitlines()]
    sums = {name: digest for digest, name in listed}
    assert sums == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "SHA256SUMS"
    }
    made = typed_book.read(files["workbooks/tiny-final-final.xlsx"]).made
    assert [sheet.unit for sheet in made.sheets] == ["11", "12"]


def test_the_guides_name_what_is_there(kit: OfflineKit) -> None:
    for guide in ("guide.ja.md", "guide.en.md"):
        text = kit.files[guide].decode()
        for name in ("workbooks/", "forms/", "rules.ja.md", "rules.en.md", "contents.txt", "verify.py", "SHA256SUMS"):  # fmt: skip
            assert f"`{name}`" in text, (guide, name)
        assert "http" not in text, "nothing in it needs a network"


def test_the_same_state_is_the_same_file(desk: Desk, kit: OfflineKit) -> None:
    again = offline_kit(desk, "tiny", CITY, verifier=b"verifier")
    assert again.zipped() == kit.zipped()


def test_of_ones_own_units_only(desk: Desk) -> None:
    assert offline_kit(desk, "tiny", WARD).units == {"11"}
    assert offline_kit(desk, "tiny", CITY, area="12").units == {"12"}
    for area in ("12", "none"):
        with pytest.raises(UnknownReference):
            offline_kit(desk, "tiny", WARD, area=area)
    with pytest.raises(UnknownReference):
        offline_kit(desk, "none", WARD)


def test_a_workbook_of_it_comes_back(desk: Desk) -> None:
    kit = offline_kit(desk, "tiny", OTHER_WARD)
    values = {("12", c.cell().cell.key): float(c.value) for c in night.cells(**night.BALANCED)}
    typed = typed_book.typed(kit.files["workbooks/tiny-final-final.xlsx"], values)
    assert [outcome.state for outcome in hand_in(desk, typed_book.read(typed), OTHER_WARD)] == ["submitted"]
    assert offline_kit(desk, "tiny", OTHER_WARD).zipped() != kit.zipped(), "of another state"


def test_forms_on_paper_are_in_it(desk: Desk) -> None:
    pytest.importorskip("typst")
    kit = offline_kit(desk, "tiny", WARD, fonts=fonts_of(None))
    forms = {name: data for name, data in kit.files.items() if name.startswith("forms/")}
    assert {name.rsplit("-", 1)[1] for name in forms} == {"blank.pdf", "filled.pdf"}
    assert all(data.startswith(b"%PDF") for data in forms.values())
    again = offline_kit(desk, "tiny", WARD, fonts=fonts_of(None))
    assert again.zipped() == kit.zipped(), "the same bytes, PDFs and all"
