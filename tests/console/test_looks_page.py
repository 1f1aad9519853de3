"""The approval page shows what is not approved unseen: every value of a difference, from the first that was shown to now."""

from __future__ import annotations

import re

import night
import pytest
from forms import log_in
from starlette.testclient import TestClient

from reporting.application.desk import Desk
from reporting.application.findings import RulesRefused
from reporting.application.service import Reporting

PLACE = "/approval/tiny/final/final/11"


@pytest.fixture
def looked(client: TestClient, service: Reporting) -> TestClient:
    """The final count: more ballots than voters were shown twice, and are gone."""
    desk = Desk(service)
    for more in (18, 17):
        with pytest.raises(RulesRefused):
            submit(desk, ballots_counted=100 + more, valid_votes=98 + more, votes_a=60 + more)
    submit(desk, ballots_counted=100, valid_votes=98, votes_a=59, votes_b=39)
    return client


def submit(desk: Desk, **values: int) -> None:
    version = desk.returns.draft("tiny", "final", "final", "11").version
    night.submit(desk, values=values, reason="転記誤り", draft_version=version)


def texts_of(page: str) -> str:
    section = page.split('<section class="looks">', 1)[1].split("</section>", 1)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", section))


def test_who_approves_is_shown_every_value(looked: TestClient) -> None:
    log_in(looked, night.CITY.person)
    told = texts_of(looked.get(PLACE).text)
    assert "表示後に消えた不突合" in told
    assert "ballots_counted 計 118 → 117 → 100" in told
    looked.post("/language", data={"language": "en", "back": PLACE})
    english = texts_of(looked.get(PLACE).text)
    assert "a difference that was shown and is gone" in english
    assert not re.search("[ぁ-んァ-ヶ]", english)


def test_who_approves_nothing_of_it_is_shown_nothing(looked: TestClient) -> None:
    log_in(looked, night.WARD.person)
    assert '<section class="looks">' not in looked.get(PLACE).text
