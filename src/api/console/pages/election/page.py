"""`/results/{election}`: what is public of an election: its slots with coverage, and its notices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.names import Names, units_told
from api.console.page import Answer, Asked, Page


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`slots`: every public slot with its newest release (None before the first); `notices`: later releases, newest first."""
    election, releases = answer["election"], answer["releases"]
    newest = {
        (release["form"], release["slot"]): release
        for release in sorted(releases, key=lambda release: release["number"])
    }
    slots = [
        {
            "form": form,
            "slot": slot,
            "release": newest.get((form["code"], slot["code"])),
            "contests": [
                contest
                for contest in election["contests"]
                if not form["contestKinds"] or contest["kind"] in form["contestKinds"]
            ],
        }
        for form in election["forms"]
        for slot in form["slots"]
        if slot["public"]
    ]
    notices = sorted(
        (release for release in releases if release["number"] > 1),
        key=lambda release: release["releasedAt"],
        reverse=True,
    )
    label = asked.words.label
    slot_words = {  # a notice stands, whether its slot is public now or not
        (form["code"], slot["code"]): f"{label(form['label'])} · {label(slot['label'])}"
        for form in election["forms"]
        for slot in form["slots"]
    }
    return {
        "slots": slots,
        "slot_words": slot_words,
        "notices": notices,
        "remarks": answer["publicRemarks"],
        "cells": Names(election, asked.words, units_told(releases)),
        "election": election,
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/results/{election}",
    title=lambda asked, answer: asked.words.label(answer["election"]["label"]),
    variables=lambda asked: {"election": asked.path["election"]},
    show=show,
    public=True,
    as_file=True,
)
