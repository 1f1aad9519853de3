"""One fault played under load, from a healthy installation to a healthy one."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from acknowledged import Book, clerks
from asked_health import WITHIN_S, Said, asking
from installation import Installation
from judged import Outcome, judge_health, judge_record

BEFORE, AFTER = 12, 12
"""Commands acknowledged before it comes, and after it has gone."""
WELL_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Fault:
    """`happens`: hurts on its way in and mends on its way out, where something outside the product does that. `told`: what `/health`
        must say while it lasts; None: it may pass before anybody notices. `mends`: who does, in both languages. `lasts_s`: longer than it takes
        to be told. `mute`: the process that would tell is itself frozen. `itself`: nobody outside the product mends it, so that its time
    counts from the fault. `alone`: the installation it is played on, where that is one of its own; MissingHere where this machine lacks
    what it takes."""

    code: str
    ja: str
    en: str
    mends_ja: str
    mends_en: str
    happens: Callable[[Installation, Book], AbstractContextManager[None]]
    told: Callable[[Said], bool] | None = None
    lasts_s: float = 0.0
    mute: bool = False
    itself: bool = False
    alone: Callable[[], AbstractContextManager[Installation]] | None = None


class MissingHere(Exception):
    """What a fault takes and this machine lacks."""


def play(fault: Fault, at: Installation, book: Book) -> Outcome:
    """AssertionError where it does not come to its end; what else is wrong stands in the outcome."""
    outcome = Outcome()
    with asking(at.port) as heard:
        with clerks(at.port, at.token, book):
            before = time.monotonic()
            book.grows_by(BEFORE, before)
            assert heard.first(lambda one: one.well, before, WELL_WITHIN_S), "not well before the fault"
            began = since = time.monotonic()
            with fault.happens(at, book):
                if fault.told is not None:
                    told = heard.first(fault.told, began, 2 * WITHIN_S)
                    if told is not None:
                        outcome.told_s, since = round(told.heard - began, 1), told.heard
                    if told is None or told.heard - began > WITHIN_S:
                        outcome.wrong.append(f"/health did not tell within {WITHIN_S:g} s ({outcome.told_s})")
                time.sleep(max(0.0, began + fault.lasts_s - time.monotonic()))
                lasted = time.monotonic()
            ended = time.monotonic()
            if not fault.itself:
                since = ended
            first = book.grows_by(AFTER, ended)  # what was on its way when it came is none of it
            well = heard.first(lambda one: one.well, since, WELL_WITHIN_S)
            assert well is not None, f"{WELL_WITHIN_S:g} s and /health is not well again"
            outcome.again_s = round(max(first, well.heard) - (began if fault.itself else ended), 1)
            if well.heard - first > WITHIN_S:
                outcome.wrong.append(f"/health was well {well.heard - first:.1f} s after the first figures")
            if fault.told is not None:
                outcome.wrong += forgotten(fault.told, heard.said, outcome.told_s, (began, lasted))
            elif fault.itself and (
                noticed := next((one for one in heard.said if one.asked >= began and not one.well), None)
            ):
                outcome.told_s = round(noticed.heard - began, 1)
        outcome.wrong += judge_health(heard.said, book, (began, ended), mute=fault.mute)
    judge_record(at, book, outcome)
    return outcome


def forgotten(
    told: Callable[[Said], bool], said: list[Said], told_s: float | None, fault: tuple[float, float]
) -> list[str]:
    """Answers within the fault, after it was told, that do not tell it."""
    began, ended = fault
    from_when = began + (told_s if told_s is not None else WITHIN_S) + 0.1
    return [
        f"{one.asked - began:.1f} s after the fault /health said {one.status} {one.body}"
        for one in said
        if from_when <= one.asked and one.heard <= ended and not told(one)
    ]
