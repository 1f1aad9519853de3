"""Of a unit's polling places a form and slot are read alone: what all of the stream says of them, whatever else it holds."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from reporting.application.rolling_up import fold_of
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.events import Event, FiguresEntered
from reporting.domain.polling_place_events import PlaceFiguresCaptured, PollingPlacesRegistered
from reporting.domain.polling_places import PollingPlace
from reporting.ledger import Command, Ledger, NewEvent

CLERK = Actor("person-1", "13101 選挙管理委員会", Role.WARD, "13101")
PLACES, RETURN, NOTHING = UUID(int=1), UUID(int=2), UUID(int=3)
PAGES = [("night", "s1"), ("night", "s12"), ("s1", "night"), ("s12", "s1"), ("slot", "form"), ("none", "s1")]
REPLACING = PollingPlacesRegistered.type


def listed(*names: str) -> Event:
    places = tuple(PollingPlace(number=str(n), name=name) for n, name in enumerate(names, 1))
    return PollingPlacesRegistered(election="e", unit="13101", places=places)


def captured(page: tuple[str, str], number: str, text: str = "5") -> Event:
    figures = {"slot|form||s12": text, 'c|"slot":"s1"||': "1"}
    return PlaceFiguresCaptured(
        election="e", form=page[0], slot=page[1], unit="13101", number=number, figures=figures
    )


@pytest.fixture(scope="module")
def ledger(module_database: Database) -> Iterator[Ledger]:
    ledger = Ledger(module_database)
    told = [
        listed("甲", "乙"),
        *(captured(page, "1") for page in PAGES[:-1]),
        listed("甲", "丙", '"slot":"s1"'),
    ]
    told += [captured(page, number, "7") for page in PAGES[:3] for number in "123"]
    told += [listed("丁", "丙", "戊")]
    entered = FiguresEntered(
        election="e", form="night", slot="s12", unit="13101", figures={"c|voters||": "1"}
    )
    for version, event in enumerate(told, 1):
        new = [NewEvent(PLACES, version, event)]
        if version <= 2:
            new.append(NewEvent(RETURN, version, entered))
        ledger.append(Command(uuid4(), b"{}", CLERK, Channel.API, tuple(new)))
    yield ledger
    ledger.close()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("upto", [0, 3, 7, 9, 14, 99])
def test_a_page_is_what_the_whole_stream_says_of_it(ledger: Ledger, page: tuple[str, str], upto: int) -> None:
    log = ledger if upto == 99 else ledger.as_of(upto)
    of_page, whole = fold_of(log.of_page(PLACES, page, REPLACING)), fold_of(log.streams([PLACES]))
    assert (of_page.places, of_page.listed_at) == (whole.places, whole.listed_at)
    assert of_page.held == {at: held for at, held in whole.held.items() if at == page}
    at = {place: position for place, position in whole.captured_at.items() if place[:2] == page}
    assert of_page.captured_at == at


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("about", [(PLACES, RETURN), (PLACES, NOTHING), (NOTHING, RETURN)])
def test_a_look_before_a_capture_says_the_same(
    ledger: Ledger, page: tuple[str, str], about: tuple[UUID, UUID]
) -> None:
    own = Command(uuid4(), b"{}", CLERK, Channel.API, ())
    for _ in range(7):  # prepared, and its plan kept
        seen = ledger.beforehand(own, (NOTHING, NOTHING), about, (page, REPLACING))
        told = [deed.recorded for deed in seen.of(about[0])]
        assert told == ledger.of_page(about[0], page, REPLACING)
        assert seen.of(about[1]) == ledger.deeds([about[1]])
        assert seen.versions == {NOTHING: 0, about[0]: ledger.stream_version(about[0])}
