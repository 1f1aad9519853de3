"""`/places/{election}/{form}/{slot}/{unit}/{number}`: what one polling place counted, typed on a telephone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.grid import cell_input, changed
from api.console.names import form_and_slot
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.pages.places.page import KINDS, PLACE, names_of, of_slot
from api.console.render import address_of, in_field, link
from api.console.states import REASONS

CARRIED = re.compile("was:.*|seen")


def here(asked: Asked, **query: object) -> str:
    return link(address_of("places", *(asked.path[name] for name in (*PLACE, "number"))), **query)


def confirms(asked: Asked) -> Confirmation:
    """What stood there as it was shown."""
    return carried(here(asked), asked.form, CARRIED)


def capture(asked: Asked) -> Variables:
    given = {name: asked.path[name] for name in (*PLACE, "number")}
    reason = asked.form.get("reason", "").strip()
    told = {"reason": reason, "reasonClass": asked.form.get("reason-class", "other")} if reason else {}
    cells = [cell_input(key, text) for key, text in changed(asked.form).items() if text]
    return {
        "input": {
            **given, **told, "commandId": str(asked.command_id), "figures": cells, "seen": asked.whole("seen") or 0,
        }
    }  # fmt: skip


def captured(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["capturePlace"]
    return problems_of(outcome, asked.words), here(asked, done=outcome.get("position"))


def unless(asked: Asked) -> str | None:
    """Nothing typed is nothing to send."""
    return None if any(changed(asked.form).values()) else here(asked)


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`fields`: (key, name, what stands, what is typed) of each cell that a place of this kind counts."""
    polling = answer["unitPlaces"]
    place = polling["places"][0]
    kinds = {each["kind"] for each in polling["places"]}
    held = {figure["key"]: figure["value"] for figure in place["figures"]}
    names, typed = names_of(polling["cells"], asked.words), changed(asked.form)
    keys = [cell["key"] for cell in polling["cells"] if kinds.intersection(cell["kinds"])]
    shown = {key: in_field(held.get(key), asked.words) for key in keys}
    form, slot = form_and_slot(answer["election"], asked.path)
    return {
        "election": answer["election"],
        "polling": polling,
        "place": place,
        "kind": KINDS[place["kind"]],
        "fields": [(key, names[key], held.get(key), typed.get(key, shown[key])) for key in keys],
        "confirmation": Confirmation(
            here(asked), {"seen": str(place["seen"])} | {f"was:{key}": shown[key] for key in keys}
        ),
        "slot": slot,
        "form": form,
        "reasons": REASONS,
        "changes": bool(held),
        "done": asked.query.get("done"),
        "unit": address_of("places", *(asked.path[name] for name in PLACE)),
    }


def title(asked: Asked, answer: Answer) -> str:
    place = answer["unitPlaces"]["places"][0]
    return f"{place['number']} {place['name']} · {of_slot(asked, answer)}"


PAGE = Page(
    folder=Path(__file__).parent,
    address="/places/{election}/{form}/{slot}/{unit}/{number}",
    title=title,
    variables=lambda asked: {name: asked.path[name] for name in (*PLACE, "number")},
    show=show,
    deeds=(Deed("capture", capture, captured, unless=unless, confirms=confirms),),
    needs_login=True,
)
