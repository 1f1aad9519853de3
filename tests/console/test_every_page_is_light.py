"""Every page, asked by everybody who may read it, of an election of all Japan: at most 200 KB with a cold cache. The pages are
the console's own: a new one without a place in the walk fails."""

from __future__ import annotations

import base64
import html
import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import tiny
from demo_night import demo_night
from forms import form_after, log_in
from one_merger import merge
from site_under_test import settings_for
from starlette.testclient import TestClient
from thorough import TIMES
from transferred import Sent, transferred

from api.app import create_app
from api.console import static
from api.console.page import Page
from api.console.pages import PAGES
from api.training.people import HOSTS
from api.training.room import PracticeRoom
from projections.runner import Projector
from reporting.application.catalog import Catalog, KnownElection
from reporting.application.offices import Offices
from reporting.application.polling_places import PollingPlaces, RegisterPlaces
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.domain.polling_places import PollingPlace
from reporting.ledger import Ledger
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

BUDGET = 200_000
"""Bytes a page may transfer with a cold cache, all it refers to included."""
MARKED = re.compile("&lt;/?(?:span|small|abbr|a|b)[ &]")
LOOKS = 40
"""How often a page may look up its election in the ledger: a few times for each of six returns, never for each unit of a country."""
ELECTION, UNIT = "demo-drill-1", "01101"
SLOT = f"{ELECTION}/count/final"
RETURN, RESULT = f"{SLOT}/{UNIT}", f"/results/{ELECTION}/pr/turnout/final/administrative"
OFFICES = 220
"""More than a page lists at once."""
SIX = "&".join(f"{number}=count/final/0110{number}" for number in range(1, 7))
WALK: dict[str, tuple[str, ...]] = {
    "home": ("/",),
    "search": ("/search", "/search?q=市"),
    "election": (f"/results/{ELECTION}",),
    "results": (f"{RESULT}/JP", f"{RESULT}/01", f"/results/{SLOT.replace('/', '/pr/', 1)}/administrative/JP"),
    "open_data": ("/open-data",),
    "open_data_of": (f"/open-data/{ELECTION}",),
    "series": (
        "/series",
        "/series?item=electors&level=prefecture&tests=yes",
        "/series?item=votes&areas=JP&form=count&tests=yes",
    ),
    "cited": ("CITED",),
    "lineage": ("/lineage/tinyland/administrative/20",),
    "proof": ("/proof",),
    "proof_of": ("/proof/POSITION",),
    "reconciled": (f"/reconciled/{SLOT}?all=yes",),
    "register": (f"/register/{ELECTION}",),
    "sign_in": ("/sign-in",),
    "office": ("/work",),
    "work": (f"/work/{ELECTION}",),
    "entry": (f"/entry/{RETURN}", f"/entry/{RETURN}?review=1"),
    "second": (f"/second/{RETURN}",),
    "reading": (f"/reading/{RETURN}",),
    "correction": (f"/correction/{RETURN}",),
    "together": (f"/together/{ELECTION}", f"/together/{ELECTION}?{SIX}"),
    "approval": (f"/approval/{RETURN}", f"/approval/{ELECTION}/turnout/final/{UNIT}"),
    "history": (f"/history/{RETURN}",),
    "board": (f"/board/{ELECTION}",),
    "slot_board": (
        f"/board/{SLOT}/administrative/municipality",
        f"/board/{SLOT}/administrative/prefecture?map=approved",
    ),
    "wall": (f"/wall/{SLOT}/administrative/municipality",),
    "publication": (f"/publication/{ELECTION}",),
    "publication_slot": (f"/publication/{SLOT}",),
    "places_board": (f"/places/{SLOT}",),
    "places": (f"/places/{RETURN}",),
    "place": (f"/places/{RETURN}/1",),
    "totals": tuple(f"/totals/{ELECTION}/pr/count/final/administrative/JP?layer={one}" for one in ("entered", "released")),
    "trail": (f"/trail/{ELECTION}",),
    "division": (f"/division/{RETURN}/pr",),
    "divided_units": (f"/divided/{ELECTION}",),
    "merged_units": (f"/merged/{ELECTION}",),
    "item": (f"/item/{ELECTION}/voters",),
    "documents": (f"/documents-of/{RETURN}",),
    "workbook": (f"/workbook/{RETURN}",),
    "behalf": (f"/behalf/{RETURN}",),
    "paper": ("/paper",),
    "printing": tuple(f"/printing/{RETURN}?make={kind}" for kind in ("", "blank", "filled", "approval", "book")),
    "approvals": (f"/approvals/{SLOT}",),
    "names": (f"/names/{ELECTION}", f"/names/{ELECTION}?make=sheet"),
    "lots": (f"/lots/{ELECTION}",),
    "lot": (f"/lot/{SLOT}/pr",),
    "offices": ("/offices",),
    "office_people": ("/offices/01",),
    "catalogue": (f"/catalogue/{ELECTION}",),
    "catalogue_form": (f"/catalogue/{ELECTION}/count",),
    "rules": (f"/rules/{ELECTION}",),
    "office_workbook": (f"/workbook/{SLOT}",),
    "training": ("/training",),
    "rehearsal": ("REHEARSAL",),
    "rehearsal_paper": ("REHEARSAL/paper/UNIT",),
    "hand_over": ("/offices/01/hand-over",),
    "differences": (f"/differences/{ELECTION}/pr/count/final/administrative/municipality?from=SINCE",),
    "files": ("/files",),
    "public_incidents": (f"/results/{ELECTION}/incidents",),
    "incidents": (f"/incidents/{ELECTION}",),
    "incident_record": (f"/incidents/{ELECTION}/{UNIT}",),
    "incident": (f"/incidents/{ELECTION}/{UNIT}/1",),
    "remark": (f"/remark/{RETURN}",),
    "practice": (f"/practice/{RETURN}",),
    "deliveries": ("/deliveries", "/deliveries?state=dead"),
    "retention": ("/retention?all=1",),
    "notice": (f"/notice/{SLOT}/1",),
    "help": ("/help/entry?election=demo-drill-1", "/help/terms"),
    "guide": ("/guides/rules", "/guides/editors"),
}  # fmt: skip
"""Name of a page → where it is looked at; what only stands once the night has been played is filled in."""
SERVED = tuple(page for page in PAGES if page.serves is not None)
"""Answers that are files: as large as what they hold."""
SEE_MOST = (Role.MUNICIPALITY, Role.MINISTRY)
"""Who has returns of their own, and who has everybody's; the other roles walk where somebody looks for faults (`THOROUGH`)."""
LOOKED_AT = 2
"""People who see a page and for whom it is weighed; all, for whoever looks for faults."""
ALIKE = {page.name for page in PAGES if page.public}
"""Whoever is logged in sees on them what nobody in particular sees (test_public_pages)."""


