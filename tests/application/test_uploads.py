"""A file that was sent stays with who sent it, within bounds, and with nobody else: the same for imports and workbooks."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
from disposed import erase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from night import OTHER_WARD, WARD

from reporting.database.connect import Database
from reporting.domain.actor import Actor
from reporting.errors import InvalidInput, UnknownReference
from reporting.transparency.erasure import Erased
from reporting.uploads import KEPT_FOR, MOST, Uploads, Way, store
from reporting.uploads.store import NoRoomForFiles, TooManyWaiting, seen_of

NUMBERS = count()


@pytest.fixture
def uploads(module_database: Database) -> Iterator[Uploads]:
    with Uploads(module_database) as store:
        yield store


@pytest.fixture
def sender() -> Actor:
    """Somebody who has sent nothing yet."""
    return replace(WARD, person=f"{WARD.person}{next(NUMBERS)}")


def names(uploads: Uploads, sender: Actor) -> list[str]:
    return [upload.name for upload in uploads.waiting(sender)]


def aged(database: Database, sender: Actor, age: timedelta) -> None:
    with database.connect() as connection:
        connection.execute(
            "UPDATE ops.upload SET received_at = received_at - %s WHERE person = %s", (age, sender.person)
        )


def test_it_is_there_for_who_sent_it_only(uploads: Uploads, sender: Actor) -> None:
    kept = uploads.keep_bytes(sender, "workbook", "報告.xlsx", b"one")
    assert uploads.waiting(sender) == [kept]
    assert (kept.name, kept.size, kept.way, uploads.read(kept)) == ("報告.xlsx", 3, "workbook", b"one")
    for other in (OTHER_WARD, replace(sender, office="別の選管"), replace(sender, jurisdiction="12")):
        assert uploads.waiting(other) == []
        with pytest.raises(UnknownReference):
            uploads.of_hash(other, kept.sha256)
        with pytest.raises(InvalidInput):
            uploads.upload(other, kept.upload_id)
    uploads.remove(kept)
    assert uploads.waiting(sender) == []


def test_another_server_finds_it(uploads: Uploads, module_database: Database, sender: Actor) -> None:
    kept = uploads.keep_bytes(sender, "import", "a.csv", b"x" * (3 << 20))
    with Uploads(module_database) as elsewhere:
        assert elsewhere.read(elsewhere.of_hash(sender, kept.sha256)) == b"x" * (3 << 20)


def test_sent_again_it_is_one_file_under_its_new_name(
    uploads: Uploads, module_database: Database, sender: Actor
) -> None:
    first = uploads.keep_bytes(sender, "import", "a.xlsx", b"one")
    aged(module_database, sender, timedelta(days=29))
    again = uploads.keep_bytes(sender, "workbook", "b.xlsx", b"one")
    assert (again.upload_id, again.name, again.way) == (first.upload_id, "b.xlsx", "workbook")
    assert again.kept_until > first.kept_until, "its age counts from the last time"
    assert uploads.waiting(sender) == [again]


def test_only_what_a_newer_one_of_its_name_replaces_gives_way(uploads: Uploads, sender: Actor) -> None:
    """A workbook tried a hundred times stops nobody; a hundred workbooks that wait are none of them lost."""
    for number in range(3):
        uploads.keep_bytes(sender, "workbook", "tried.xlsx", f"try {number}".encode())
    for number in range(MOST - 2):
        uploads.keep_bytes(sender, "workbook", f"{number}.xlsx", str(number).encode())
    kept = uploads.waiting(sender)
    assert len(kept) == MOST
    assert [uploads.read(each) for each in kept if each.name == "tried.xlsx"] == [b"try 1", b"try 2"]
    uploads.keep_bytes(sender, "workbook", "tried.xlsx", b"try 3")
    uploads.keep_bytes(sender, "import", "tried.csv", b"no book")
    assert [uploads.read(each) for each in uploads.waiting(sender) if each.name == "tried.xlsx"] == [b"try 3"]
    before = uploads.waiting(sender)
    with pytest.raises(TooManyWaiting) as refused:
        uploads.keep_bytes(sender, "workbook", "one more.xlsx", b"one more")
    assert refused.value.facts["waiting"] == MOST
    assert uploads.waiting(sender) == before
    uploads.keep_bytes(sender, "workbook", "7.xlsx", b"the seventh, corrected")
    uploads.keep_bytes(sender, "workbook", "9.xlsx", b"9")
    assert len(uploads.waiting(sender)) == MOST


def test_bytes_together_are_bounded(uploads: Uploads, sender: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_BYTES", 10)
    uploads.keep_bytes(sender, "import", "a", b"12345678")
    with pytest.raises(TooManyWaiting):
        uploads.keep_bytes(sender, "import", "b", b"123")
    uploads.keep_bytes(sender, "import", "a", b"1234567890")
    assert [each.size for each in uploads.waiting(sender)] == [10]


def test_all_senders_together_are_bounded(
    uploads: Uploads, sender: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "ALL_BYTES", 1)
    with pytest.raises(NoRoomForFiles):
        uploads.keep_bytes(sender, "import", "a", b"12")
    assert uploads.waiting(sender) == []


def test_what_nobody_deals_with_goes(uploads: Uploads, module_database: Database, sender: Actor) -> None:
    old = uploads.keep_bytes(sender, "workbook", "old.xlsx", b"old")
    aged(module_database, sender, KEPT_FOR)
    assert uploads.waiting(sender) == []
    with pytest.raises(InvalidInput):
        uploads.upload(sender, old.upload_id)
    uploads.remove_old()
    with module_database.connect() as connection:
        left = connection.execute(
            "SELECT count(*) FROM ops.upload_piece WHERE upload_id = %s", (old.upload_id,)
        )
        assert left.fetchone() == (0,)


def test_a_part_of_a_file_is_none(uploads: Uploads, sender: Actor) -> None:
    """Discarded by a second click while it is read: what is left of it must not pass for the whole."""
    kept = uploads.keep_bytes(sender, "import", "a.csv", b"x" * (2 << 20))
    pieces = uploads.content(kept)
    next(pieces)
    uploads.remove(kept)
    with pytest.raises(InvalidInput):
        next(pieces)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a\x00b\n.xlsx", "ab.xlsx"),
        ("\ud800", "file"),
        ("", "file"),
        ("あ" * 300, "あ" * 200),
        ("\u202ecod", "cod"),
    ],
)
def test_names_are_what_can_be_seen(uploads: Uploads, sender: Actor, name: str, kept: str) -> None:
    assert seen_of(name) == kept
    uploads.keep_bytes(sender, "workbook", name, name.encode(errors="replace"))
    assert names(uploads, sender) == [kept]


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["import", "workbook"]),
            st.sampled_from("ab"),
            st.binary(max_size=3),
            st.booleans(),
        ),
        max_size=12,
    )
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_is_a_list_of_files_by_content(
    uploads: Uploads, steps: list[tuple[Way, str, bytes, bool]]
) -> None:
    """What waits is what was sent and not removed, each content once, under its last name."""
    sender, model = replace(WARD, person=str(uuid4())), dict[bytes, tuple[Way, str]]()
    for way, name, content, removed in steps:
        kept = uploads.keep(sender, way, name, hashlib.sha256(content).hexdigest(), io.BytesIO(content))
        model.pop(content, None)
        model[content] = way, name
        if removed:
            uploads.remove(kept)
            del model[content]
    waiting = uploads.waiting(sender)
    assert {uploads.read(each): (each.way, each.name) for each in waiting} == model
    assert [each.sha256 for each in waiting] == [hashlib.sha256(content).hexdigest() for content in model]


def test_it_is_erased_with_its_sender(uploads: Uploads, module_database: Database, sender: Actor) -> None:
    kept = uploads.keep_bytes(sender, "workbook", f"{sender.person}.xlsx", b"one")
    stays = uploads.keep_bytes(OTHER_WARD, "workbook", "other.xlsx", b"two")
    assert erase(module_database, sender.person, by="保護担当", ground="2026-17") == Erased(0, 1)
    assert uploads.waiting(sender) == []
    with module_database.connect() as connection:
        deeds = connection.execute("SELECT erased_by, ground, command_ids FROM ledger.erasure").fetchall()
    assert deeds == [("保護担当", "2026-17", [])]
    assert uploads.read(stays) == b"two"
    with pytest.raises(InvalidInput):
        uploads.read(kept)
