"""What went public when, and what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reporting_client.codebook import Label


@dataclass(frozen=True)
class Change:
    """One figure in a release that was otherwise, or not there, in the one before. `before` and `after` are exact texts: a number, or
    `!none`, `!not_reported`, `!suppressed`; `office` set it, `approved_by` approved it for publication."""

    unit: str
    contest: str
    item: str
    breakdown: str
    choice: str
    kind: str
    before: str | None
    after: str
    withdrawn: str | None
    office: str
    reason_class: str | None
    approved_by: str | None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Change:
        contest, item, breakdown, choice = told["cell"].split("|")
        return cls(
            told["unit"], contest, item, breakdown, choice, told["kind"], told["before"], told["after"], told["withdrawn"],
            told["office"], told["reasonClass"], told["approvedBy"],
        )  # fmt: skip


@dataclass(frozen=True)
class ReleasedFile:
    """`address`: path on the server, which never changes; `size` in bytes; `sha256` in hex."""

    name: str
    address: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Release:
    """The `number`th of its slot. `approved` of `expected` units are in it; `notice`: what it is called; `files`: None for the seconds
    in which they are made, and of a test election."""

    election: str
    form: str
    slot: str
    number: int
    id: str
    released_at: datetime
    position: int
    approved: int
    expected: int
    notice: Label
    changes: tuple[Change, ...]
    files: tuple[ReleasedFile, ...] | None

    @classmethod
    def of(cls, election: str, told: Mapping[str, Any]) -> Release:
        files = told["dataFiles"]
        return cls(
            election, told["form"], told["slot"], told["number"], told["id"],
            datetime.fromisoformat(told["releasedAt"].replace("Z", "+00:00")), told["position"], told["approved"], told["expected"],
            Label.of(told["notice"]), tuple(map(Change.of, told["changes"])),
            None if files is None else tuple(
                ReleasedFile(file["name"], file["address"], file["mediaType"], file["size"], file["sha256"]) for file in files
            ),
        )  # fmt: skip
