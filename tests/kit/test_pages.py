"""A return typed into a page without a line comes back as a workbook does: the same comparison, the same refusals."""

from __future__ import annotations

import json
from uuid import uuid4

import night
import pytest
from night import CITY, WARD

from reporting.application.desk import Desk
from reporting.errors import CommandIdReused
from reporting.files.problems import FileRefused
from reporting.kit.handing_in import ReturnOutcome, Said, hand_in
from reporting.kit.making import make_page
from reporting.kit.pages import read_brought, units_brought
from reporting.kit.plan import digest_of

pytestmark = pytest.mark.begins.with_args(night.define)
A, B, ELECTORS = "pr|votes||a", "pr|votes||b", "pr|electors||"
WORDS = Said(reason="転記誤り")


@pytest.fixture
def desk(service) -> Desk:  # type: ignore[no-untyped-def]
    return Desk(service)


def taken(desk: Desk) -> str:
    return make_page(desk, "tiny", "final", "final", "11", WARD).text()


def back(made: str, **typed: str) -> bytes:
    """`a`, `b`, `electors`: as typed; the rest of the return as it stood."""
    texts = {cell["key"]: cell["base"] for cell in json.loads(made)["sheets"][0]["cells"]}
    texts |= {{"a": A, "b": B, "electors": ELECTORS}.get(name, name): text for name, text in typed.items()}
    return json.dumps({"made": made, "digest": digest_of(made), "typed": texts}).encode()


def handed(desk: Desk, data: bytes, said: Said = WORDS, command=None) -> ReturnOutcome:  # type: ignore[no-untyped-def]
    (outcome,) = hand_in(desk, read_brought("11", data), WARD, said, command)
    return outcome


def texts(desk: Desk) -> dict[str, str]:
    return dict(desk.returns.open("tiny", "final", "final", "11").case.texts)


def test_two_people_in_two_cells_are_both_kept_and_sent_again_is_once(desk: Desk) -> None:
    night.submit(desk)
    page, command = back(taken(desk), electors="２０３"), uuid4()
    night.submit(desk, values={**night.BALANCED, "votes_a": 59, "votes_b": 39}, reason="照会")
    first = handed(desk, page, command=command)
    assert (first.state, [cell.outcome for cell in first.cells]) == ("submitted", ["taken"])
    assert {texts(desk)[key] for key in (A, ELECTORS)} == {"59", "203"}
    position = desk.reporting.ledger.position()
    again = handed(desk, page, command=command)
    assert again.done is not None
    assert again.done.repeated
    assert desk.reporting.ledger.position() == position
    assert handed(desk, page).state == "nothing", "under another id it finds its figures there"
    with pytest.raises(CommandIdReused):
        handed(desk, back(taken(desk), electors="204"), command=command)


def test_the_same_cell_waits_until_somebody_says(desk: Desk) -> None:
    night.submit(desk)
    page = back(taken(desk), a="58", b="40")
    night.submit(desk, values={**night.BALANCED, "votes_a": 59, "votes_b": 39}, reason="照会")
    outcome = handed(desk, page)
    assert outcome.state == "conflict"
    assert [(cell.base, cell.now, cell.sheet) for cell in outcome.cells] == [
        ("60", "59", "58"),
        ("38", "39", "40"),
    ]
    assert texts(desk)[A] == "59"
    both = frozenset({("11", A), ("11", B)})
    assert handed(desk, page, Said(reason="転記誤り", take=both)).state == "submitted"
    assert texts(desk)[A] == "58"


def test_what_is_no_figure_is_named_by_its_row(desk: Desk) -> None:
    book = read_brought("11", back(taken(desk), a="①", no_such="1"))
    with pytest.raises(FileRefused) as refused:
        hand_in(desk, book, WARD, WORDS)
    told = {problem.found for problem in refused.value.problems}
    assert told == {"①", "1"}


@pytest.mark.parametrize(
    "data",
    [b"{", b'{"made": "{}", "digest": "", "typed": {}}', b'{"made": 1}', b"{}" + b" " * 2_000_001],
    ids=["no JSON", "no return", "no text", "too large"],
)
def test_what_no_page_took_along_is_refused(desk: Desk, data: bytes) -> None:
    with pytest.raises(FileRefused):
        read_brought("11", data)
    assert units_brought("11", data) == []


def test_what_was_changed_or_taken_by_another_office_is_refused(desk: Desk) -> None:
    made = taken(desk)
    other = json.dumps(
        {"made": made.replace('"11"', '"12"'), "digest": digest_of(made), "typed": {}}
    ).encode()
    with pytest.raises(FileRefused):
        read_brought("11", other)
    assert units_brought("11", back(made)) == ["11"]
    assert make_page(desk, "tiny", "final", "final", "11", CITY).sheets[0].unit == "11"
