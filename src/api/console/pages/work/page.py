"""`/work/{election}`: everything that waits for one's office, the most urgent first, one click to each return; `?at=`: as it stood
at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from api.console.moments import ReleaseMark, as_of, ticks
from api.console.names import Levels
from api.console.page import Answer, Asked, Page, Variables
from api.console.render import address_of
from api.console.words import Words, said

Entry = Mapping[str, Any]
Place = tuple[str, str]
"""Form and slot."""


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """Of one kind of work. `mine`: of returns that the office owns itself, of those below it, None: of both; `page` that an
    entry leads to."""

    alias: str
    kind: str
    words: str
    page: str
    mine: bool | None = None

    def holds(self, entry: Entry, own: str) -> bool:
        """What is sent back waits for its owner, whoever approves next."""
        if self.mine is not None and self.mine != (entry["unit"] == own):
            return False
        return self.alias != "waiting" or entry["status"] != "sent_back"


GROUPS = (
    WorkGroup("back", "SENT_BACK", said("差し戻し（直すか、正しければそう答える）"), "entry", mine=True),
    WorkGroup("above", "EDITED_ABOVE", said("上位で直された・代わりに入力された（見て答える）"), "entry", mine=True),
    WorkGroup("objected", "OBJECTED", said("報告元が異議を述べている"), "approval", mine=False),
    WorkGroup("waiting", "AWAITING_APPROVAL", said("承認を待っている"), "approval"),
    WorkGroup("back", "SENT_BACK", said("差し戻し中（報告元の回答待ち）"), "approval", mine=False),
    WorkGroup("above", "EDITED_ABOVE", said("上位で直した・代わりに入力した（報告元の回答待ち）"), "approval", mine=False),
    WorkGroup("objected", "OBJECTED", said("異議を述べた（上位の判断待ち）"), "entry", mine=True),
    WorkGroup("missing", "MISSING", said("まだ提出されていない"), "entry"),
)  # fmt: skip
"""In the order in which a clerk should look."""


def variables(asked: Asked) -> Variables:
    at = as_of(asked.query)
    return {
        "election": asked.path["election"],
        "asOf": at or {"position": 0},
        "isThen": at is not None,
        "minPosition": (at or {}).get("position"),
        "recorded": asked.recorded,
    }


def listed(answer: Answer, group: WorkGroup) -> tuple[list[Entry], bool]:
    """Entries of a kind, of now or of the moment asked for, and whether there are more."""
    if (then := answer.get("then")) is not None:
        nodes = [node["work"] for node in then["nodes"] if group.kind in node["kinds"]]
        return nodes, then["pageInfo"]["hasNextPage"]
    return answer[group.alias]["nodes"], answer[group.alias]["pageInfo"]["hasNextPage"]


def marks(releases: Iterable[Entry], names: Mapping[Place, Sequence[Any]], words: Words) -> list[ReleaseMark]:
    """Releases of every slot on one slider."""
    told: list[ReleaseMark] = []
    for form, slot in names:
        of_slot = [release for release in releases if (release["form"], release["slot"]) == (form, slot)]
        called = " · ".join(words.label(label) for label in names[form, slot])
        told += [replace(mark, words=f"{called} {mark.words}") for mark in ticks(of_slot, words)]
    return sorted(told, key=lambda mark: mark.position)


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    now = datetime.fromisoformat(answer["serverTime"])
    election = answer["election"]
    own = asked.person.actor.jurisdiction if asked.person else ""
    names = {
        (form["code"], slot["code"]): (form["label"], slot["label"])
        for form in election["forms"]
        for slot in form["slots"]
    }
    groups = []
    for group in GROUPS:
        nodes, more = listed(answer, group)
        entries = [
            {**node, "names": names[node["form"], node["slot"]], "left": minutes_left(node, now)}
            for node in nodes
            if group.holds(node, own)
        ]
        entries.sort(key=lambda entry: (entry["left"] is None, entry["left"], entry["unit"]))
        groups.append(
            {
                "words": group.words,
                "page": group.page,
                "gathers": group.alias == "waiting",
                "more": more,
                "entries": entries,
            }
        )
    then = answer.get("then")
    return {
        "groups": groups,
        "names": names,
        "election": election,
        "called": Levels(election["namedGeographies"], asked.words),
        "then": then,
        "last": election["asOfPosition"],
        "ticks": marks(answer["releases"], names, asked.words),
        "now_at": address_of("work", election["code"]),
    }


def minutes_left(entry: Entry, now: datetime) -> int | None:
    """Minutes until the cut-off (below zero: it has passed); None where there is none."""
    if entry["cutOff"] is None:
        return None
    return int((datetime.fromisoformat(entry["cutOff"]) - now).total_seconds() // 60)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/work/{election}",
    title=lambda asked, answer: asked.words.of(
        "仕事の一覧：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=variables,
    show=show,
    needs_login=True,
    islands=("slider.js",),
)
