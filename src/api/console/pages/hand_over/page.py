"""`/offices/{office}/hand-over`: the day on which people leave an office and others come, looked at and done as one."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.moments import days_ago
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import JAPAN, address_of, link

LEAVES = "leaves:"
"""Field of a person who leaves: this and their name at the provider."""
CARRIED = re.compile(f"day|until|coming|{LEAVES}.*", re.DOTALL)


def here(asked: Asked) -> str:
    return address_of("offices", asked.path["office"], "hand-over")


def typed(asked: Asked) -> dict[str, str]:
    """As it is confirmed: who comes one a line, without blanks."""
    form = asked.form
    return {
        "day": form.get("day", "").strip(),
        "until": form.get("until", "").strip(),
        "coming": "\n".join(coming(asked)),
        **{name: "yes" for name in sorted(form) if name.startswith(LEAVES)},
    }


def coming(asked: Asked) -> list[str]:
    lines = (line.strip() for line in asked.form.get("coming", "").splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def leaving(asked: Asked) -> list[str]:
    return sorted(name.removeprefix(LEAVES) for name in asked.form if name.startswith(LEAVES))


def handing(asked: Asked) -> Variables:
    until = asked.form.get("until", "").strip()
    return {
        "input": {
            "commandId": str(asked.command_id), "office": asked.path["office"], "day": asked.form.get("day", "").strip(),
            "leaving": leaving(asked), "coming": coming(asked), **({"validTo": until} if until else {}),
        }
    }  # fmt: skip


def handed(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["handOverOffice"]
    office = address_of("offices", asked.path["office"])
    return problems_of(outcome, asked.words), link(office, done=outcome.get("position"))


def next_april(today: str) -> str:
    """The first of April that comes, or is: the day of the year's moves."""
    year = int(today[:4])
    return f"{year if today <= f'{year}-04-01' else year + 1}-04-01"


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`stay`: who works for the office from that day on, as far as it is typed by now."""
    office = next(iter(answer["offices"]["nodes"]), None)
    today = datetime.fromisoformat(answer["serverTime"]).astimezone(JAPAN).date().isoformat()
    members = [held for held in (office["members"] or [])] if office else []
    current = [held for held in members if held["validTo"] is None or held["validTo"] > today]
    day, gone = asked.form.get("day", ""), leaving(asked)
    staying = [
        held["person"]
        for held in current
        if held["person"] not in gone
        and (held["validTo"] is None or held["validTo"] > day)
        and held["validFrom"] <= day
    ]
    return {
        "office": office,
        "may_manage": answer["mayManageOffices"],
        "current": current,
        "day": day or next_april(today),
        "ago": days_ago(day, today),
        "leaving": gone,
        "coming": coming(asked),
        "staying": staying,
        "leaves": LEAVES,
        "confirmation": Confirmation(here(asked), typed(asked)) if day else None,
    }


def title(asked: Asked, answer: Answer) -> str:
    office = next(iter(answer["offices"]["nodes"]), None)
    name = asked.words.label(office["label"]) if office else asked.path["office"]
    return asked.words.of("異動と引き継ぎ：{office}", office=name)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/offices/{office}/hand-over",
    title=title,
    variables=lambda asked: {"office": asked.path["office"]},
    show=show,
    deeds=(
        Deed(
            "hand_over",
            handing,
            handed,
            confirms=lambda asked: carried(here(asked), {**asked.form, **typed(asked)}, CARRIED),
        ),
    ),
    needs_login=True,
)
