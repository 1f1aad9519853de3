"""`/files`: files that one sent and that are not dealt with: what each would do, every refusal at its row and column, take or discard."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.console.confirmation import SEEN_AT, Confirmation, carried
from api.console.outcome import problems_of, said_by
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import link
from api.console.words import said
from reporting.documents.checking import MOST_BYTES
from reporting.importing.sent import AT_ONCE, NEEDS, PLACE, USES

READ_AS = ("upload", "kind", "place", "mapping", "encoding", "title", "reason", "submit")
CARRIED = re.compile("|".join((*READ_AS, SEEN_AT)))
DISCARDED = re.compile("discarded")
KINDS = {
    "returns": said("報告の値の表（CSV）"),
    "workbook": said("総務省の様式のブック"),
    "mapped": said("ほかの表（対応表で読む）"),
    "places": said("投票所の一覧（CSV）"),
}
ENCODINGS = ("utf-8", "cp932", "utf-16")
FIELDS = {
    "place": ("election", said("どの回の値か")),
    "mapping": ("mapping", said("対応表")),
    "encoding": ("encoding", said("文字コード")),
    "title": ("confirm_title", said("確かめた表題の語")),
    "reason": ("reason", said("訂正の理由")),
    "submit": ("submit", said("そろった報告はそのまま提出する")),
}
"""Field → what a kind of file uses or needs of it, and what it is called on the page."""


def here(asked: Asked, **query: object) -> str:
    return link("/files", **query)


def typed(asked: Asked) -> dict[str, str]:
    return {name: asked.form.get(name, "").strip() for name in READ_AS}


def read_as(asked: Asked) -> Variables:
    """`place`: `election/form/slot` of the choice, empty where the file says it itself; of polling places the election alone counts.
    `title`: confirmed words, a line each."""
    given = typed(asked)
    place = given["place"].split("/")
    named = dict(zip(PLACE, place, strict=True)) if len(place) == len(PLACE) else {}
    if given["kind"] == "places":
        named = {"election": place[0]}
    return {
        "upload": given["upload"], "kind": given["kind"] or "returns", "submit": given["submit"] == "yes", **named,
        **{name: given[name] for name in ("mapping", "encoding", "reason") if given[name]},
        "confirmTitle": [words for line in given["title"].splitlines() if (words := line.strip())],
    }  # fmt: skip


def refused(outcome: Answer, asked: Asked) -> list[Problem]:
    """Causes of a file stand in the page's own table, at their rows; here only that nothing was taken."""
    if outcome["__typename"] == "ImportRefused":
        return [Problem(outcome["code"].upper(), said_by(outcome, asked.words))]
    return problems_of(outcome, asked.words)


def unread(asked: Asked, size: int) -> list[str]:
    """What keeps a file from being read as was chosen, in the words that stand beside the fields. `size`: of the file."""
    given, words = typed(asked), asked.words
    kind = given["kind"] if given["kind"] in USES else "returns"
    told = [
        words.of("「{field}」を選んでください。", field=words.of(called))
        for field, (name, called) in FIELDS.items()
        if name in NEEDS.get(kind, ()) and not given[field]
    ] + [
        words.of("「{field}」は、{kind}には使いません。空に戻してください。", field=words.of(called), kind=words.of(KINDS[kind]))
        for field, (name, called) in FIELDS.items()
        if name not in USES[kind] and given[field]
    ]  # fmt: skip
    if size > AT_ONCE:
        told.append(
            words.of(
                "この画面で読めるのは {most} MB までの表とブックです。分けて送るか、情報システムの担当者に reporting import での取り込みを頼んでください。",
                most=AT_ONCE // 1024**2,
            )
        )
    return told


def previewed(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    return [], ""


def taken(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["outcome"]
    if problems := refused(outcome, asked):
        return problems, ""
    return [], here(asked, done=outcome["position"] or "0", events=outcome["events"])


def discarded(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["discardUpload"]
    return problems_of(outcome, asked.words), here(asked, gone="yes" if outcome.get("discarded") else "no")


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`files`: (file, seal of its discarding); `seen`: what a look at one gave; `confirmation`: of taking it, where it would be."""
    seen: Mapping[str, Any] | None = asked.before.get("outcome")
    label = asked.words.label
    would = seen is not None and seen["__typename"] == "ImportDone"
    chosen = next((file for file in answer["uploads"] if file["id"] == typed(asked)["upload"]), None)
    refusals = refused(seen, asked) if seen is not None and not would else []
    if chosen is not None and {problem.code for problem in refusals} == {"INVALID_INPUT"}:
        refusals = [Problem("INVALID_INPUT", words) for words in unread(asked, chosen["size"])] or refusals
    return {
        "me": answer["me"],
        "files": [
            (file, Confirmation(here(asked), {"discarded": file["id"]}).stamp(asked.session))
            for file in answer["uploads"]
        ],
        "kinds": KINDS,
        "encodings": ENCODINGS,
        "mappings": answer["mappings"],
        "places": [
            (
                f"{election['code']}/{form['code']}/{slot['code']}",
                f"{label(election['label'])} · {label(form['label'])} · {label(slot['label'])}",
            )
            for election in answer["elections"]["nodes"]
            for form in election["forms"]
            for slot in form["slots"]
        ],
        "typed": typed(asked),
        "chosen": chosen,
        "seen": seen,
        "refusals": refusals,
        "confirmation": Confirmation(here(asked), typed(asked) | {SEEN_AT: str(answer["position"])})
        if would
        else None,
        "many": answer["elections"]["pageInfo"]["hasNextPage"] or "q" in asked.query,
        "most": MOST_BYTES,
        "at_once": AT_ONCE,
        "discarding": asked.form.get("discarded"),
        "done": asked.query.get("done"),
        "gone": asked.query.get("gone"),
        "just_sent": asked.query.get("sent"),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/files",
    title=lambda asked, answer: asked.words.of("送ったファイル"),
    show=show,
    deeds=(
        Deed("preview", lambda asked: {"input": read_as(asked)}, previewed, shows=True),
        Deed(
            "take",
            lambda asked: {
                "input": {
                    **read_as(asked),
                    "commandId": str(asked.command_id),
                    "seenAt": asked.whole(SEEN_AT),
                }
            },
            taken,
            confirms=lambda asked: carried(here(asked), asked.form, CARRIED),
            anew="preview",
        ),
        Deed(
            "discard",
            lambda asked: {"input": {"upload": asked.form.get("discarded", "")}},
            discarded,
            confirms=lambda asked: carried(here(asked), asked.form, DISCARDED),
        ),
    ),
    needs_login=True,
    variables=lambda asked: {"containing": asked.query.get("q") or None},
    islands=("send.js",),
)
