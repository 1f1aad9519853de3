"""`/board/{election}/{form}/{slot}/{geography}/{level}`: where the returns of one slot stand, and what waits for this office:
exceptions by hand, everything green at once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.maps import NOTHING, Map, SheetAreas, Spot, Tone, groups, picture, sheet_of
from api.console.moments import as_of, ticks
from api.console.names import Levels, form_and_slot, title_of_slot
from api.console.outcome import judging, said_by
from api.console.page import Answer, Asked, Deed, Page, Variables
from api.console.pages.slot_board.lines import lines_of, returns_of
from api.console.render import address_of, link
from api.console.states import COUNTED as MARKS
from api.console.words import Words, said

PLACE = ("election", "form", "slot", "geography", "level")
COLUMNS = ("missing", "entered", "submitted", "sentBack", "approved", "certified", "withdrawn")
STATES = ("missing", "entered", "submitted", "sent_back", "approved", "certified", "withdrawn")

TONES = {
    "sentBack": "2",
    "missing": NOTHING,
    "entered": "1",
    "submitted": "5",
    "approved": "3",
    "certified": "4",
    "withdrawn": "6",
}
"""How an area looks, by the least advanced of its returns: the first of these that it has."""
LEAST = "least"
WAYS = {
    LEAST: said("最も進んでいない報告"),
    "submitted": said("提出まで済んだ割合"),
    "approved": said("承認まで済んだ割合"),
    "certified": said("確定まで済んだ割合"),
}
"""What the map tells of an area."""
REACHED = {
    "submitted": ("submitted", "approved", "certified"),
    "approved": ("approved", "certified"),
    "certified": ("certified",),
}
"""States of the returns that have come so far."""
STEPS = 5
"""Tones between none and all."""
AGAIN_S = 15
"""Seconds after which a board is asked again."""
Row = Mapping[str, Any]


def here(asked: Asked, **query: object) -> str:
    return link(address_of("board", *(asked.path[name] for name in PLACE)), **query)


def in_bulk(asked: Asked) -> Variables:
    """The returns that were listed, as they stood then."""
    place = {name: asked.path[name] for name in ("election", "form", "slot")}
    seen = {"units": asked.listed("units"), "seenAt": asked.whole("position")}
    return {"input": {**place, "commandId": str(asked.command_id), **seen}}


def certify(asked: Asked) -> Variables:
    """Everything in reach that is ready: which returns these are, the server decides."""
    place = {name: asked.path[name] for name in ("election", "form", "slot")}
    return {"input": {**place, "commandId": str(asked.command_id), "seenAt": asked.whole("certify-position")}}


def remind(asked: Asked) -> Variables:
    """The offices of the units that were listed."""
    place = {name: asked.path[name] for name in ("election", "form", "slot")}
    units = asked.listed("remind-units")
    return {"input": {**place, "commandId": str(asked.command_id), "units": units, "kind": "missing"}}


def unsent(asked: Asked, answer: Answer) -> Confirmation:
    """Units that have sent nothing, as they were listed."""
    units = [node["unit"] for node in answer["missing"]["nodes"]]
    return Confirmation(here(asked), {"remind-units": json.dumps(units, ensure_ascii=False)})


REMINDING = re.compile("remind-units")
APPROVING, CERTIFYING = re.compile("units|position"), re.compile("certify-position")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for this office: `look`: one by one, each with why; `back`: its owner has to answer first; `green`: the
    rest, of which the server approves what has nothing open."""

    look: Sequence[tuple[Row, Sequence[str]]]
    back: Sequence[Row]
    green: Sequence[Row]


def waiting_of(asked: Asked, answer: Answer) -> Waiting:
    """An objection is the owner's."""
    just_approved = {done["unit"] for done in asked.before.get("approveGreen", {}).get("approved", ())}
    look, back, green = [], [], []
    for node in answer["waiting"]["nodes"]:
        if node["unit"] in just_approved:
            continue  # the list may stand a moment before what was just done
        if node["status"] == "sent_back":
            back.append(node)
        elif node["objected"] or node["differing"]:
            look.append((node, node["differing"]))
        else:
            green.append(node)
    return Waiting(look, back, green)


def listed(asked: Asked, answer: Answer) -> Confirmation:
    """The returns that nobody has to look at one by one, as they stood when the list was made."""
    units = [node["unit"] for node in waiting_of(asked, answer).green]
    position = str(answer["election"]["asOfPosition"])
    return Confirmation(here(asked), {"units": json.dumps(units, ensure_ascii=False), "position": position})


def ready(asked: Asked, answer: Answer) -> Confirmation:
    return Confirmation(here(asked), {"certify-position": str(answer["election"]["asOfPosition"])})


