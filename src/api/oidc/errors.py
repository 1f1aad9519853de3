"""Why a login ends. No message carries anything of a token, a code or a secret: only a stable `reason` word."""

from __future__ import annotations

from collections.abc import Mapping

from reporting.errors import NotAuthenticated, NotAuthorised, Unavailable

REASONS: Mapping[str, str] = {
    "cookie": "始めたときのクッキーがないか、期限が過ぎた / the cookie of its beginning is missing or too old",
    "state": "始めたときの要求と違う / it is not the login that was begun",
    "replay": "一度使われた返事 / an answer that was used before",
    "code": "認可コードが使えない / the code does not count",
    "parameters": "要求の項目が違う / parameters that do not fit",
    "access_denied": "認証サービスが拒んだ / the provider refused",
    "login_required": "認証サービスでのログインが要る / the provider asks for a login there",
    "interaction_required": "認証サービスでの操作が要る / the provider asks for a step there",
    "consent_required": "認証サービスでの同意が要る / the provider asks for consent",
    "provider": "認証サービスが断った / the provider said no",
    "issuer": "発行者が設定と違う / another issuer than the settings name",
    "audience": "宛先が設定と違う / another audience than the settings name",
    "algorithm": "署名方式が設定と違う / another algorithm than the settings name",
    "key": "署名の鍵が見つからない / no such key",
    "signature": "署名が合わない / the signature does not fit",
    "acr": "求めた認証の強さでない / another strength of login than demanded",
    "time": "時刻が合わない / its times do not fit",
    "size": "トークンが大きすぎる / a token too large",
    "form": "トークンの形式が違う / not the form of a token",
    "nonce": "この要求のトークンでない / not the token of this request",
    "subject": "だれのものか書かれていない / it does not say whose it is",
}
"""What each word of docs/login.md says."""
LACKS: Mapping[str, str] = {
    "address": "アドレスが安全でない / an address that is not safe",
    "time": "時間内に応答がない / no answer in time",
    "connection": "接続できない / no connection",
    "size": "応答が大きすぎる / an answer too large",
    "waiting": "前の失敗の後、待っている / waiting after a failure",
    "document": "設定の文書として読めない / not the document of its standard",
    "jwks_uri": "鍵の場所が書かれていない / it does not say where its keys are",
    "token": "トークンが返らない / it gives no token",
    "secret": "REPORTING_OIDC_CLIENT_SECRET_FILE が読めない / REPORTING_OIDC_CLIENT_SECRET_FILE cannot be read",
    "file": "ファイルが読めない / the file cannot be read",
    "HTTP": "正しい応答でない / not a proper answer",
}


class LoginRefused(NotAuthenticated):
    """facts: `reason`, one of the words in docs/login.md."""

    code = "login_refused"
    template_ja = "ログインできませんでした（{why}：{reason}）。/login からもう一度ログインしてください。続く場合は運用担当者に連絡してください。"
    template_en = "The login was not accepted ({why}: {reason}). Log in again at /login; if it happens again, tell the operator."

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason, why=REASONS[reason])


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
        super().__init__(detail=told, why=LACKS[detail])
