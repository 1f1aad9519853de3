"""`/totals/{election}/{contest}/{form}/{slot}/{geography}/{area}`: one area's totals and their map in each layer that one's office
may read: as entered, as each level approved, as released."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.moments import as_of, ticks
from api.console.names import ENTERED, RELEASED, Levels, form_and_slot
from api.console.page import Answer, Asked, Page
from api.console.pages.results.areas import Leads, shown_as_map
from api.console.pages.results.page import PLACE, Node, candidates, parts, title
from api.console.render import address_of, link

LEADS = Leads("totals", kept=("at", "layer"))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`layers`: (address, words, whether it is shown); the rest as on the page of results."""
    election = answer["election"]
    contest = election["contest"]
    items = {item["code"]: item for item in election["items"]}
    nodes = contest["whole"]["nodes"]
    form, slot = form_and_slot(election, asked.path)
    levels, shown = Levels(election["namedGeographies"], asked.words), contest["whole"]["layer"]
    here = address_of("totals", *(asked.path[name] for name in PLACE))
    kept = {name: asked.query.get(name) for name in ("map", "at")}
    through = election["workflow"]["levels"] if election["workflow"] else ()
    below = parts(items, contest)
    return {
        "election": election,
        "contest": contest,
        "form": form,
        "slot": slot,
        "area": nodes[0] if nodes else None,
        "layers": [
            (link(here, layer=code, **kept), levels.layer(code), code == shown)
            for code in ((ENTERED, *through, RELEASED) if reaches(asked, contest) else (RELEASED,))
        ],
        "figures": [(items[node["item"]], node) for node in nodes if not node["choice"]],
        "candidates": candidates(contest["choices"], [node for node in nodes if node["choice"]], []),
        "results": link(
            address_of("results", *(asked.path[name] for name in PLACE)), at=asked.query.get("at")
        ),
        "then": asked.query.get("at"),
        "present": link(here, layer=asked.query.get("layer"), map=asked.query.get("map")),
        "last": answer["last"],
        "ticks": ticks(answer["releases"], asked.words),
        **below,
        **shown_as_map(asked, election, contest, below["columns"], below["rows"], LEADS),
        "leads": lambda code: LEADS.to(asked, code, asked.query.get("map")),
    }


def reaches(asked: Asked, contest: Node) -> bool:
    """Whether one's office sees the area before its release: what it is shown where it names no layer tells of those that returns go through."""
    everywhere = asked.person is not None and asked.person.at_desk and asked.person.actor.jurisdiction == "*"
    return everywhere or contest["usual"]["layer"] != RELEASED


PAGE = Page(
    folder=Path(__file__).parent,
    address="/totals/{election}/{contest}/{form}/{slot}/{geography}/{area}",
    title=lambda asked, answer: asked.words.of("層ごとの合計：{what}", what=title(asked, answer)),
    variables=lambda asked: {
        **{name: asked.path[name] for name in PLACE},
        "layer": asked.query.get("layer") or None,
        "asOf": as_of(asked.query),
    },
    show=show,
    needs_login=True,
    islands=("slider.js",),
)