BULK = {"approveGreen": "approved", "certifyGreen": "certified", "remindAll": "reminded"}
"""Mutations for many returns, and where each tells what it did."""


judge = judging(lambda asked, told: here(asked))
"""Problems only where nothing was done at all; what was done, and what was not, the page shows."""


def results(asked: Asked, names: Mapping[str, str]) -> dict[str, Any] | None:
    """Of what was just done in bulk: how many, and (address, name, why) of each return that was left."""
    for field, done in BULK.items():
        if (outcome := asked.before.get(field)) is None:
            continue
        place = asked.path
        return {
            "deed": field,
            "done": len(outcome[done]),
            "left": [
                (
                    address_of("approval", place["election"], place["form"], place["slot"], left["unit"]),
                    names.get(left["unit"], left["unit"]),
                    said_by(left["reason"], asked.words),
                )
                for left in outcome["exceptions"]
            ],
        }
    return None


def summed(name: str, rows: Sequence[Row]) -> dict[str, Any]:
    """One row of several."""
    return {"name": name, "units": sum(row["units"] for row in rows)} | {
        column: sum(row[column] for row in rows) for column in COLUMNS
    }


def spot(asked: Asked, code: str, row: Row, address: str) -> Spot:
    told = [
        f"{asked.words.of(MARKS[state][1])} {row[column]:,}"
        for column, state in zip(COLUMNS, STATES, strict=True)
        if row[column]
    ]
    between, way = "、" if asked.words.language == "ja" else ", ", way_of(asked)
    if way != LEAST:
        there = reached(row, way)
        share = asked.words.of(
            "{n} 単位中 {reported} 単位", n=format(row["units"], ","), reported=format(there, ",")
        )
        return Spot(code, row["name"], share, step_of(row, way), address, partial=0 < there < row["units"])
    units = asked.words.of("{n} 単位：{told}", n=format(row["units"], ","), told=between.join(told))
    return Spot(code, row["name"], units, tone_of(row), address, partial=len(told) > 1)


def way_of(asked: Asked) -> str:
    """One of `WAYS`; the address names it, the first where it names none."""
    named = asked.query.get("map", "")
    return named if named in WAYS else LEAST


def reached(row: Row, way: str) -> int:
    return sum(int(row[column]) for column in REACHED[way])


def step_of(row: Row, way: str) -> str:
    """Hatched where no return has come so far, the darkest where every one has."""
    there = reached(row, way)
    if not there:
        return NOTHING
    return f"r{STEPS + 1 if there == row['units'] else 1 + there * STEPS // row['units']}"


