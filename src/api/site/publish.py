"""Writes the whole public site: what was released, the catalogue, and the console's public pages in both languages.

Everything is asked of the application itself, so what stands in the folder is what the server answers. A release that goes out
meanwhile makes the round begin again: pages and files of one site are of one moment.
"""

from __future__ import annotations

import gzip
import posixpath
import tempfile
from collections import deque
from collections.abc import Sequence
from html import escape
from pathlib import Path

import anyio
import anyio.to_thread
from starlette.types import ASGIApp

from api.brands import Brand
from api.cli.progress import Report
from api.console.words import LANGUAGES, Language
from api.open_data.address import CATALOG, LATEST, SERIES, ReleaseAddress
from api.open_data.media import is_compressible
from api.open_data.released import Released
from api.open_data.shelf import LEVEL, DataFile
from api.open_data.store import OpenData
from api.site.asking import ask
from api.site.links import addresses, rewritten
from api.site.places import FEED, OTHER_LANGUAGE, SitePlace, SitePlaces, relative
from api.site.tree import SiteTree, Written
from projections.series_set.making import LIST_OF_FILES
from reporting.domain.public_addresses import INDEX, SMALL
from reporting.errors import ReportingError
from reporting.publication.distribution.making import CORE
from reporting.publication.package_check import PROOF

ROUNDS = 3
AT_ONCE = 4  # pages that are asked for
STARTS = ("/", "/open-data")
LEADS = '<!doctype html><html lang="ja"><meta charset="utf-8"><title>{to}</title><meta http-equiv="refresh" content="0; url={to}"><a href="{to}">{to}</a></html>\n'


class PageFails(ReportingError):
    """facts: `address`, `status`. The site stays as it was."""

    code = "page_fails"
    template_ja = "{address} を作れませんでした（{status}）。公開中のフォルダーは元のままです。`reporting serve` で同じアドレスを開いて原因を確かめてください。"
    template_en = "{address} could not be made ({status}). The site is as it was. Open the same address of `reporting serve` to see why."


class StillMoving(ReportingError):
    """facts: `rounds`."""

    code = "still_moving"
    template_ja = "書き出しているあいだに新しい公表が続きました（{rounds} 回）。しばらくしてから、もう一度実行してください。"
    template_en = (
        "New releases kept going out while the site was written ({rounds} times). Run it again in a while."
    )


class Site:
    """`app`: the application, running; `pages` False: released files and the catalogue alone; `brand`: of the office whose look the
    pages have."""

    def __init__(
        self, app: ASGIApp, data: OpenData, practice: Sequence[str], report: Report, *, pages: bool, brand: Brand | None = None
    ) -> None:  # fmt: skip
        self._app, self._data, self._practice, self._report = app, data, practice, report
        self._pages, self._brand = pages, brand

    async def write(self, folder: Path) -> Written:
        """NotASite, AlreadyPublishing, PageFails, StillMoving: the folder is as it was."""
        tree = SiteTree(folder)
        with tree.alone():
            for _ in range(ROUNDS):
                released = await anyio.to_thread.run_sync(self._data.released)
                tree.begin()
                files = await anyio.to_thread.run_sync(self._write_data, tree, released)
                if self._pages:
                    places = SitePlaces(self._practice, files, self._brand)
                    host = "site" if self._brand is None else self._brand.told.hosts[0]
                    await _Walk(self._app, tree, places, self._report, host).write()
                if (await anyio.to_thread.run_sync(self._data.released)).releases == released.releases:
                    await anyio.to_thread.run_sync(tree.replace)
                    return tree.written
        raise StillMoving(rounds=ROUNDS)

    def _write_data(self, tree: SiteTree, released: Released) -> frozenset[str]:
        """Names of the files that addresses of pages may lead to."""
        names: set[str] = set()
        leads: dict[str, str] = {}
        for number, release in enumerate(released.releases, 1):
            at = ReleaseAddress.of(release)
            self._report(number, len(released.releases), at.path)
            edition = self._data.edition(at)
            assert edition is not None
            for file in self._data.made(edition):
                _take(tree, f"data/{at.path}/{file.name}", file)
                names.add(f"data/{at.path}/{file.name}")
            for name in (PROOF, CORE + PROOF):
                if (position := edition.proved_by(name)) and (proof := self._data.proof(position)):
                    tree.put(f"data/{at.path}/{name}", proof)
            for folder in _leading(at):
                leads[f"data/{folder}/{INDEX}"] = f"data/{at.path}/{edition.list_of_files}"
        for made in self._data.series.every():
            for file in made.files:
                _take(tree, f"data/{SERIES}/{made.path}/{file.name}", file)
                names.add(f"data/{SERIES}/{made.path}/{file.name}")
            for folder in (made.path, made.name, f"{made.name}/{LATEST}"):
                leads[f"data/{SERIES}/{folder}/{INDEX}"] = f"data/{SERIES}/{made.path}/{LIST_OF_FILES}"
        for name, target in sorted(leads.items()):
            tree.put(name, LEADS.format(to=escape(relative(target, name))).encode())
        listed = self._data.catalog()
        tree.put(f"data/{CATALOG}", listed.plain)
        tree.put(f"data/{CATALOG}{SMALL}", listed.small)
        return frozenset({*names, *leads, f"data/{CATALOG}"})


