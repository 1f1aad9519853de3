"""Files that somebody sent and that are not dealt with: listed, discarded."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

import strawberry

from api.graphql.access import TOKEN, change, readable
from api.graphql.context import Info
from api.graphql.desk.answers import refusal
from api.graphql.messages import message
from api.graphql.mutations import InvalidRequest, NotAuthenticated, Unavailable
from api.graphql.types import Label, described
from reporting import uploads
from reporting.errors import InvalidInput, ReportingError

WAYS = message.table("way")


@strawberry.type(
    description="A file that was sent and is not dealt with. `GET /import/uploads/{id}` gives it as it was sent."
)
class Upload:
    id: strawberry.ID = described("a UUID; `upload=` of `POST /import/{kind}`")
    way: str = described("import, or workbook: one of ours that came back")
    way_label: Label = described("the same in words")
    name: str = described("as the sender last called it")
    sha256: str = described("of the file, hex")
    size: int = described("bytes")
    sent_at: datetime = described("the last time it was sent")
    kept_until: datetime = described("it is gone then, unless it is sent again")

    @classmethod
    def of(cls, upload: uploads.Upload) -> Upload:
        label = WAYS[upload.way]
        return cls(
            id=strawberry.ID(str(upload.upload_id)), way=upload.way, way_label=Label(ja=label.ja, en=label.en),
            name=upload.name, sha256=upload.sha256, size=upload.size, sent_at=upload.received_at,
            kept_until=upload.kept_until,
        )  # fmt: skip


def uploads_of(info: Info) -> list[Upload]:
    """The asker's own, the newest first."""
    waiting = info.context.uploads.waiting(info.context.require_actor())
    return [Upload.of(upload) for upload in reversed(waiting)]


@strawberry.input(description="A file that is not wanted any more. Sending it again is safe.")
class DiscardUploadInput:
    upload: strawberry.ID = described("one of the asker's own `uploads`")


@strawberry.input(
    description="A file to send; it waits until it is taken or discarded. Sending it again is safe."
)
class SendUploadInput:
    name: str = described("as it is called")
    content: str = described("the file, base64; a long one goes by `POST /import`")


@strawberry.type(description="A file waits.")
class UploadSent:
    upload: Upload = described("as it waits")


SendUploadOutcome = Annotated[
    UploadSent | NotAuthenticated | InvalidRequest | Unavailable,
    strawberry.union("SendUploadOutcome", description="A file waits, or why it does not."),
]


@strawberry.type(description="What is left after a file was discarded.")
class UploadDiscarded:
    discarded: bool = described("false: no such file of the asker's was there (any more)")
    uploads: list[Upload] = described("those that wait, the newest first")


DiscardUploadOutcome = Annotated[
    UploadDiscarded | NotAuthenticated | InvalidRequest | Unavailable,
    strawberry.union("DiscardUploadOutcome", description="What became of a file, or why nothing did."),
]


@strawberry.type(description="Files that were sent.")
class UploadQueries:
    @readable(
        TOKEN,
        "files that the asker sent, in whatever way, and that are not dealt with, the newest first: what is taken whole goes, and "
        "what nobody dealt with in 30 days",
    )
    def uploads(self, info: Info) -> list[Upload]:
        return uploads_of(info)


@strawberry.type(description="What becomes of files that were sent.")
class UploadMutations:
    @change("send a file that is taken or discarded later; nothing of it is read yet")
    def send_upload(
        self,
        info: Info,
        input: Annotated[SendUploadInput, strawberry.argument(description="the file")],
    ) -> SendUploadOutcome:
        try:
            actor, store = info.context.require_actor(), info.context.uploads
            kept = store.keep_bytes(actor, "import", input.name, content_of(input.content))
        except ReportingError as error:
            return cast("SendUploadOutcome", refusal(error))
        return UploadSent(upload=Upload.of(kept))

    @change("discard a file that was sent; nothing of it was taken, or what was taken stays. One's own only")
    def discard_upload(
        self,
        info: Info,
        input: Annotated[DiscardUploadInput, strawberry.argument(description="which")],
    ) -> DiscardUploadOutcome:
        try:
            actor, store = info.context.require_actor(), info.context.uploads
            wanted = _id(str(input.upload))
            upload = next((each for each in store.waiting(actor) if each.upload_id == wanted), None)
            if upload is not None:
                store.remove(upload)
        except ReportingError as error:
            return cast("DiscardUploadOutcome", refusal(error))
        return UploadDiscarded(discarded=upload is not None, uploads=uploads_of(info))


def content_of(text: str) -> bytes:
    """InvalidInput for what is no base64, and for an empty file."""
    try:
        content = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        content = b""
    if not content:
        raise InvalidInput.at("content", repr(text[:20]), message("file_in_base64"))
    return content


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput.at("upload", repr(text)[:60], "UUID") from None
