"""What a request asks to be imported: its parameters, its headers, its body; checked before anything else reads them."""

from __future__ import annotations

import hashlib
import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from fastapi import Request
from starlette.datastructures import QueryParams
from strawberry.utils.str_converters import to_camel_case

from api.imports.messages import message
from reporting.errors import InvalidInput
from reporting.files.sheets import MAX_BYTES as MAX_WORKBOOK
from reporting.importing.sent import NEEDS, USES
from reporting.suggest import with_hint
from reporting.uploads import Way

MAX_FILE = 100 * 1024 * 1024
"""Bytes of one file; a longer one goes by the command line."""
MEDIA = (
    "application/octet-stream",
    "text/csv",
    "text/tab-separated-values",
    "application/toml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
"""None of them can be sent by a form of another site, nor by its script without a permission that is never given."""
ANY = ("name", "upload", "commandId", "dryRun")
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    **{
        kind: (*ANY, *(("seenAt",) if "submit" in fields else ()), *map(to_camel_case, fields))
        for kind, fields in USES.items()
    },
    "mapping": ("name", "upload"),
}
"""Kind of import → what it takes."""
MAX_NAME = 80
MOST_DIGITS = 15
"""Of a ledger position: more than any log has events."""


@dataclass(frozen=True, slots=True)
class ImportAsked:
    """`name`: of the file, as it stands with the command; `upload`: a file that was sent before, instead of a body;
    `command_id`: the sender's own, under which sending again is safe. `seen_at`: ledger position at which the sender saw the names
    of what the file's codes stand for. `reason`: why figures that stand are changed."""

    kind: str
    name: str
    upload: UUID | None = None
    command_id: UUID | None = None
    dry_run: bool = False
    submit: bool = False
    control: bool = False
    election: str | None = None
    form: str | None = None
    slot: str | None = None
    mapping: str | None = None
    encoding: str | None = None
    confirm_title: tuple[str, ...] = ()
    seen_at: int | None = None
    reason: str | None = None

    @classmethod
    def of(cls, kind: str, given: QueryParams) -> ImportAsked:
        """InvalidInput for a kind, a parameter or a value that there is not."""
        if kind not in PARAMETERS:
            told = with_hint(message("one_of_these", names=", ".join(PARAMETERS)), kind, PARAMETERS)
            raise InvalidInput.at("kind", kind[:40], told)
        for name in given:
            if name not in PARAMETERS[kind]:
                told = with_hint(
                    message("parameter_of_kind", names=", ".join(PARAMETERS[kind])), name, PARAMETERS[kind]
                )
                raise InvalidInput.at("parameter", name[:40], told)
            if name != "confirmTitle" and len(given.getlist(name)) > 1:
                raise InvalidInput.at(name, len(given.getlist(name)), message("once"))
        for name in NEEDS.get(kind, ()):
            if not given.get(name):
                raise InvalidInput.at(name, "", f"{name}=…")
        return cls(
            kind=kind,
            name=file_name(given.get("name") or kind),
            upload=_id("upload", given),
            command_id=_id("commandId", given),
            dry_run=_yes("dryRun", given),
            submit=_yes("submit", given),
            control=_yes("control", given),
            election=given.get("election") or None,
            form=given.get("form") or None,
            slot=given.get("slot") or None,
            mapping=given.get("mapping") or None,
            encoding=_encoding(given.get("encoding")),
            confirm_title=tuple(given.getlist("confirmTitle")),
            seen_at=_position("seenAt", given),
            reason=given.get("reason"),
        )

    def settings(self) -> str:
        """The same for the same import, whatever way the file comes."""
        return repr((
            self.kind, self.submit, self.control, self.election, self.form, self.slot, self.mapping, self.encoding,
            self.confirm_title, *(() if self.seen_at is None else (self.seen_at,)),
            *(() if self.reason is None else ("reason", self.reason)),
        ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A body as it came, on disk. `sha256`: in hex."""

    content: BinaryIO
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class KeepAsked:
    """A file that is only sent, to be looked at and taken later. `most`: bytes that it may have."""

    way: Way
    name: str
    most: int

    @classmethod
    def of(cls, given: QueryParams) -> KeepAsked:
        """InvalidInput for a way or a parameter that there is not."""
        for name in given:
            if name not in ("name", "way"):
                raise InvalidInput.at("parameter", name[:40], message("parameter_of_kind", names="name, way"))
        name = file_name(given.get("name") or "")
        match given.get("way") or "import":
            case "import":
                return cls("import", name, MAX_FILE)
            case "workbook":
                return cls("workbook", name, MAX_WORKBOOK)
            case other:
                raise InvalidInput.at("way", other[:40], message("one_of_these", names="import, workbook"))


async def received(request: Request, most: int | None = None) -> ReceivedFile:
    """The body, counted while it arrives; `most`: bytes [default: MAX_FILE]; InvalidInput when it is too long, encoded, or of a kind that forms send."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in MEDIA:
        told = message("one_of_these", names=", ".join(MEDIA))
        raise InvalidInput.at("Content-Type", repr(media[:60]), told)
    if "content-encoding" in request.headers:
        raise InvalidInput.at("Content-Encoding", request.headers["content-encoding"][:20], message("no_encoding")
        )  # fmt: skip
    hashed, size = hashlib.sha256(), 0
    allowed = MAX_FILE if most is None else most
    content = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever asked for it
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > allowed:
                too_long = message("more_bytes", most=allowed)
                raise InvalidInput.at("body", too_long, message("bytes_at_most", most=allowed))
            hashed.update(piece)
            content.write(piece)
    except BaseException:
        content.close()
        raise
    return ReceivedFile(content, hashed.hexdigest(), size)


def file_name(given: str) -> str:
    """A name of its last part, of what can be seen, that is a file's in any folder."""
    last = given.replace("\\", "/").rpartition("/")[2]
    seen = "".join(character for character in last if unicodedata.category(character)[0] != "C").strip(" .")
    return seen[-MAX_NAME:] or "file"


def _yes(name: str, given: QueryParams) -> bool:
    text = given.get(name) or "0"
    if text not in ("0", "1"):
        raise InvalidInput.at(name, repr(text)[:40], message("yes_or_no"))
    return text == "1"


def _position(name: str, given: QueryParams) -> int | None:
    text = given.get(name)
    if text and not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise InvalidInput.at(name, repr(text)[:40], message("ledger_position"))
    return int(text) if text else None


def _id(name: str, given: QueryParams) -> UUID | None:
    text = given.get(name)
    try:
        return None if not text else UUID(text)
    except ValueError:
        raise InvalidInput.at(name, repr(text)[:60], "UUID") from None


def _encoding(text: str | None) -> str | None:
    if text and text not in ENCODINGS:
        told = with_hint(message("one_of_these", names=", ".join(ENCODINGS)), text, ENCODINGS)
        raise InvalidInput.at("encoding", text[:40], told)
    return text or None


ENCODINGS = ("utf-8", "cp932", "utf-16")