def _leading(at: ReleaseAddress) -> tuple[str, ...]:
    """Folders that lead to a release: its own, and those of which it is the newest (later ones come later)."""
    slot = f"{at.election}/{at.form}/{at.slot}"
    return (
        at.path,
        slot,
        f"{slot}/{LATEST}",
        f"{at.election}/{at.form}",
        at.election,
        f"{at.election}/{LATEST}",
    )


def _take(tree: SiteTree, name: str, file: DataFile) -> None:
    tree.take(name, file.path, file.size)
    if file.small is not None:
        tree.take(name + SMALL, file.small, file.small_size)


class _Walk:
    """From the first page along every link that stays in the site."""

    def __init__(self, app: ASGIApp, tree: SiteTree, places: SitePlaces, report: Report, host: str) -> None:
        self._app, self._tree, self._places, self._report, self._host = app, tree, places, report, host
        self._spool = Path()
        self._pages: dict[str, tuple[SitePlace, Language]] = {}
        self._waiting: deque[tuple[SitePlace, Language]] = deque()
        self._there: set[str] = set()  # files that exist

    async def write(self) -> None:
        with tempfile.TemporaryDirectory(prefix="reporting-site-") as spool:
            self._spool = Path(spool)
            for language in LANGUAGES:
                for start in STARTS:
                    self._meet(start, language)
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
                async with anyio.create_task_group() as together:
                    for place, language in batch:
                        together.start_soon(self._fetch, place, language)
            for place, language in self._pages.values():
                if place.file in self._there:
                    await anyio.to_thread.run_sync(self._finish, place, language)

    def _meet(self, address: str, language: Language) -> None:
        place = self._places.of(address, language)
        if place is None or place.file in self._pages:
            return
        self._pages[place.file] = place, language
        if self._tree.holds(place.file):
            self._there.add(place.file)
        else:
            self._waiting.append((place, language))

    async def _fetch(self, place: SitePlace, language: Language) -> None:
        answer = await ask(self._app, place.path, place.query, language, self._host)
        self._report(len(self._there), len(self._pages), place.path)
        if answer.status == 404 or (place.path == FEED and answer.status == 400):
            return  # an office's brand may name an election that is not there yet
        if answer.status != 200:
            raise PageFails(address=place.path, status=answer.status)
        self._there.add(place.file)
        if not place.page:
            self._put(place.file, answer.content)
            return
        self._spooled(place).write_bytes(answer.content)
        for address in addresses(answer.content.decode()):
            if not address.startswith(OTHER_LANGUAGE):
                self._meet(address, language)

    def _finish(self, place: SitePlace, language: Language) -> None:
        """A page with links that hold where it stands."""
        if not place.page:
            return
        page = self._spooled(place).read_text(encoding="utf-8")
        self._put(place.file, rewritten(page, lambda address: self._lead(address, place, language)).encode())

    def _lead(self, address: str, place: SitePlace, language: Language) -> str | None:
        asked, mark, fragment = address.partition("#")
        if asked.startswith(OTHER_LANGUAGE):
            asked = f"{place.path}?{place.query}" if place.query else place.path
            language = "en" if language == "ja" else "ja"
        if address.startswith(("https://", "http://")):
            return address
        target = self._places.of(asked, language)
        if target is None or target.file not in self._there:
            return None
        return relative(target.file, place.file) + mark + fragment

    def _spooled(self, place: SitePlace) -> Path:
        file = self._spool / place.file
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    def _put(self, name: str, content: bytes) -> None:
        self._tree.put(name, content)
        if is_compressible(posixpath.basename(name), len(content)):
            self._tree.put(name + SMALL, gzip.compress(content, LEVEL, mtime=0))
