"""`/results/{election}/{contest}/{form}/{slot}/{geography}/{area}`: one area's result with coverage, and its parts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from api.console.moments import as_of, ticks
from api.console.names import Names, form_and_slot, told_apart
from api.console.page import Answer, Asked, Page
from api.console.pages.results.areas import Leads, is_number, shown_as_map
from api.console.pages.results.hours import by_hour
from api.console.render import address_of, link

PLACE = ("election", "contest", "form", "slot", "geography", "area")
Node = Mapping[str, Any]
LEADS = Leads("results")


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`figures`: items counted once; `candidates`: with votes, most first, `share` of the longest bar in percent;
    `columns` and `rows`: the areas below; `lots`: those in force that were drawn between votes of this page; `sampled`: returns in it that are not of the whole count;
    `map`: of the parts, by `shown_as_map`; `permanent`: this page as it stands now, for ever."""
    election = answer["election"]
    contest = election["contest"]
    items = {item["code"]: item for item in election["items"]}
    nodes = contest["whole"]["nodes"]
    form, slot = form_and_slot(election, asked.path)
    between = "、" if asked.words.language == "ja" else ", "
    lots = [lot for lot in in_force(contest) if (lot["form"], lot["slot"]) == (form["code"], slot["code"])]
    below = parts(items, contest)
    return {
        "election": election,
        "contest": contest,
        "form": form,
        "slot": slot,
        "area": nodes[0] if nodes else None,
        "figures": [(items[node["item"]], node) for node in nodes if not node["choice"]],
        "candidates": candidates(contest["choices"], [node for node in nodes if node["choice"]], lots),
        **remarks(asked, answer, {row["area"]["code"] for row in below["rows"]}),
        "lots": [told(lot, contest["choices"], between) for lot in lots],
        "permanent": link(
            address_of("results", *(asked.path[name] for name in PLACE)), at=election["asOfPosition"]
        ),
        "then": asked.query.get("at"),
        "last": answer["last"],
        "ticks": ticks(answer["releases"], asked.words),
        "differences": address_of(
            "differences", *(asked.path[name] for name in PLACE[:5]), nodes[0]["level"] if nodes else ""
        ),
        "totals": link(address_of("totals", *(asked.path[name] for name in PLACE)), at=asked.query.get("at")),
        "trail": partial(trail_of_total, asked),
        "sampled": contest["whole"]["sampled"],
        **by_hour(asked, items, contest["hours"]),
        **below,
        **shown_as_map(asked, election, contest, below["columns"], below["rows"], LEADS),
    }


def remarks(asked: Asked, answer: Answer, parts_of_it: set[str]) -> dict[str, Any]:
    """`remarks`: public ones on this contest's figures here or in the areas below, as they were known at the moment shown; `elsewhere`: how
    many there are of other areas."""
    election, contest = answer["election"], asked.path["contest"]
    told_then = [
        remark
        for remark in answer["publicRemarks"]
        if remark["position"] <= election["asOfPosition"]
        and (not remark["cells"] or any(key.startswith(f"{contest}|") for key in remark["cells"]))
    ]
    own = [remark for remark in told_then if remark["unit"] in parts_of_it | {asked.path["area"]}]
    return {
        "remarks": own,
        "elsewhere": len(told_then) - len(own),
        "remark_names": Names({**election, "contests": [election["contest"]]}, asked.words),
    }


def trail_of_total(asked: Asked, node: Node) -> str:
    """Who changed what stands in one total, for who may read that: every event of its cell below the area."""
    cell = "|".join((asked.path["contest"], node["item"], "", node["choice"] or ""))
    where = {name: asked.path[name] for name in ("geography", "area", "form", "slot")}
    return link(address_of("trail", asked.path["election"]), **where, cell=cell, until=asked.query.get("at"))


def in_force(contest: Node) -> list[Node]:
    return [lot for lot in contest["lots"] if lot["state"] == "IN_FORCE"]


def told(lot: Node, choices: list[Node], between: str) -> dict[str, Any]:
    """With names for codes, `between` them; `source`: the document's own words."""
    names = {choice["code"]: choice["name"] for choice in choices}
    return {
        "votes": lot["votes"],
        "names": between.join(names.get(code, code) for code in lot["among"]),
        "winners": between.join(names.get(code, code) for code in lot["winners"]),
        "source": lot["reference"],
    }


def candidates(choices: list[Node], nodes: list[Node], lots: list[Node]) -> list[dict[str, Any]]:
    """In official order while nobody has votes, else most votes first, of equal ones who won by lot; without a number they
    stand last. `by_lot`: elected by one."""
    by_lot = {choice for lot in lots for choice in lot["winners"]}
    counted = {node["choice"]: node for node in nodes}
    votes = {code: Decimal(node["value"]) for code, node in counted.items() if is_number(node["value"])}
    most = max(votes.values(), default=Decimal(0))
    rows = [
        {
            "choice": choice,
            "node": counted[choice["code"]],
            "by_lot": choice["code"] in by_lot,
            "share": int(votes[choice["code"]] * 100 / most) if most and choice["code"] in votes else None,
        }
        for choice in choices
        if choice["code"] in counted
    ]
    return sorted(rows, key=lambda row: (-votes.get(row["choice"]["code"], Decimal(-1)), not row["by_lot"]))


def parts(items: Mapping[str, Node], contest: Node) -> dict[str, Any]:
    """Areas below by code, each with one node a column (None: nothing there); `cut`: there are more of either."""
    names = told_apart(contest["choices"])
    columns = contest["parts"]["nodes"]
    below: dict[str, dict[str, Any]] = {}
    for number, column in enumerate(columns):
        for node in column["children"]["nodes"]:
            row = below.setdefault(
                node["code"], {"area": node, "nodes": [None] * len(columns), "estimated": False}
            )
            row["nodes"][number] = node
            row["estimated"] |= node["estimated"]
    return {
        "columns": [(items[column["item"]], names.get(column["choice"])) for column in columns],
        "rows": list(below.values()),
        "cut": contest["parts"]["pageInfo"]["hasNextPage"]
        or any(column["children"]["pageInfo"]["hasNextPage"] for column in columns),
    }


def title(asked: Asked, answer: Answer) -> str:
    contest = answer["election"]["contest"]
    nodes = contest["whole"]["nodes"]
    where = nodes[0]["name"] if nodes else asked.path["area"]
    return (
        f"{where} · {asked.words.label(contest['label'])} · {asked.words.label(answer['election']['label'])}"
    )


PAGE = Page(
    folder=Path(__file__).parent,
    address="/results/{election}/{contest}/{form}/{slot}/{geography}/{area}",
    title=title,
    variables=lambda asked: {**{name: asked.path[name] for name in PLACE}, "asOf": as_of(asked.query)},
    show=show,
    public=True,
    as_file=True,
    islands=("slider.js",),
)
