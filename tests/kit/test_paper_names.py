"""The proof sheet of names: every name as it will be printed, every code point, every character that a Shift_JIS file loses."""

from __future__ import annotations

from uuid import uuid4

import night
import pages
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from projections.runner import Projector
from projections.verify import verify
from reporting.application.proofing import NamesDone, NamesMoved, Proofing, ProofreadNames, digest_of
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor
from reporting.domain.election import Choice, ElectionDefinition
from reporting.errors import NotAuthorised
from reporting.kit.paper.fonts import GETA, clusters, fonts_of
from reporting.kit.paper.forms import make_forms
from reporting.kit.paper.names import in_shift_jis, make_proof, proof_of

NAMES = (
    "葛\U000e0101城 太郎",
    "葛\U000e0100木 次郎",
    "髙橋 﨑子",
    "𠮷田 郎",
    "邉\U000e0119野",
    "か\u3099んこ",
)


def definition(*names: str) -> ElectionDefinition:
    contests = night.election().model_dump(mode="json")["contests"]
    contests[0]["choices"] = [{"code": f"c{n}", "name": name, "number": n} for n, name in enumerate(names, 1)]
    return night.election(contests=contests)


def test_every_name_with_what_it_is_made_of() -> None:
    made = make_proof(definition(*NAMES), 3, fonts_of(None))
    text = pages.text_of(made.data)
    for name in NAMES[:4]:
        assert "".join(name.split()) in text, name
    for points in ("U+845BU+E0101", "U+845BU+E0100", "U+9AD9", "U+FA11", "U+20BB7", "U+9089U+E0119"):
        assert points in text, points
    assert f"{GETA}野" in text
    assert "定義の版3" in text
    assert [(lost.text, lost.points) for lost in made.unprintable if lost.text == NAMES[4]] == [
        (NAMES[4], "U+9089 U+E0119")
    ]
    assert pages.run_over(made.data) == []
    assert make_proof(definition(*NAMES), 3, fonts_of(None)).data == made.data


def test_the_reading_is_printed_and_signed_off() -> None:
    read = definition("山田 太郎").model_dump(mode="json")
    before = digest_of(definition("山田 太郎").contests[0])
    read["contests"][0]["choices"][0]["kana"] = "やまだ たろう"
    made = ElectionDefinition.model_validate(read)
    assert "やまだたろう" in pages.text_of(make_proof(made, 1, fonts_of(None)).data)
    assert digest_of(made.contests[0]) != before, "another reading is to be looked at"
    read["contests"][0]["choices"][0]["kana"] = "山田"
    with pytest.raises(ValidationError):
        ElectionDefinition.model_validate(read)


@pytest.mark.parametrize(
    ("name", "elsewhere", "lost"),
    [
        ("山田 太郎", "山田 太郎", ()), ("葛\U000e0101城", "葛城", ("葛\U000e0101",)), ("髙﨑", "髙﨑", ()), ("𠮷田", f"{GETA}田", ("𠮷",)),
        ("右\u202eから", f"右{GETA}から", ("\u202e",)), ("か\u3099ん", "がん", ("か\u3099",)),
    ],
)  # fmt: skip
def test_what_another_system_would_read(name: str, elsewhere: str, lost: tuple[str, ...]) -> None:
    proof = proof_of(Choice.model_validate({"code": "a", "name": name}), fonts_of(None))
    assert (proof.elsewhere, proof.lost) == (elsewhere, lost)


def drawn(name: str) -> bytes:
    """Pixels of the name's first character, as large as it stands there."""
    data = make_proof(definition(name), 1, fonts_of(None)).data
    with pages.opened(data) as document:
        page = document[0]
        text = page.get_textpage()
        boxes = [
            text.get_charbox(n) for n in range(text.count_chars()) if text.get_text_range(n, 1) == name[0]
        ]
        left, bottom, right, top = max(boxes, key=lambda box: box[3] - box[1])
        assert top - bottom > 18, "large"
        height = page.get_height()
        picture = (
            page.render(scale=4)
            .to_pil()
            .convert("L")
            .crop((4 * left, 4 * (height - top), 4 * right, 4 * (height - bottom)))
        )
        return bytes(picture.tobytes())


def test_a_variant_has_its_own_shape() -> None:
    """Not the neighbour's: the two registered shapes of 葛 are printed unlike."""
    shapes = {selector: fonts_of(None).set(f"葛{selector}") for selector in ("\U000e0100", "\U000e0101")}
    assert all(not made.missing for made in shapes.values())
    assert drawn("葛\U000e0100") == drawn("葛\U000e0100木"), "the same shape is the same picture"
    assert drawn("葛\U000e0100") != drawn("葛\U000e0101")


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=20))
def test_a_shift_jis_file_can_hold_what_is_shown(name: str) -> None:
    for cluster in clusters(name):
        in_shift_jis(cluster).encode("cp932")


def test_signed_off_before_forms_are_printed(service: Reporting) -> None:
    """Unproofed until the office whose election it is has signed off; again after a name has changed; then right once more."""
    desk = night.define(service)
    proofing = Proofing(service)

    def printed() -> str:
        return pages.text_of(
            make_forms(desk, "tiny", "final", "final", ["11"], night.WARD, fonts_of(None), filled=False).data
        )

    def sign(actor: Actor, **more: str) -> NamesDone:
        (stands,) = proofing.of("tiny")
        request = ProofreadNames(
            **{"command_id": uuid4(), "election": "tiny", "contest": "pr", "names": stands.names, **more}
        )
        return proofing.sign_off(request, actor)

    assert "未校正" in printed()
    for stranger in (night.WARD, night.CITY, night.PREFECTURE, tiny.AUDITOR):
        with pytest.raises(NotAuthorised):
            sign(stranger)
    with pytest.raises(NamesMoved):
        sign(night.NATION, names="0" * 64)
    assert sign(night.NATION).position == service.ledger.position()
    assert "未校正" not in printed()
    (stands,) = proofing.of("tiny")
    assert (stands.proofread, stands.by.person if stands.by else "") == (True, night.NATION.person)
    contests = night.election().model_dump(mode="json")["contests"]
    contests[0]["choices"][1]["name"] = "丙党"
    service.define_election(night.election(contests=contests), tiny.SYSTEM, uuid4(), reason="名簿の訂正")
    (stands,) = proofing.of("tiny")
    assert (stands.proofread, stands.changed) == (False, ("丙党",))
    assert "未校正" in printed()
    sign(night.NATION)
    assert "未校正" not in printed()


def test_live_rebuilt_and_folded_alike(service: Reporting, database: Database) -> None:
    """It holds no figures: every way of making the views agrees on what stands around it."""
    desk = night.define(service)
    night.submit(desk)
    (stands,) = Proofing(service).of("tiny")
    Proofing(service).sign_off(
        ProofreadNames(command_id=uuid4(), election="tiny", contest="pr", names=stands.names), night.NATION
    )
    night.approve(desk, night.CITY)
    projector = Projector(database)
    projector.catch_up()
    assert verify(database).equal
