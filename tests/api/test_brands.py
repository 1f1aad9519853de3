"""Each office of a common installation has its own name, logo, colours and feeds at its own host; what could not be read is refused."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import open_night
import pytest
import tiny
from click.testing import CliRunner, Result
from starlette.testclient import TestClient

from api.app import create_app
from api.brands import CONTRAST, PAPER, brands_of, contrast
from api.cli.group import root
from api.settings import Settings
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.errors import InvalidInput
from reporting.files.problems import FileRefused

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HYOGO = """hosts = ["senkyo.hyogo.example"]
name = { ja = "兵庫県選挙管理委員会", en = "Hyogo Election Commission" }
accent = "#7a1f3d"
accent_dark = "#f0a8c0"
logo = "hyogo.png"
elections = ["tiny"]
"""
OSAKA = HYOGO.replace("hyogo", "osaka").replace("兵庫県", "大阪府").replace("#7a1f3d", "#1b3a6b")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "brands"
    made.mkdir()
    for name, text in (("hyogo", HYOGO), ("osaka", OSAKA)):
        (made / f"{name}.toml").write_text(text, "utf-8")
        (made / f"{name}.png").write_bytes(PNG)
    return made


@pytest.fixture
def served(settings: Settings, service: Reporting, database: Database, folder: Path) -> Iterator[TestClient]:
    tiny.define(service)
    Projector(database).create_if_missing()
    Projector(database).catch_up()
    app = create_app(settings.overridden(brands=folder, projector=False, publication=False))
    with TestClient(app) as client:
        yield client


def test_a_host_has_its_offices_look_and_no_other(served: TestClient) -> None:
    pages = {
        host: served.get(f"http://{host}/", headers={"accept": "text/html"})
        for host in ("senkyo.hyogo.example", "SENKYO.osaka.example:8443", "elsewhere.example")
    }
    hyogo, osaka, other = (page.text for page in pages.values())
    assert "兵庫県選挙管理委員会" in hyogo
    assert "大阪府" not in hyogo
    assert "大阪府選挙管理委員会" in osaka
    assert "選挙管理委員会 ·" not in other
    assert "/brand/" not in other
    style = hyogo.split('<link rel="stylesheet" href="/brand/')[1].split('"')[0]
    sheet = served.get(f"/brand/{style}")
    assert "--accent: #7a1f3d; --on-accent: #ffffff;" in sheet.text
    assert "immutable" in sheet.headers["cache-control"]
    logo = hyogo.split('src="/brand/')[1].split('"')[0]
    picture = served.get(f"/brand/{logo}")
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert 'type="application/atom+xml"' in hyogo
    feed = served.get("http://senkyo.hyogo.example/notices.atom?election=tiny").text
    assert "<name>兵庫県選挙管理委員会</name>" in feed
    assert "<name>選挙管理委員会" in served.get("http://elsewhere.example/notices.atom?election=tiny").text
    served.cookies.set("reporting-language", "en", domain="senkyo.hyogo.example")
    assert "Hyogo Election Commission" in served.get("http://senkyo.hyogo.example/").text
    for address in ("/brand/nobody/x/style.css", f"/brand/{style[:-9]}other.txt", "/brand/hyogo/0/logo.png"):
        assert served.get(address).status_code == 404


def test_an_office_has_one_feed_of_all_its_elections_but_practice(
    settings: Settings, service: Reporting, database: Database, folder: Path
) -> None:
    open_night.played(service, database)
    elections = f'["{open_night.PRACTICE}", "tiny", "not-yet", "tiny"]'
    (folder / "hyogo.toml").write_text(HYOGO.replace('["tiny"]', elections), "utf-8")
    app = create_app(settings.overridden(brands=folder, projector=False, publication=False))
    with TestClient(app) as client:
        answer = client.get("http://senkyo.hyogo.example/notices.atom")
        feed = answer.text
        assert (answer.status_code, feed.count("<entry>")) == (200, 1)
        assert "<id>urn:reporting:notices-of-office:hyogo</id>" in feed
        assert "<name>兵庫県選挙管理委員会</name>" in feed
        one = client.get("http://senkyo.hyogo.example/notices.atom?election=tiny").text
        assert feed.split("<entry>")[1].split("<title>")[0] == one.split("<entry>")[1].split("<title>")[0]
        for asked in (
            "http://elsewhere.example/notices.atom",
            "http://senkyo.hyogo.example/notices.atom?form=final",
        ):
            assert client.get(asked).status_code == 400


def test_the_site_as_files_has_the_look_and_the_feed_of_its_office(
    served: TestClient, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    env = {
        "REPORTING_DATABASE_URL": str(settings.database_url),
        "REPORTING_DATA_DIR": str(tmp_path / "data"),
        "REPORTING_BRANDS": str(folder),
    }
    site = tmp_path / "site"

    def publish(brand: str) -> Result:
        return CliRunner().invoke(root, ["publish", "--to", str(site), "--brand", brand], env=env)

    refused = publish("hyogp")
    assert (refused.exit_code, "hyogo" in refused.output, site.exists()) == (1, True, False)
    done = publish("hyogo")
    assert done.exit_code == 0, done.output
    page, english = ((site / name).read_text("utf-8") for name in ("index.html", "en/index.html"))
    assert "兵庫県選挙管理委員会" in page
    assert "Hyogo Election Commission" in english
    style, logo = (sorted(site.glob(f"brand/*/*/{name}")) for name in ("style.css", "logo.png"))
    assert [path.parts[-3] for path in (*style, *logo)] == ["hyogo", "hyogo"]
    assert f'href="{style[0].relative_to(site)}"' in page
    assert f'src="../{logo[0].relative_to(site)}"' in english
    assert 'href="notices/office/hyogo.atom"' in page
    assert "兵庫県選挙管理委員会" in (site / "notices/office/hyogo.atom").read_text("utf-8")
    assert not (site / "notices/tiny.atom").exists(), "a practice election's"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("#7a1f3d", "#e8c9d3"), "accent"),
        (("#f0a8c0", "#30101c"), "accent_dark"),
        (("hyogo.png", "../hyogo.png"), "logo"),
        (("hyogo.png", "none.png"), "logo"),
        (("hyogo.png", "picture.svg"), "logo"),
        (("senkyo.hyogo.example", "senkyo.osaka.example"), "hosts"),
    ],
)
def test_what_nobody_could_read_or_what_is_no_picture_is_refused(
    folder: Path, change: tuple[str, str], told: str
) -> None:
    (folder / "picture.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "utf-8")
    (folder / "hyogo.toml").write_text(HYOGO.replace(*change), "utf-8")
    with pytest.raises(InvalidInput, match=told):
        brands_of(folder)


@pytest.mark.parametrize("change", [("#7a1f3d", "red"), ("hosts", "host"), ("hosts = [", "hosts = ")])
def test_a_file_that_is_none_names_the_place(folder: Path, change: tuple[str, str]) -> None:
    (folder / "hyogo.toml").write_text(HYOGO.replace(*change), "utf-8")
    with pytest.raises(FileRefused, match=r"hyogo\.toml"):
        brands_of(folder)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#1b3a6b", PAPER) > CONTRAST  # the product's own


def test_without_a_folder_there_is_the_products_own_look() -> None:
    assert brands_of(None).by_host == {}
