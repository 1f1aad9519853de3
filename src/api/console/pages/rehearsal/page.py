"""`/training/{election}`: a rehearsal: where it stands, its seats, and once it is over what became of each mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import address_of
from api.console.states import DRILL_OUTCOMES, DRILL_STATES


def here(asked: Asked) -> str:
    return address_of("training", asked.path["election"])


def confirms(asked: Asked) -> Confirmation:
    return Confirmation(here(asked), {"ending": asked.form.get("ending", "")})


def ending(asked: Asked) -> Variables:
    return {"input": {"commandId": str(asked.command_id), "election": asked.path["election"]}}


def ended(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    return problems_of(answer["endDrill"], asked.words), here(asked)


def leads_to(election: str, code: str) -> str | None:
    """Where a mission is begun; None: on this page."""
    pages = {
        "remind": address_of("board", election), "who_changed": address_of("trail", election),
        "register": address_of("register", election), "telephone": None, "score": None,
    }  # fmt: skip
    return pages.get(code, address_of("work", election))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`offices`: those that have anything to tell, lowest points first."""
    drill, label = answer["drill"], asked.words.label
    report = drill["report"]
    told = ("injected", "caught", "falseAlarms", "differences", "falsified", "missed", "reminders")
    return {
        "drill": drill,
        "playing": drill["state"] == "PLAYING",
        "report": report,
        "missions": [
            (mission, leads_to(drill["election"], mission["code"])) for mission in drill["missions"]
        ],
        "offices": [office for office in report["offices"] if any(office[name] for name in told)]
        if report
        else [],
        "states": DRILL_STATES,
        "outcomes": DRILL_OUTCOMES,
        "slots": {
            (form["code"], slot["code"]): f"{label(form['label'])} · {label(slot['label'])}"
            for form in answer["election"]["forms"]
            for slot in form["slots"]
        },
        "confirmation": Confirmation(here(asked), {"ending": "yes"}) if asked.form.get("ending") else None,
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/training/{election}",
    title=lambda asked, answer: asked.words.label(answer["drill"]["label"]),
    variables=lambda asked: {"election": asked.path["election"], "recorded": asked.recorded},
    show=show,
    deeds=(Deed("end", ending, ended, confirms=confirms),),
    needs_login=True,
)
