"""The preview of a release names what can be computed of the withheld figures; releasing takes a reason then."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import night
import test_desk
from night import CITY, PREFECTURE
from test_desk import approve, figures, submit
from tiny import SYSTEM, Ask

client, pytestmark = test_desk.client, test_desk.pytestmark

NEXT = """query($at: Int) { nextRelease(election: "tiny", form: "final", slot: "final", minPosition: $at) {
  disclosures { unit cell equations { by cells where } } heldBack } }"""
RELEASE = """mutation($i: ReleaseInput!) { releaseSlot(input: $i) { __typename
  ... on SlotReleasedDone { release { number } } ... on Discloses { disclosures { cell } } ... on Refusal { code messageJa messageEn } } }"""


def release(ask: Ask, **more: Any) -> dict[str, Any]:
    given = {"commandId": str(uuid4()), "election": "tiny", "form": "final", "slot": "final", **more}
    return dict(ask(RELEASE, SYSTEM, i=given)["data"]["releaseSlot"])


def test_a_release_that_discloses_says_why(ask: Ask) -> None:
    at = submit(ask, figures=figures(**{**night.BALANCED, "invalid_votes": "!suppressed"}))["position"]
    for actor in (CITY, PREFECTURE):
        at = approve(ask, actor)["position"]
    following = ask(NEXT, SYSTEM, at=at)["data"]["nextRelease"]
    (found,), held = following["disclosures"], following["heldBack"]
    assert held == ["11"]
    assert (found["unit"], found["cell"]) == ("11", "pr|invalid_votes||")
    (equation,) = found["equations"]
    assert equation == {
        "by": "J09",
        "cells": ["11 pr|ballots_counted||", "11 pr|invalid_votes||", "11 pr|valid_votes||"],
        "where": "",
    }
    refused = release(ask)
    assert (refused["__typename"], refused["code"]) == ("Discloses", "disclosure_unexplained")
    assert refused["disclosures"] == [{"cell": "pr|invalid_votes||"}]
    assert "pr|invalid_votes||" in refused["messageJa"]
    assert release(ask, reason="")["__typename"] != "SlotReleasedDone"
    assert release(ask, reason="本人の同意を得た")["release"] == {"number": 1}
