"""`/approval/{election}/{form}/{slot}/{unit}`: look at a return, approve it, send cells back, answer, certify."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.console.confirmation import SEEN_AT, Confirmation, carried
from api.console.grid import tables
from api.console.names import Levels
from api.console.outcome import in_its_words, judging
from api.console.page import Answer, Asked, Deed, Page, Variables
from api.console.pages.entry.page import PLACE, of_return, title
from api.console.render import address_of, link
from api.console.states import REASONS


def here(asked: Asked, **query: object) -> str:
    return link(address_of("approval", *(asked.path[name] for name in PLACE)), **query)


def chosen(asked: Asked) -> list[str]:
    """Keys of the cells that are ticked."""
    return [name.removeprefix("tick:") for name in asked.form if name.startswith("tick:")]


CARRIED = re.compile("version|seen-at")


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, CARRIED)


def upon(asked: Asked) -> Variables:
    """The return as it was looked at."""
    return of_return(asked) | {"expectedVersion": asked.whole("version"), "seenAt": asked.whole(SEEN_AT)}


def approve(asked: Asked) -> Variables:
    """The ticked cells, or all that wait; with a reason in `override`, openly in spite of the four eyes."""
    cells, override = chosen(asked), asked.form.get("override", "").strip()
    more = ({"cells": cells} if cells else {}) | ({"override": override} if override else {})
    return {"input": upon(asked) | more}


def send_back(asked: Asked) -> Variables:
    reason = {
        "reasonClass": asked.form.get("reason-class", "query"),
        "reason": asked.form.get("reason", "").strip(),
    }
    return {"input": upon(asked) | {"cells": chosen(asked)} | reason}


def certify(asked: Asked) -> Variables:
    override = asked.form.get("override", "").strip()
    return {"input": upon(asked) | ({"override": override} if override else {})}


def answer(asked: Asked) -> Variables:
    reason = asked.form.get("reason", "").strip()
    given = {"cells": chosen(asked), "agrees": asked.form.get("agrees") == "yes"}
    return {"input": upon(asked) | given | ({"reason": reason} if reason else {})}


judge = judging(lambda asked, told: here(asked, done=told.get("position")))


def unticked(asked: Asked) -> str:
    return "" if chosen(asked) else asked.words.of("差し戻す欄、答える欄に印を付けてください。")


def path_of(cell: Mapping[str, Any]) -> list[str]:
    """Every value of a cell to look at, first to last; what nobody noted or holds is left out."""
    path = [cell["shown"], *cell["between"], cell["now"]]
    return [text for text, after in zip(path, [*path[1:], None], strict=True) if text and text != after]


def following(asked: Asked, told: Answer) -> tuple[Answer | None, int]:
    """The next return of the slot that waits for this office, by code and then from the first on, leaving out those whose
    owner has to answer; and how many wait beside this one."""
    others = [
        node
        for node in told["waiting"]["nodes"]
        if node["unit"] != asked.path["unit"] and node["status"] != "sent_back"
    ]
    after = [node for node in others if node["unit"] > asked.path["unit"]]
    return next(iter(after or others), None), len(others)


def look_cells(told: Answer) -> list[str]:
    """Keys of all cells that wait for this office, where some of them are approved only by who looked; cells that are sent
    back wait for their owner. An office that reaches everywhere stands at the top."""
    desk, area = told["desk"], told["me"]["jurisdiction"]
    levels = [at["level"] for at in desk["chain"] if area in (at["area"], "*")]
    if not desk["looks"] or not levels:
        return []
    return [
        cell["key"]
        for cell in desk["cells"]
        if cell["sentBack"] is None and levels[-1] not in cell["approved"]
    ]


def show(asked: Asked, told: Answer) -> dict[str, Any]:
    """`open_findings`: what nobody declared or explained; `settled`: the rest; `looks`: (kind, rule, [(cell, its values)])."""
    desk = told["desk"]
    grids = tables(desk, asked.words, {})
    names = {cell.key: cell.name for table in grids for _, _, cells in table.rows for cell in cells if cell}
    settled = [finding for finding in desk["findings"] if finding["declared"] or finding["explanation"]]
    return {
        "called": Levels(told["election"]["namedGeographies"], asked.words),
        "desk": desk,
        "asks": desk["asks"],
        "tables": grids,
        "looks": [
            (look["kind"], look["rule"], [(names.get(c["key"], c["key"]), path_of(c)) for c in look["cells"]])
            for look in desk["looks"]
        ],
        "open_findings": [finding for finding in desk["findings"] if finding not in settled],
        "settled": settled,
        "following": (after := following(asked, told))[0],
        "others": after[1],
        "look_cells": look_cells(told),
        "beside": {cell["key"]: cell for cell in (desk["beside"] or {"cells": []})["cells"]},
        "ticked": set(chosen(asked)),
        "confirmation": Confirmation(
            here(asked), {"version": str(desk["version"]), SEEN_AT: str(told["position"])}
        ),
        "reasons": REASONS,
        "done": asked.query.get("done"),
        "next": address_of("work", asked.path["election"]),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/approval/{election}/{form}/{slot}/{unit}",
    title=title,
    variables=lambda asked: {name: asked.path[name] for name in PLACE},
    show=show,
    deeds=(
        Deed("approve", approve, judge("approveReturn"), confirms=confirms),
        Deed("send_back", send_back, in_its_words(judge("sendBack"), unticked), confirms=confirms),
        Deed("certify", certify, judge("certifyReturn"), confirms=confirms),
        Deed("answer", answer, in_its_words(judge("answerReturn"), unticked), confirms=confirms),
    ),
    needs_login=True,
)
