"""`/documents-of/{election}/{form}/{slot}/{unit}`: scans of the records that a return is copied from: which there are, which cells they show,
attaching one that was sent at `/files`, withdrawing one that was attached by mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from api.console.confirmation import SEEN_AT, Confirmation, carried
from api.console.divisions import digits
from api.console.grid import choices_of
from api.console.names import told_apart
from api.console.outcome import in_its_words, judging
from api.console.page import Answer, Asked, Deed, Page, Variables
from api.console.pages.entry.page import PLACE
from api.console.render import address_of, link

SHOWN = re.compile("document|stood|seen|seen-at")
WITHDRAWN = re.compile("document")
FIRST_PAGE = "1"
"""What the field of the page holds before anybody types."""
KINDS = {"pdf": "PDF", "jpeg": "JPEG", "png": "PNG"}


def here(asked: Asked, **query: object) -> str:
    return link(address_of("documents-of", *(asked.path[name] for name in PLACE)), **query)


def of_return(asked: Asked) -> Variables:
    return {name: asked.path[name] for name in PLACE}


def link_typed(asked: Asked) -> list[dict[str, Any]]:
    """One cell with its page, and its line where that was typed; none where the form is as it came. What is half typed goes as it is, to be
    refused: a page without its cell would be left out without a word."""
    cell, page, line = typed(asked)
    if not cell and not line and page in ("", FIRST_PAGE):
        return []
    return [{"cell": cell, "page": digits(page) or 0, **({"line": digits(line) or 0} if line else {})}]


def typed(asked: Asked) -> tuple[str, str, str]:
    cell, page, line = (asked.form.get(name, "").strip() for name in ("cell", "page", "line"))
    return cell, page, line


def half_typed(asked: Asked) -> str:
    """What is wrong with it, in the words that stand beside its fields; empty where nothing is."""
    cell, page, line = typed(asked)
    if not link_typed(asked):
        return ""
    if not cell:
        return asked.words.of("頁や行がどの欄を示すか、「示す欄」で選んでください。")
    if not digits(page) or (line and not digits(line)):
        return asked.words.of("頁と行には、1 から始まる番号を打ってください。")
    return ""


def attach(asked: Asked) -> Variables:
    told = {
        "upload": asked.form.get("upload", ""),
        "title": asked.form.get("title", "").strip(),
        "strip": asked.form.get("strip") == "on",
        "links": link_typed(asked),
        "seenAt": asked.whole(SEEN_AT),
    }
    return {"input": of_return(asked) | {"commandId": str(asked.command_id)} | told}


def linked(asked: Asked) -> Variables:
    """Those that stood on the page, and one more."""
    stood = [
        {"cell": cell, "page": int(page), **({"line": int(line)} if line else {})}
        for text in asked.listed("stood")
        for page, line, cell in [text.split("/", 2)]
        if page.isdecimal() and (not line or line.isdecimal())
    ]
    told = {
        "document": asked.form.get("document", ""),
        "links": [*stood, *link_typed(asked)],
        "seen": asked.whole("seen"),
        "seenAt": asked.whole(SEEN_AT),
    }
    return {"input": of_return(asked) | {"commandId": str(asked.command_id)} | told}


def withdrawn(asked: Asked) -> Variables:
    told = {"document": asked.form.get("document", ""), "reason": asked.form.get("reason", "").strip()}
    return {"input": of_return(asked) | {"commandId": str(asked.command_id)} | told}


judge = judging(lambda asked, told: here(asked, done=told.get("position")))


def names_of(contests: Sequence[Mapping[str, Any]], asked: Asked) -> dict[str, str]:
    """Cell key → what a clerk calls it; the contest only where there are several."""
    label = asked.words.label
    return {
        cell["key"]: " ".join(
            filter(
                None,
                [
                    label(contest["label"]) if len(contests) > 1 else "",
                    label(cell["item"]),
                    told_apart(choices_of(contest["cells"])).get(cell["key"].split("|")[3]),
                    label(cell["breakdown"]),
                ],
            )
        )
        for contest in contests
        for cell in contest["cells"]
    }


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`documents`: (document, its links as the form carries them, the stamp of all that, the stamp of its withdrawal)."""
    desk, told = answer["desk"], answer["documents"]
    wanted = asked.query.get("cell", "")
    return {
        "asks": desk["asks"],
        "documents": [
            (
                each,
                stood := json.dumps(
                    [f"{shown['page']}/{shown['line'] or ''}/{shown['cell']}" for shown in each["links"]],
                    ensure_ascii=False,
                ),
                Confirmation(
                    here(asked),
                    {
                        "document": each["document"],
                        "stood": stood,
                        "seen": str(each["seen"]),
                        SEEN_AT: str(answer["position"]),
                    },
                ).stamp(asked.session),
                Confirmation(here(asked), {"document": each["document"]}).stamp(asked.session),
            )
            for each in told["documents"]
            if not wanted or any(shown["cell"] == wanted for shown in each["links"])
        ],
        "withdrawn": told["withdrawn"],
        "wanted": wanted,
        "may_attach": told["mayAttach"],
        "uploads": answer["uploads"],
        "names": names_of(desk["asks"]["contests"], asked),
        "kinds": KINDS,
        "first_page": FIRST_PAGE,
        "all_documents": here(asked),
        "history": address_of("history", *(asked.path[name] for name in PLACE)),
        "done": asked.query.get("done"),
    }


def title(asked: Asked, answer: Answer) -> str:
    asks, label = answer["desk"]["asks"], asked.words.label
    return asked.words.of(
        "書類：{unit} · {form} · {slot}", unit=asks["unitName"], form=label(asks["label"]), slot=label(asks["slotLabel"])
    )  # fmt: skip


PAGE = Page(
    folder=Path(__file__).parent,
    address="/documents-of/{election}/{form}/{slot}/{unit}",
    title=title,
    variables=of_return,
    show=show,
    deeds=(
        Deed("attach", attach, in_its_words(judge("attachDocument"), half_typed)),
        Deed(
            "link",
            linked,
            in_its_words(judge("linkDocument"), half_typed),
            confirms=lambda asked: carried(here(asked), asked.form, SHOWN),
        ),
        Deed(
            "withdraw",
            withdrawn,
            judge("withdrawDocument"),
            confirms=lambda asked: carried(here(asked), asked.form, WITHDRAWN),
        ),
    ),
    needs_login=True,
)
