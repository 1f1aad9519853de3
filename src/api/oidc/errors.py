"""Why a login ends. No message carries anything of a token, a code or a secret: only a stable `reason` word."""

from __future__ import annotations

from api.oidc.messages import message
from reporting.errors import NotAuthenticated, NotAuthorised, Unavailable

REASONS = message.table("refused")
"""What each word of docs/login.md says."""
LACKS = message.table("provider_lacks")


class LoginRefused(NotAuthenticated):
    """facts: `reason`, one of the words in docs/login.md."""

    code = "login_refused"
    template_ja = "ログインできませんでした（{why}：{reason}）。/login からもう一度ログインしてください。続く場合は運用担当者に連絡してください。"
    template_en = "The login was not accepted ({why}: {reason}). Log in again at /login; if it happens again, tell the operator."

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason, why=str(REASONS[reason]))


class NoOffice(NotAuthorised):
    """The person is known, but holds no office here, or not the one asked for. facts: none."""

    code = "no_office"
    template_ja = (
        "本人確認はできましたが、その所属が登録されていません。上位の選挙管理委員会に登録を依頼してください。"
    )
    template_en = (
        "You are known, but no such office is registered for you. Ask the office above yours to register it."
    )


class SeveralOffices(NotAuthorised):
    """The person must say for which office they act. facts: `offices`."""

    code = "several_offices"
    template_ja = (
        "複数の所属があります（{offices}）。/login?office=… で所属を選んでログインし直してください。"
    )
    template_en = "You hold several offices ({offices}). Choose one: log in at /login?office=…"


class CrossSite(NotAuthorised):
    """A cookie session from another site's page, or without the header only our own pages send. facts: none."""

    code = "cross_site"
    template_ja = "他のサイトからの要求は受け付けられません。X-Reporting ヘッダーを付けて、同じサイトから送信してください。"
    template_en = (
        "Requests from other sites are not accepted. Send from the same site, with the header X-Reporting."
    )


class ProviderUnavailable(Unavailable):
    """The provider did not answer, or not with what its standard asks for. facts: `detail`, a word of LACKS and the
    HTTP status where there was one; `why`."""

    code = "provider_unavailable"
    template_ja = "認証基盤から正しい応答がありません（{why}：{detail}）。少し待ってからもう一度 /login を開いてください。"
    template_en = (
        "The identity provider gives no proper answer ({why}: {detail}). Wait a little and open /login again."
    )

    def __init__(self, *, detail: str, status: int | None = None) -> None:
        told = detail if status is None else f"{detail}, HTTP {status}"
        super().__init__(detail=told, why=str(LACKS[detail]))