def registered(service: Reporting) -> None:
    """More offices than a page lists, the first with twenty people; forty polling places of the unit."""
    listed = tuple(PollingPlace(number=str(number), name=f"第{number}投票所") for number in range(1, 41))
    PollingPlaces(service).register(
        RegisterPlaces(command_id=uuid4(), election=ELECTION, units={UNIT: listed}), tiny.SYSTEM
    )
    offices = Offices(service)
    codes = sorted(code for _, code in service.catalog.election(ELECTION).roster.nodes)
    for code in codes[:OFFICES]:
        offices.register(uuid4(), code, f"{code}選管", Role.MUNICIPALITY, code, tiny.SYSTEM)
    for number in range(20):
        offices.grant(uuid4(), "01", f"person-{number}", date(2024, 4, 1), None, tiny.SYSTEM)


@pytest.fixture(scope="module")
def people() -> list[Actor | None]:
    """Filled by the night: nobody, then one person of each role and the leader of a rehearsal."""
    return []


@pytest.fixture(scope="module")
def client(
    module_database: Database, tmp_path_factory: pytest.TempPathFactory, people: list[Actor | None]
) -> Iterator[TestClient]:
    """An election of all Japan, six of its units counted and released; a rehearsal of it begun."""
    night = demo_night(module_database, units=6, errors=1)
    assert (night.election, night.people[0].jurisdiction) == (ELECTION, UNIT)
    with closing(Ledger(module_database)) as ledger:
        service = Reporting(ledger)
        service.declare_registry("tinyland", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
        merge(service, module_database)
        registered(service)
    folder: Path = tmp_path_factory.mktemp("light")
    signer = Signer(module_database, SignerKey.generate("ledger.test/light"), folder / "signer.json")
    signer.step()
    signer.close()
    Projector(module_database).catch_up()
    roles = {actor.role: actor for actor in reversed(night.people)}
    walking = roles if TIMES > 1 else {role: roles[role] for role in SEE_MOST}
    people += [None, *walking.values(), HOSTS[0]]
    settings = settings_for(module_database.url, folder, practice=(*night.people, *HOSTS), publication=False)
    with TestClient(create_app(settings, drills=PracticeRoom), follow_redirects=False) as made:
        yield made


@pytest.fixture(scope="module")
def places(client: TestClient, module_database: Database) -> dict[str, str]:
    """What stands only once the night has been played."""
    series = client.get("/series?item=votes&areas=JP&form=count&tests=yes").text
    cited = re.search(r'href="(/cited\?[^"]+)"', series)
    assert cited
    log_in(client, HOSTS[0].person)
    form = form_after(client.get("/training").text, 'id="open"')
    opened = client.post("/training", data=form | {"election": ELECTION, "area": "01", "units": "20"})
    rehearsal = opened.headers["location"].partition("?")[0]
    Projector(module_database).catch_up()
    paper = re.search(rf'href="{rehearsal}/paper/([^"]+)"', client.get(rehearsal).text)
    assert paper
    log_in(client, HOSTS[1].person)
    events = [int(told) for told in re.findall(r'href="/proof/(\d+)"', client.get(f"/history/{RETURN}").text)]
    return {
        "CITED": html.unescape(cited[1]),
        "REHEARSAL": rehearsal,
        "UNIT": paper[1],
        "POSITION": str(events[-1]),
        "SINCE": str(events[0]),
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_page_has_a_place_in_the_walk(page: Page) -> None:
    assert (page.name in WALK) != (page in SERVED), "where is it looked at?"


def test_every_page_of_everybody_is_light(
    client: TestClient, places: dict[str, str], people: list[Actor | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    election = Catalog.election

    def looked_up(catalog: Catalog, code: str, *versions: Mapping[UUID, int]) -> KnownElection:
        looks.append(code)
        return election(catalog, code, *versions)

    monkeypatch.setattr(Catalog, "election", looked_up)
    many: dict[str, int] = {}
    heavy: dict[tuple[str, str], dict[str, int]] = {}
    unseen, kept = dict(WALK), dict[str, Sent]()
    seen: Counter[str] = Counter()
    for actor in people:
        client.cookies.clear()
        if actor is not None:
            log_in(client, actor.person)
        for name, addresses in WALK.items():
            if actor is not None and (name in ALIKE or (seen[name] >= LOOKED_AT and TIMES == 1)):
                continue
            seen_here = 0
            for address in addresses:
                for word, told in places.items():
                    address = address.replace(word, told)
                looks.clear()
                shown, sizes = transferred(client, address, kept)
                if len(looks) > LOOKS:
                    many[address] = len(looks)
                assert shown.status in (200, 303, 403, 404), address
                assert not MARKED.search(shown.text), (address, "a mark is shown as text")
                if shown.status == 200:
                    unseen.pop(name, None)
                    seen_here = 1
                    assert len(sizes) > 2, "its style sheet and mark are weighed, too"
                if sum(sizes.values()) > BUDGET:
                    heavy[actor.person if actor else "", address] = sizes
            seen[name] += seen_here
    assert heavy == {}
    assert many == {}, "asks the ledger for the election once for each of its units or areas"
    assert unseen == {}, "nobody sees these"


def test_a_workbook_that_travels_with_the_form_comes_back_within_the_same_bound(
    client: TestClient, people: list[Actor | None]
) -> None:
    """As large as the page's script lets it travel so, of bytes that nothing compresses."""
    town = next(actor for actor in people if actor is not None and actor.jurisdiction == UNIT)
    log_in(client, town.person)
    address = f"/workbook/{RETURN}"
    page, sizes = transferred(client, address, {})
    given = re.search(r'base64,([^"]+)"', page.text)
    limit = re.search(rb"MOST = ([0-9_]+)", static.files()["workbook.js"].plain)
    assert given
    assert limit
    book = io.BytesIO(base64.b64decode(given[1]))
    with zipfile.ZipFile(book, "a") as parts:
        parts.writestr(
            "padding.bin", random.Random(1).randbytes(int(limit[1]) - len(book.getvalue()) - 1_000)
        )
    form = form_after(page.text, 'id="bring"') | {
        "content": base64.b64encode(book.getvalue()).decode(), "name": "book.xlsx", "deed": "preview",
    }  # fmt: skip
    with client.stream("POST", address, data=form, headers={"accept-encoding": "gzip"}) as answer:
        body = b"".join(answer.iter_raw())
    assert answer.status_code == 200
    assert len(body) > int(limit[1]) / 2, "the file is in it"
    assert len(body) + sum(sizes.values()) - sizes[address] <= BUDGET