def shares(words: Words) -> list[Tone]:
    between = [
        Tone(
            f"r{step}", words.of("{low}～{high} ％", low=(step - 1) * 100 // STEPS, high=step * 100 // STEPS)
        )
        for step in range(1, STEPS + 1)
    ]
    return [Tone(NOTHING, words.of("まだない")), *between, Tone(f"r{STEPS + 1}", words.of("すべて"))]


def tone_of(row: Row) -> str:
    return next((tone for column, tone in TONES.items() if row[column]), NOTHING)


def map_of(asked: Asked, election: Answer, rows: Sequence[Row], sheets: Sequence[SheetAreas]) -> Map | None:
    """Of the rows; where they stand on several sheets, of those, each leading to its own map."""
    taken = {code for sheet in sheets for code in sheet.areas}
    shown = [sheet.code for sheet in sheets] + [row["area"] for row in rows if row["area"] not in taken]
    if sheet_of(election["registry"], asked.path["geography"], shown) is None:
        return None
    return_of = returns_of(asked, election)
    spots = [
        spot(
            asked,
            sheet.code,
            summed(sheet.name, [row for row in rows if row["area"] in sheet.areas]),
            here(asked, within=sheet.code, map=asked.query.get("map")),
        )
        for sheet in sheets
    ]
    for row in rows:
        if row["area"] not in taken:
            leads = return_of(row) or f"#area-{row['area']}"
            spots.append(spot(asked, row["area"], row, leads))
    legend = [
        Tone(TONES[column], " ".join((MARKS[state][0], asked.words.of(MARKS[state][1]))))
        for column, state in zip(COLUMNS, STATES, strict=True)
    ]
    way = way_of(asked)
    title = asked.words.of("区域の地図：{way}", way=asked.words.of(WAYS[way]))
    legend = legend if way == LEAST else shares(asked.words)
    return picture(title, election["registry"], asked.path["geography"], spots, legend, asked.words)


def narrowed(asked: Asked, rows: Sequence[Row]) -> Sequence[Row]:
    """Those that hold a return of the state asked for (`?only=`), with the typed piece in their name (`?name=`)."""
    only, name = only_of(asked), asked.query.get("name", "").strip()
    return [row for row in rows if (not only or row[only]) and name in row["name"]]


def only_of(asked: Asked) -> str:
    """One of `COLUMNS`; empty: all."""
    only = asked.query.get("only", "")
    return only if only in COLUMNS else ""


def unit_names(answer: Answer) -> dict[str, str]:
    """Of the areas that the board lists and of the returns that wait."""
    return {row["area"]: row["name"] for row in answer["statusBoard"]} | {
        node["unit"]: node["unitName"] for node in (*answer["waiting"]["nodes"], *answer["missing"]["nodes"])
    }


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`rows`: of now, or of the moment that the address names (`then`), as far as they are asked for; `sums`: of every column of all; `within`: the sheet whose areas alone are shown."""
    then, election = answer.get("then"), answer["election"]
    every = answer["statusBoard"] if then is None else then
    rows = narrowed(asked, every)
    sheets = groups(election["registry"], asked.path["geography"], [row["area"] for row in rows], asked.words)
    within = next((sheet for sheet in sheets if sheet.code == asked.query.get("within")), None)
    if within is not None:
        rows, sheets = [row for row in rows if row["area"] in within.areas], ()
        every = [row for row in every if row["area"] in within.areas]
    form, slot = form_and_slot(election, asked.path)
    label, places = asked.words.label, (asked.path["geography"], asked.path["level"])
    return {
        "election": election,
        "form": form,
        "slot": slot,
        "called": Levels(election["namedGeographies"], asked.words),
        "rows": rows,
        "only": only_of(asked),
        "narrowed": len(rows) < len(every),
        "lines": lines_of(asked, election, COLUMNS),
        "then": then is not None,
        "again": AGAIN_S,
        "last": election["asOfPosition"],
        "ticks": ticks(answer["releases"], asked.words),
        "within": within,
        "map": map_of(asked, election, rows, sheets),
        "ways": [
            (here(asked, map=way, within=asked.query.get("within")), words, way == way_of(asked))
            for way, words in WAYS.items()
        ],
        "slots": [
            (
                link(
                    address_of("board", election["code"], each["code"], timed["code"], *places),
                    map=asked.query.get("map"),
                ),
                f"{label(each['label'])} · {label(timed['label'])}",
                (each["code"], timed["code"]) == (form["code"], slot["code"]),
            )
            for each in election["forms"]
            for timed in each["slots"]
        ],
        "columns": list(zip(COLUMNS, STATES, strict=True)),
        "sums": {name: sum(row[name] for row in every) for name in COLUMNS},
        "waiting": (waiting := waiting_of(asked, answer)),
        "waits": len(waiting.look) + len(waiting.back) + len(waiting.green),
        "more_wait": answer["waiting"]["pageInfo"]["hasNextPage"],
        "may": answer["mayInSlot"],
        "confirmation": listed(asked, answer),
        "to_certify": ready(asked, answer),
        "to_certify_stamp": ready(asked, answer).stamp(asked.session),
        "missing": answer["missing"]["nodes"],
        "more_missing": answer["missing"]["pageInfo"]["hasNextPage"],
        "to_remind": unsent(asked, answer),
        "to_remind_stamp": unsent(asked, answer).stamp(asked.session),
        "results": results(asked, unit_names(answer)),
        "wall": address_of("wall", *(asked.path[name] for name in PLACE)),
    }


def at_a_moment(asked: Asked) -> dict[str, object]:
    """`?at=`: as the returns stood then."""
    at = as_of(asked.query)
    return {
        **{name: asked.path[name] for name in PLACE},
        "asOf": at or {"position": 0},
        "isThen": at is not None,
        "minPosition": (at or {}).get("position"),
    }


def title(asked: Asked, answer: Answer) -> str:
    return title_of_slot(answer["election"], asked.path, asked.words, said("{form} · {slot} の状況"))


PAGE = Page(
    folder=Path(__file__).parent,
    address="/board/{election}/{form}/{slot}/{geography}/{level}",
    title=title,
    variables=at_a_moment,
    show=show,
    deeds=(
        Deed(
            "green", in_bulk, judge("approveGreen"), tells=True,
            confirms=lambda asked: carried(here(asked), asked.form, APPROVING),
        ),
        Deed(
            "certify", certify, judge("certifyGreen"), tells=True,
            confirms=lambda asked: carried(here(asked), asked.form, CERTIFYING),
        ),
        Deed(
            "remind", remind, judge("remindAll"), tells=True,
            confirms=lambda asked: carried(here(asked), asked.form, REMINDING),
        ),
    ),
    needs_login=True,
    islands=("live.js",),
)  # fmt: skip
