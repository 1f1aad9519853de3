"""What time it is, is asked of the database: what a machine's own clock says decides nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from reporting.application.service import Reporting
from reporting.database.clock import KEEP_S, DatabaseClock
from reporting.errors import Unavailable

NOON = datetime(2026, 2, 8, 12, tzinfo=UTC)


def test_it_is_asked_once_in_a_while_and_counted_on_while_nobody_answers() -> None:
    answers: list[datetime | None] = [NOON, None, NOON.astimezone(timezone(timedelta(hours=9))) - timedelta(hours=1)]  # fmt: skip
    steady = [100.0]

    def asked() -> datetime:
        if (told := answers.pop(0)) is None:
            raise Unavailable(detail="—")
        return told

    clock = DatabaseClock(asked, lambda: steady[0])
    assert clock() == NOON
    steady[0] += KEEP_S / 2
    assert clock() == NOON + timedelta(seconds=KEEP_S / 2)
    assert len(answers) == 2
    steady[0] += KEEP_S  # away: it goes on from what was told
    assert clock() == clock() == NOON + timedelta(seconds=1.5 * KEEP_S)
    assert len(answers) == 1
    steady[0] += KEEP_S  # put back, and followed
    assert clock() == NOON - timedelta(hours=1)
    assert clock().tzinfo is UTC


def test_nobody_guesses_before_the_first_answer() -> None:
    def away() -> datetime:
        raise Unavailable(detail="—")

    with pytest.raises(Unavailable):
        DatabaseClock(away)()


def test_what_may_be_done_is_decided_by_it(service: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = timedelta(hours=1)
    true = service.ledger.time()
    monkeypatch.setattr(service.ledger, "time", lambda: true + ahead)
    assert abs(Reporting(service.ledger).clock() - true - ahead) < timedelta(minutes=1)
