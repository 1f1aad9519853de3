"""A case of the register as a form carries it: from what the API tells to fields, and back to what it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from api.console.page import Asked
from api.console.words import said

STATES = {
    "RECORDED": said("記録のみ（まだだれも確認していない）"),
    "IN_REVIEW": said("確認の途中"),
    "SENT_BACK": said("差し戻し"),
    "REVIEWED": said("すべての段階で確認済み（未公表）"),
    "RELEASED": said("公表済み"),
}
CODES = ("kind", "phase", "site", "validity")
TEXTS = ("account", "measure", "prevention")
NOT_KNOWN = "!not_reported"
OF_CONTEST = "contest:"
"""Before the code in the name of each contest's box."""


def blank(links: Sequence[Mapping[str, Any]] = (), account: str = "") -> dict[str, str]:
    """The fields of a case that nobody has told yet."""
    empty = dict.fromkeys((*CODES, *TEXTS, "place", "ballots", "personal"), "")
    return {**empty, "account": account, "link": json.dumps(links, ensure_ascii=False)}


def fields_of(case: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a case as it stands."""
    facts = case["facts"]
    return {
        **{name: facts[name]["code"] for name in CODES},
        **{name: case[name] or "" for name in TEXTS},
        "place": facts["place"] or "",
        **{f"{OF_CONTEST}{code}": "1" for code in facts["contests"]},
        "ballots": "" if facts["ballots"] == NOT_KNOWN else facts["ballots"],
        "personal": "\n".join(case["personal"]),
        "link": json.dumps(case["links"], ensure_ascii=False),
    }


def as_typed(asked: Asked, standing: Mapping[str, str]) -> dict[str, str]:
    """What somebody has typed, where they have; else what stands. A box without its tick is not sent."""
    if "account" not in asked.form:
        return dict(standing)
    fields = {
        name: asked.form.get(name, text) for name, text in standing.items() if not name.startswith(OF_CONTEST)
    }
    return fields | {name: text for name, text in asked.form.items() if name.startswith(OF_CONTEST)}


def told_by(asked: Asked) -> dict[str, Any]:
    """Facts and words of what was typed, as the API takes them."""
    form = asked.form
    return {
        "facts": {
            **{name: form.get(name, "") for name in CODES},
            "place": form.get("place", "").strip() or None,
            "contests": [name.removeprefix(OF_CONTEST) for name in form if name.startswith(OF_CONTEST)],
            "ballots": form.get("ballots", "").strip() or NOT_KNOWN,
            "links": _links(form.get("link", "")),
        },
        **{name: form.get(name, "").strip() for name in TEXTS},
        "personal": [line.strip() for line in form.get("personal", "").splitlines() if line.strip()],
    }


def concerned(election: Mapping[str, Any], told: Sequence[str] = ()) -> list[Mapping[str, Any]]:
    """Contests that a case of the unit may concern: those it votes on, and what is told already."""
    asked = {*(election["unit"] or {"contests": ()})["contests"], *told}
    return [contest for contest in election["contests"] if contest["code"] in asked]


def _links(carried: str) -> list[dict[str, Any]]:
    """Returns that the case concerns; none where the field holds anything else."""
    try:
        links = json.loads(carried or "[]")
    except ValueError:
        return []
    names = ("form", "slot", "cells", "discrepancy")
    return [
        {name: link.get(name) for name in names}
        for link in (links if isinstance(links, list) else ())
        if isinstance(link, dict)
    ]
