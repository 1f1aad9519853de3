"""Voters in one form, ballots in another: an identity (J11) that no return holds whole."""

from __future__ import annotations

import night
import tiny

VOTING, COUNT = ("voting", "final"), ("count", "final")
FORMS = [
    {
        "code": "voting", "label": tiny.label("投票確定"), "cumulative": True, "items": ["electors", "voters"],
        "slots": [
            {"code": "early", "label": tiny.label("中間"), "publish_at": night.TEN},
            {"code": "final", "label": tiny.label("確定"), "publish_at": night.ELEVEN},
        ],
    },
    {
        "code": "count", "label": tiny.label("開票確定"), "cumulative": True,
        "items": ["ballots_counted", "valid_votes", "invalid_votes", "ballots_not_deposited", "votes"],
        "slots": [
            {"code": "early", "label": tiny.label("中間"), "publish_at": night.TEN},
            {"code": "final", "label": tiny.label("確定"), "publish_at": night.ELEVEN},
        ],
    },
]  # fmt: skip
COUNTED = {
    "ballots_counted": 118, "valid_votes": 116, "invalid_votes": 2, "ballots_not_deposited": 0, "votes_a": 78,
    "votes_b": 38,
}  # fmt: skip
VOTED = {"electors": 200, "voters": 100}
