"""`/item/{election}/{item}`: an item as its need is weighed: since when and for what it is asked, what it costs to type, what offices and
the nation say of it, and whether it may go."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.outcome import judging
from api.console.page import Answer, Asked, Deed, Page, Variables
from api.console.pages.catalogue.page import KINDS
from api.console.render import address_of, link
from api.console.words import said

WISHES = {"none": said("意見のみ"), "remove": said("廃止してほしい"), "keep": said("続けてほしい")}
FLAGGING = re.compile("candidate")


def here(asked: Asked, **query: object) -> str:
    return link(address_of("item", asked.path["election"], asked.path["item"]), **query)


def of_item(asked: Asked) -> Variables:
    return {"election": asked.path["election"], "item": asked.path["item"]}


def remark(asked: Asked) -> Variables:
    answers = asked.whole("answers")
    told = {
        "unit": asked.form.get("unit", "").strip(),
        "wish": asked.form.get("wish", "none"),
        "text": asked.form.get("text", "").strip(),
    }
    return {
        "input": of_item(asked)
        | {"commandId": str(asked.command_id)}
        | told
        | ({"answers": answers} if answers else {})
    }


def flag(asked: Asked) -> Variables:
    told = {
        "candidate": asked.form.get("candidate") == "yes",
        "reason": asked.form.get("reason", "").strip(),
    }
    return {"input": of_item(asked) | {"commandId": str(asked.command_id)} | told}


judge = judging(lambda asked, told: here(asked, done=told.get("position")))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`flagging`: what the mark would become, and its seal, empty where one may not."""
    election, thread, label = answer["election"], answer["itemThread"], asked.words.label
    turned = "no" if thread["candidate"] else "yes"
    stamp = Confirmation(here(asked), {"candidate": turned}).stamp(asked.session) if thread["mayFlag"] else ""
    (catalogued,) = answer["cataloguedItems"]
    return {
        "election": election,
        "catalogued": catalogued,
        "names": {item["code"]: label(item["label"]) for item in election["items"]},
        "forms": {form["code"]: label(form["label"]) for form in election["forms"]},
        "thread": thread,
        "turned": turned,
        "stamp": stamp,
        "wishes": WISHES,
        "kinds": KINDS,
        "done": asked.query.get("done"),
        "burdens": asked.before.get("itemBurdens"),
    }


def title(asked: Asked, answer: Answer) -> str:
    (catalogued,) = answer["cataloguedItems"]
    return asked.words.of("項目：{item}", item=asked.words.label(catalogued["item"]["label"]))


PAGE = Page(
    folder=Path(__file__).parent,
    address="/item/{election}/{item}",
    title=title,
    variables=of_item,
    show=show,
    deeds=(
        Deed("remark", remark, judge("remarkItem")),
        Deed(
            "flag",
            flag,
            judge("flagItem"),
            confirms=lambda asked: carried(here(asked), asked.form, FLAGGING),
        ),
        Deed(
            "burden",
            lambda asked: {"election": asked.path["election"], "form": asked.form.get("form", "")},
            lambda answer, asked: ([], here(asked)),
            shows=True,
        ),
    ),
    needs_login=True,
)
