"""A drill of clock steps: its verdict, what it says where it cannot be held, and, where libfaketime is there, one that is held."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli.group import root
from api.trial import false_clock
from api.trial.accounts import Account
from api.trial.clock_drill import TimeReport, TimeWishes
from api.trial.false_clock import FalseClock, NoFalseClock
from projections.verify import Verification

KEPT = Account(10, 10, 0, 0, 0, 0, 0, {})
GOOD = TimeReport(TimeWishes(), (), KEPT, (3_600.2, 0.1), 4, 0, 3_590.0, Verification(10))


@pytest.mark.parametrize(
    "changed",
    [
        {"account": replace(KEPT, lost=1)},
        {"account": replace(KEPT, unanswered=1)},
        {"recorded_ahead": 0},
        {"moved_s": None},
        {"moved_s": (0.0, 0.0)},
        {"moved_s": (3_600.0, 3_600.0)},
        {"backwards": 1},
    ],
)
def test_the_verdict_is_bad_for_each_thing_that_is_wrong(changed: dict[str, object]) -> None:
    assert GOOD.good
    assert "合格" in str(GOOD.sheet().verdict)
    wrong = replace(GOOD, **changed)  # type: ignore[arg-type]
    assert not wrong.good
    assert "BAD" in str(wrong.sheet().verdict)


def test_without_the_library_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(false_clock.NAMED, raising=False)
    monkeypatch.setattr(false_clock, "PLACES", (str(tmp_path / "nowhere*"),))
    with pytest.raises(NoFalseClock):
        false_clock.library()
    told = CliRunner().invoke(root, ["drill", "time"], prog_name="reporting")
    assert told.exit_code == 1
    assert "apt install libfaketime" in told.stderr


def test_the_clock_is_a_file_that_others_read(tmp_path: Path) -> None:
    clock = FalseClock(tmp_path / "clock")
    for seconds, text in ((3_600, "+3600\n"), (-5, "-5\n"), (0, "+1\n")):
        clock.put(seconds)
        assert clock.file.read_text("utf-8") == text
    assert clock.file.stat().st_mode & 0o777 == 0o644


def test_one_that_is_held(tmp_path: Path) -> None:
    """A minute long: with THOROUGH, where libfaketime is."""
    if not os.environ.get("THOROUGH"):
        pytest.skip("only when more is tried (THOROUGH)")
    words = ["drill", "time", "--seconds", "12", "--rate", "3", "--units", "6", "--report", str(tmp_path)]
    done = CliRunner().invoke(root, words, prog_name="reporting")
    assert done.exit_code == 0, (done.output, done.exception)
    (file,) = tmp_path.glob("time-drill-*.md")
    text = file.read_text("utf-8")
    assert "Verdict: GOOD" in text
    assert "Events recorded earlier than the one before them: 0." in text
