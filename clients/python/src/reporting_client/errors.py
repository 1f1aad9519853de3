"""What can go wrong, each with a stable `code` and what to do in Japanese and English (`ja`, `en`).

`RefusedByServer` and its kinds carry the API's own code and words; the others are the client's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class ReportingError(Exception):
    """Base of all. `facts`: what the words are about, by name."""

    code: ClassVar[str] = "CLIENT_ERROR"
    template_ja: ClassVar[str] = "{detail}"
    template_en: ClassVar[str] = "{detail}"

    def __init__(self, **facts: object) -> None:
        self.facts: Mapping[str, object] = facts
        self.ja = self.template_ja.format(**facts)
        self.en = self.template_en.format(**facts)
        super().__init__(f"{self.ja} / {self.en}")


class RefusedByServer(ReportingError):
    """The API refused, in its own words. `code`: the API's; `status`: of HTTP; `suggestions`: codes that may have been meant;
    `request_id`: what to tell the operator, or empty."""

    def __init__(self, code: str, ja: str, en: str, facts: Mapping[str, object], status: int = 200) -> None:
        Exception.__init__(self, f"{ja} / {en}" if ja != en else en)
        self.code = code  # type: ignore[misc]  # of each, not of the class
        self.ja, self.en, self.facts, self.status = ja, en, facts, status
        listed = facts.get("suggestions")
        self.suggestions: tuple[str, ...] = tuple(map(str, listed)) if isinstance(listed, list) else ()
        self.request_id = str(facts.get("requestId", ""))


class UnknownCode(RefusedByServer):
    """A code that nobody registered; `suggestions` and the words name the nearest."""


class InvalidRequest(RefusedByServer):
    """An argument that is not accepted; `facts` say which and what is."""


class TokenRefused(RefusedByServer):
    """No token, or one that does not count: wrong, expired, logged out."""


class NotAllowed(RefusedByServer):
    """The token's office may not read that."""


class NotPublished(RefusedByServer):
    """No such release or file is public. `nearest`: an address that is there, or empty."""

    @property
    def nearest(self) -> str:
        return str(self.facts.get("nearest", ""))


class Busy(RefusedByServer):
    """The server cannot now, or asks for patience, and did so still after every repeat. `retry_after`: seconds, or None."""

    retry_after: float | None = None


class ServerAway(ReportingError):
    """facts: `url`, `detail`."""

    code = "SERVER_AWAY"
    template_ja = "{url} に接続できません（{detail}）。アドレスと回線を確認し、しばらくしてからもう一度実行してください。"
    template_en = "{url} cannot be reached ({detail}). Check the address and the line, and try again later."


class NotThisApi(ReportingError):
    """facts: `url`, `detail`. Something answers there, and it is no such server."""

    code = "NOT_THIS_API"
    template_ja = "{url} は選挙結果報告システムの API ではありません（{detail}）。サーバーの最上位のアドレス（https://HOST）を指定してください。"
    template_en = "{url} is not the API of a reporting server ({detail}). Give the server's topmost address (https://HOST)."


class NewerServer(ReportingError):
    """facts: `detail`. The answer means something that this version of the client does not know: it is not guessed."""

    code = "NEWER_SERVER"
    template_ja = "サーバーの応答に、この版の reporting_client が知らないもの（{detail}）があります。reporting_client を新しい版にしてください。"
    template_en = "The server's answer holds what this version of reporting_client does not know ({detail}). Install a newer reporting_client."


class PagesDisagree(ReportingError):
    """facts: `detail`. Pages of one series did not fit together; nothing of it was given out as a whole."""

    code = "PAGES_DISAGREE"
    template_ja = "ページのつながりが正しくありません（{detail}）。途中までの結果は返しません。最初から取得し直してください。"
    template_en = "The pages do not fit together ({detail}). No part of them is returned. Ask for the series again from its start."


class InvalidArgument(ReportingError, ValueError):
    """facts: `field`, `found`, `expected_ja`, `expected_en`."""

    code = "INVALID_ARGUMENT"
    template_ja = "引数 {field} の値 {found} は使えません。{expected_ja}を指定してください。"
    template_en = "The value {found} of the argument {field} cannot be used. Give {expected_en}."


class MissingExtra(ReportingError, ImportError):
    """facts: `package`, `extra`."""

    code = "MISSING_EXTRA"
    template_ja = (
        "{package} がインストールされていません。pip install 'reporting-client[{extra}]' を実行してください。"
    )
    template_en = "{package} is not installed. Run pip install 'reporting-client[{extra}]'."


class DownloadBroken(ReportingError):
    """facts: `file`, `received`, `expected` (bytes). Cut off again after every repeat; nothing is left under the file's name."""

    code = "DOWNLOAD_BROKEN"
    template_ja = "{file} の取得が途中で切れました（{expected} バイト中 {received} バイト）。何も保存していません。もう一度取得してください。"
    template_en = "The download of {file} was cut off ({received} of {expected} bytes). Nothing was kept. Download it again."


class NotAsReleased(ReportingError):
    """facts: `file`, `detail_ja`, `detail_en`. Nothing that failed is left under its name by a download."""

    code = "NOT_AS_RELEASED"
    template_ja = "{file} は公表されたものと一致しません（{detail_ja}）。使わずに公表元から取り直し、続くときは公表元に知らせてください。"
    template_en = "{file} is not what was released ({detail_en}). Do not use it: get it again from the publisher, and tell them if it stays so."


class NotFullyVerified(UserWarning):
    """Nothing was found wrong, and something could not be checked: its words name it."""


KINDS: Mapping[str, type[RefusedByServer]] = {
    "UNKNOWN_REFERENCE": UnknownCode,
    "INVALID_INPUT": InvalidRequest,
    "INVALID_REQUEST": InvalidRequest,
    "NOT_AUTHENTICATED": TokenRefused,
    "NOT_AUTHORISED": NotAllowed,
    "NOT_PUBLISHED": NotPublished,
    "UNAVAILABLE": Busy,
    "TOO_OFTEN": Busy,
    "BEING_MADE": Busy,
    "NOT_YET_PROJECTED": Busy,
}
"""The API's code → the exception. Any other code is a plain RefusedByServer."""
