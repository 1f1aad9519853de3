"""Somebody who takes long to answer, or never does: what others wait for meanwhile, and what a teller leaves that ends."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest
from told_offices import Told, told_offices
from waiting import until

from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.telling import telling
from reporting.telling.letter import Letter, NotDelivered


@pytest.fixture
def told(service: Reporting, database: Database) -> Iterator[Told]:
    with told_offices(service, database) as offices:
        yield offices


class Answering:
    """Notes whom it called. `held`: answers when it is set; `silent`: addresses that never do."""

    def __init__(self, held: Event | None = None, *silent: str) -> None:
        self.called: list[str] = []
        self.begun = Event()
        self._held, self._silent = held, silent

    def __call__(self, letter: Letter) -> None:
        self.called.append(letter.address)
        self.begun.set()
        if letter.address in self._silent:
            raise NotDelivered("無応答 / silent", silent=True)
        assert self._held is None or self._held.wait(20)


def test_what_happens_while_a_webhook_does_not_answer_is_told_by_mail(told: Told) -> None:
    let_go = Event()
    hook, post = Answering(let_go), Answering()
    told.address("ward", "https://a.jp/")
    told.address("north", "b@a.jp", "mail")
    teller = told.teller({"webhook": hook, "mail": post})
    told.send_back("11")
    told.follow()
    teller.lay_out()
    with teller.sending() as number:
        assert number() == 0
        assert hook.begun.wait(20)
        told.send_back("12")
        told.follow()
        teller.lay_out()
        until(lambda: number() == 1, "the north is told")
        assert post.called == ["b@a.jp"]
        let_go.set()
        until(lambda: number() == 1, "the ward is told")


def test_a_teller_that_ends_leaves_what_it_had_not_begun_to_others_at_once(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "AT_ONCE", 1)
    let_go = Event()
    hook = Answering(let_go)
    for letter in "abc":
        told.address("ward", f"https://{letter}.jp/")
    teller = told.teller({"webhook": hook})
    told.send_back()
    told.follow()
    teller.lay_out()

    def end() -> None:
        with teller.sending() as number:
            number()
            assert hook.begun.wait(20)
            teller._over.set()  # as the block's end does, whoever is waited for
            let_go.set()

    end()
    assert len(hook.called) == 1
    assert sorted((kept.state, kept.attempts) for kept in told.outbox.kept(None)) == [
        ("made", 1), ("waiting", 0), ("waiting", 0),
    ]  # fmt: skip
    assert told.teller({"webhook": Answering()}).send() == 2


def test_of_a_host_that_does_not_answer_one_call_is_waited_for(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "AT_ONCE", 1)
    monkeypatch.setattr(telling, "BATCH", 2)
    silent = "https://silent.jp/a"
    hook = Answering(None, silent, "https://SILENT.jp/b")
    told.address("ward", silent)
    told.address("ward", "https://SILENT.jp/b", person="二")
    told.address("ward", "https://there.jp/", person="三")
    for _ in range(3):
        told.send_back()
    told.follow()
    teller = told.teller({"webhook": hook})
    teller.lay_out()
    assert teller.send() == 3
    assert hook.called.count("https://there.jp/") == 3
    assert len(hook.called) == 4
    waiting = told.outbox.kept(None, "waiting")
    assert {(kept.attempts, kept.failure) for kept in waiting} == {(1, "無応答 / silent")}
    told.later(seconds=30)  # their turn comes as if each had been tried
    hook.called.clear()
    assert (teller.send(), len(hook.called)) == (0, 1)
