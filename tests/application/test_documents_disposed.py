"""Documents go by two persons, when their period is over, under no hold, and no others with them; what is gone is told from what is lost."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import scans
from kept_elections import CLERKS, KEPT, LAST, ONE, OTHER, Clock, elections_of_three_years

from api.cli.verify import main as check
from reporting.application.documents import (
    AttachDocument,
    AttachedDocuments,
    DocumentDisposed,
    WithdrawDocument,
)
from reporting.application.kept_documents import KeptDocuments
from reporting.application.retention import Retention
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.documents import Documents
from reporting.domain.actor import Actor, Role
from reporting.domain.disposal import DisposedAlone, KeptStill, UnderHold
from reporting.domain.place import Place
from reporting.domain.retention_events import Ground
from reporting.errors import InvalidInput, ReportingError, UnknownReference
from reporting.ledger.streams import retention_stream
from reporting.transparency.erasure import NotDisposable, erase
from reporting.transparency.export import export, steady
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

OF = {"form": "final", "slot": "final", "unit": "11"}


@pytest.fixture
def clock(service: Reporting, database: Database) -> Clock:
    return elections_of_three_years(service, database)


@pytest.fixture
def store(tmp_path: Path) -> Documents:
    return Documents(tmp_path / "documents")


@pytest.fixture
def attached(service: Reporting, clock: Clock, store: Documents) -> AttachedDocuments:
    return AttachedDocuments(service, store)


@pytest.fixture
def retention(service: Reporting, clock: Clock) -> Retention:
    return Retention(service)


def clerk(election: str) -> Actor:
    return Actor(CLERKS[election], "中央区選管", Role.WARD, "11")


def attach(attached: AttachedDocuments, election: str, content: bytes) -> str:
    asked = AttachDocument(command_id=uuid4(), election=election, **OF, upload=uuid4(), title="開票録")
    return attached.attach(asked, clerk(election), lambda: content).document


def states(service: Reporting, store: Documents) -> list[tuple[str, str | None]]:
    kept = KeptDocuments.of(service.ledger)
    return [(row.attachment.place.election, row.state) for row in kept.states(store)]


def test_documents_go_by_two_people_with_a_certificate_and_others_keep_theirs(
    retention: Retention, attached: AttachedDocuments, service: Reporting, database: Database, store: Documents,
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    shared, wrong = attach(attached, "tiny", scans.png()), attach(attached, "tiny", scans.jpeg())
    attach(attached, "later", scans.png())
    asked = WithdrawDocument(command_id=uuid4(), election="tiny", **OF, document=wrong, reason="隣の区のもの")
    attached.withdraw(asked, clerk("tiny"))
    clock.move(LAST)
    with pytest.raises(KeptStill):
        retention.propose_documents(uuid4(), "tiny", "2029-1", ONE)
    clock.move(LAST + timedelta(days=1))
    assert {row.election: row.documents for row in retention.due(ONE)} == {"past": 0, "tiny": 2}
    with pytest.raises(InvalidInput):
        retention.propose_documents(uuid4(), "past", "2029-1", ONE)
    with pytest.raises(InvalidInput):
        retention.propose_documents(uuid4(), None, "2029-1", ONE)
    name = retention.propose_documents(uuid4(), "tiny", "2029-1", ONE).proposal.disposal
    with pytest.raises(DisposedAlone):
        retention.confirm(uuid4(), name, ONE)
    with pytest.raises(UnknownReference):
        retention.dispose_documents(uuid4(), name, ONE, store)
    retention.confirm(uuid4(), name, OTHER)
    with pytest.raises(UnknownReference):
        retention.confirm(uuid4(), name, OTHER)
    hold = retention.hold(uuid4(), "tiny", "documents", "訴訟", ONE)
    assert [(row.holds, row.document_holds) for row in retention.due(ONE, every=True)][1] == ((), (hold,))
    with pytest.raises(UnderHold):
        retention.dispose_documents(uuid4(), name, ONE, store)
    assert store.state(wrong) is None
    with pytest.raises(NotDisposable):  # the door for names opens nothing with it
        erase(database, name, None, by="保護担当", ground="2029-1")
    retention.lift(uuid4(), hold, "判決確定", ONE)
    certificate = retention.dispose_documents(uuid4(), name, ONE, store)
    assert (certificate.documents, certificate.files, certificate.commands) == (2, 1, 0)
    assert (store.state(wrong), store.state(shared)) == ("missing", None)
    assert states(service, store) == [("tiny", "disposed"), ("tiny", "disposed"), ("later", None)]
    with pytest.raises(DocumentDisposed):
        attached.read(Place("tiny", **OF), shared, clerk("tiny"))
    assert attached.read(Place("later", **OF), shared, clerk("later"))[1] == scans.png()
    assert retention.due(ONE, every=True)[1].documents == 0

    store.keep(scans.jpeg())  # a restore brings it back
    assert states(service, store)[1] == ("tiny", "left")
    read, deeds = list[Any](), service.ledger.deeds

    def counted(streams: Any, types: Any = None) -> Any:
        read.append(streams)
        return deeds(streams, types)

    monkeypatch.setattr(service.ledger, "deeds", counted)
    assert retention.dispose_documents(uuid4(), name, OTHER, store) == certificate
    assert read == [[retention_stream()]] * 2  # before anything is set aside, and again before it is gone
    assert states(service, store)[1] == ("tiny", "disposed")
    (tmp_path / "documents" / shared[:2] / shared).unlink()
    assert states(service, store) == [("tiny", "disposed"), ("tiny", "disposed"), ("later", "missing")]

    key = SignerKey.generate("ledger.example.jp/test")
    as_it_stood = replace(retention.holding().disposals[name], certificate=None)
    assert len(KeptDocuments.of(service.ledger).meant("tiny", as_it_stood).documents) == 2, (
        "of two at once, too"
    )
    with pytest.raises(UnknownReference):
        retention._certify(uuid4(), certificate, OTHER)

    signer = Signer(database, key, tmp_path / "signer.json")
    signer.step()
    signer.close()
    with steady(database) as connection:
        export(connection, tmp_path / "export", key.verifier())
    assert check([str(tmp_path / "export"), "--key", str(key.verifier())]) == 0


class Meanwhile(Documents):
    """In whose folder something happens while one is kept, or while they are taken."""

    def __init__(self, folder: Path, then: Callable[[], object]) -> None:
        super().__init__(folder)
        self._then = [then]

    def keep(self, content: bytes) -> str:
        digest = super().keep(content)
        self._once()
        return digest

    def set_aside(self, digests: Iterable[str]) -> None:
        super().set_aside(digests)
        self._once()

    def _once(self) -> None:
        for then in [self._then.pop()] if self._then else []:
            then()


def test_one_goes_before_its_time_and_what_is_held_or_attached_meanwhile_stays(
    retention: Retention, attached: AttachedDocuments, service: Reporting, store: Documents, clock: Clock, tmp_path: Path
) -> None:  # fmt: skip
    wanted, other = attach(attached, "tiny", scans.png()), attach(attached, "tiny", scans.jpeg())

    def proposed(ground: Ground, document: str = wanted) -> str:
        name = retention.propose_document(uuid4(), "tiny", document, ground, "2028-3", ONE).proposal.disposal
        with pytest.raises(DisposedAlone):
            retention.confirm(uuid4(), name, ONE)
        return name

    for ground, document, election in (
        ("period_over", wanted, "tiny"), ("court_order", "0" * 64, "tiny"), ("court_order", wanted, "later"), ("court_order", wanted, None),
    ):  # fmt: skip
        with pytest.raises((InvalidInput, UnknownReference)):
            retention.propose_document(uuid4(), election, document, ground, "2028-3", ONE)  # type: ignore[arg-type]
    name = proposed("data_protection")
    assert retention.document_of(retention.holding().disposals[name]) == wanted
    retention.confirm(uuid4(), name, OTHER)
    assert states(service, store) == [("tiny", None), ("tiny", None)]

    folder = tmp_path / "documents"
    held = Meanwhile(folder, lambda: retention.hold(uuid4(), "tiny", "documents", "訴訟", ONE))
    with pytest.raises(UnderHold):
        retention.dispose_documents(uuid4(), name, ONE, held)
    assert store.state(wanted) is None, "held while it was being taken"
    (hold,) = retention.holding().holds
    with pytest.raises(UnderHold):
        retention.propose_document(uuid4(), "tiny", other, "data_protection", "2028-4", ONE)
    proposed("court_order", other)  # waits: only a court's order passes a hold
    retention.lift(uuid4(), hold, "判決確定", ONE)

    again = Meanwhile(folder, lambda: attach(attached, "later", scans.png()))
    certificate = retention.dispose_documents(uuid4(), name, ONE, again)
    assert (certificate.documents, certificate.files, certificate.ground) == (1, 0, "data_protection")
    assert states(service, store) == [("tiny", "disposed"), ("tiny", None), ("later", None)]
    with pytest.raises(DocumentDisposed):
        attached.read(Place("tiny", **OF), wanted, clerk("tiny"))

    ordered = next(n for n, row in retention.holding().disposals.items() if row.confirmed_at is None)
    retention.confirm(uuid4(), ordered, OTHER)
    during = Meanwhile(folder, lambda: retention.dispose_documents(uuid4(), ordered, ONE, store))
    assert attach(AttachedDocuments(service, during), "later", scans.jpeg()) == other
    assert states(service, store)[-1] == ("later", None), "attached while it was being taken"
    store.set_aside([other])  # somebody began, and died
    retention.dispose_documents(uuid4(), ordered, OTHER, store)
    assert states(service, store)[-1] == ("later", None)

    attach(attached, "tiny", scans.png())  # anew, after the decision: another's decision
    clock.move(LAST + timedelta(days=1))
    assert retention.propose_documents(uuid4(), "tiny", "2029-1", ONE).proposal.documents == 1


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_tried_in_whatever_order(
    retention: Retention, attached: AttachedDocuments, store: Documents, clock: Clock, seed: int
) -> None:
    """Beside the program a list in plain words: what may be there, what must be."""
    chance, holds, waiting = random.Random(seed), dict[str, str | None](), dict[str, str]()
    there, gone, decided, proposer = {"past": set[str]()}, set[str](), set[str](), dict[str, str]()
    there |= {"tiny": set(), "later": set()}
    for number in range(40):
        election, person = chance.choice(list(there)), chance.choice("甲乙")
        actor, before = Actor(person, "総務省", Role.SYSTEM, "*"), set().union(*there.values())
        try:
            match chance.choice(
                ("attach", "hold", "lift", "propose", "confirm", "dispose", "dispose", "clock")
            ):
                case "attach":
                    there[election].add(attach(attached, election, scans.pdf(b"%d" % number)))
                case "clock":
                    clock.move(clock.now + timedelta(days=chance.randrange(900)))
                case "hold" if len(holds) < 2:
                    of = chance.choice((election, None))
                    holds[retention.hold(uuid4(), of, "documents", "訴訟", actor)] = of
                case "lift" if holds:
                    name = chance.choice(list(holds))
                    retention.lift(uuid4(), name, "判決確定", actor)
                    del holds[name]
                case "propose":
                    name = retention.propose_documents(uuid4(), election, "番号", actor).proposal.disposal
                    waiting[name], proposer[name] = election, person
                case "confirm" if waiting:
                    name = chance.choice(list(waiting))
                    retention.confirm(uuid4(), name, actor)
                    assert proposer[name] != person
                    decided.add(name)
                case "dispose" if waiting:
                    name = chance.choice(list(waiting))
                    retention.dispose_documents(uuid4(), name, actor, store)
                    of_whom = waiting[name]
                    assert name in decided
                    assert clock.now.date() > KEPT[of_whom].date()
                    assert not any(of in (None, of_whom) for of in holds.values())
                    gone |= {document for document in there[of_whom] if store.state(document)}
                    continue
                case _:
                    pass
        except ReportingError:
            pass
        lost = {document for document in before if store.state(document)}
        assert lost <= gone, "nothing goes but by a disposal that was allowed"
    clock.move(KEPT["later"] + timedelta(days=1))
    for name in list(holds):
        retention.lift(uuid4(), name, "判決確定", ONE)
    for election, documents in there.items():
        if documents - gone:
            name = retention.propose_documents(uuid4(), election, "番号", ONE).proposal.disposal
            retention.confirm(uuid4(), name, OTHER)
            retention.dispose_documents(uuid4(), name, ONE, store)
    assert all(store.state(document) == "missing" for documents in there.values() for document in documents)
