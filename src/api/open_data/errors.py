"""Why a file is not given, in words for who asks."""

from __future__ import annotations

from reporting.errors import ReportingError


class TooOften(ReportingError):
    """facts: `wait` (seconds). One caller may not crowd out the others."""

    code = "too_often"
    template_ja = "短い時間に多くのファイルが要求されました。{wait} 秒待ってから取得してください。"
    template_en = "Too many files were asked for in a short time. Wait {wait} seconds."


class BeingMade(ReportingError):
    """facts: `wait` (seconds). It is released, and its files are not ready yet."""

    code = "being_made"
    template_ja = "公表したファイルを用意しています。{wait} 秒後にもう一度取得してください。"
    template_en = "The released files are being made ready. Ask again in {wait} seconds."


class NotPublished(ReportingError):
    """facts: `asked` (what was asked for), `nearest` (an address that is there, or empty), `hint_ja`, `hint_en`. Whatever is not
    public is answered alike, whether it is there or not."""

    code = "not_published"
    template_ja = "{asked} というデータは公表されていません。{hint_ja}"
    template_en = "There is no published {asked}. {hint_en}"


class ReadOnly(ReportingError):
    """facts: `method`."""

    code = "only_read"
    template_ja = "このアドレスは読むだけです（{method} は使えません）。GET か HEAD で取得してください。"
    template_en = "This address can only be read, not asked by {method}. Use GET or HEAD."
