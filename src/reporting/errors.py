"""The one root error of this package, and the kinds a caller can tell apart.

Every message says what the clerk should do, in Japanese first and English second; `facts` carries the
same as data, so that an interface can render its own words. What is expected or needed, a detail and the why of something
are written `日本語 / English`; each message takes its part. What others say (a library, another server) is the fact `said`,
which no message holds: `tests/house/test_messages.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from reporting.messages import message
from reporting.suggest import hint, near
from reporting.words import Words, bilingual


class ReportingError(Exception):
    """Something the caller can act on. `code` is stable; `facts` is JSON-ready."""

    code: ClassVar[str] = "reporting_error"
    template_ja: ClassVar[str] = "処理できませんでした。{detail}"
    template_en: ClassVar[str] = "The request could not be carried out. {detail}"
    operator_ja: ClassVar[str] = ""
    operator_en: ClassVar[str] = ""
    """What the operator reads instead, at a terminal, where the others tell whoever reads them to tell the operator. Of a class, and
    of those derived from it that have no templates of their own."""

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(f"{self.message_ja} / {self.message_en}")

    def told(self, name: str, language: int) -> str:
        """A fact as it stands in a message: 0 Japanese, 1 English."""
        return str(_in(language, self.facts)[name])

    @property
    def message_ja(self) -> str:
        return self.template_ja.format_map(_Facts(_in(0, self.facts)))

    @property
    def message_en(self) -> str:
        return self.template_en.format_map(_Facts(_in(1, self.facts)))

    @property
    def for_operator(self) -> Words:
        own = next(vars(kind) for kind in type(self).__mro__ if "template_ja" in vars(kind))
        if not own.get("operator_ja"):
            return Words(self.message_ja, self.message_en)
        ja, en = (_Facts(_in(language, self.facts)) for language in (0, 1))
        return Words(own["operator_ja"].format_map(ja), own["operator_en"].format_map(en))


def _in(language: int, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts in one language: 0 Japanese, 1 English."""
    told = {name: "—" if value is None else value for name, value in facts.items()}
    for name in ("expected", "needed", "detail", "found", "why"):
        if isinstance(text := facts.get(name), str) and (both := bilingual(text)):
            told[name] = both[language]
    if facts.get("found") == "":
        told["found"] = message.words("blank")[language]
    return told


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"


class InvalidInput(ReportingError):
    """facts: `field`, `found`, `expected`."""

    code = "invalid_input"
    template_ja = "「{field}」の値 {found} は受け付けられません。{expected} を入力してください。"
    template_en = "The value {found} of “{field}” is not accepted. Enter {expected}."

    @classmethod
    def at(cls, field: str, there: object, expected: str) -> InvalidInput:
        """`there`: what stands in the field."""
        return cls(field=field, found=there, expected=expected)


KINDS = message.table("kind")
"""What codes stand for."""


class UnknownReference(ReportingError):
    """facts: `kind` (a key of KINDS), `found`, `suggestions` (codes that may have been meant). `among`: the codes that
    there are, or code → name; `within`: of which election, form …"""

    code = "unknown_reference"
    template_ja = "{kind_ja} {found} は登録されていません。{hint_ja}コードを確認してください。"
    template_en = "There is no {kind} {found}{within_en}. {hint_en}Check the code."

    def __init__(self, *, kind: str, found: object, among: Iterable[str] = (), within: str = "") -> None:
        codes = among if isinstance(among, Mapping) else list(among)
        ja, en = hint(str(found), codes)
        told = KINDS[kind].ja
        place = message.words("within", within=within) if within else Words("", "")
        super().__init__(
            kind=kind, found=found, suggestions=list(near(str(found), codes)), hint_ja=ja, hint_en=en and f"{en} ",
            kind_ja=f"{place.ja}{told}", within_en=place.en,
        )  # fmt: skip


class NotDefinedYet(UnknownReference):
    """What is asked as of a moment before the election was defined. facts: those of UnknownReference (`found`: the election),
    `position`, `since`."""

    template_ja = "選挙 {found} は、台帳 {position} の時点ではまだ定義されていません。台帳 {since} から後の時点を指定してください。"
    template_en = "The election {found} was not defined yet at ledger position {position}. Ask for {since} or a later one."

    def __init__(self, election: str, position: int, since: int) -> None:
        super().__init__(kind="election", found=election)
        self.facts |= {"position": position, "since": since}
        self.args = (f"{self.message_ja} / {self.message_en}",)


def expected_instead(unknown: UnknownReference) -> str:
    """What a file should hold instead of an unknown code, in both languages."""
    hint_ja, hint_en = str(unknown.facts["hint_ja"]), str(unknown.facts["hint_en"])
    return message(
        "a_registered_one",
        kind_ja=unknown.facts["kind_ja"],
        kind_en=unknown.facts["kind"],
        hint_ja=f"（{hint_ja.rstrip('。')}）" if hint_ja else "",
        hint_en=f" ({hint_en.strip()})" if hint_en else "",
    )


class VersionConflict(ReportingError):
    """facts: `stream_id`, `expected`, `actual`; `changed_by`, `changed_at`, `cells` (keys) and the return's `form`, `slot`,
    `unit` where known."""

    code = "version_conflict"
    template_ja = "他の人が先に更新しました（版 {expected} のつもりが現在 {actual}）。最新の値を読み直してから、もう一度送信してください。"
    template_en = "Someone else changed it first (you had version {expected}, it is now {actual}). Read the latest values and send again."


class FiguresCame(VersionConflict):
    """facts: as of a VersionConflict. Figures came into the election while its change was weighed against those there."""

    template_ja = "変更を確かめている間に数値が届きました。もう一度送信してください。"
    template_en = "Figures came in while the change was weighed against those there are. Send it again."


class DraftMoved(VersionConflict):
    """facts: as of a VersionConflict, and `cells` (keys), `cells_ja`, `cells_en` (in words), `persons` who typed them. The
    draft holds what the sender has not seen."""

    template_ja = (
        "途中保存に、確認していない値があります：{cells_ja}（{persons}）。途中保存（版 {actual}）を読み直し、"
        "確認したうえで draftVersion を付けて送信してください。"
    )
    template_en = (
        "The draft holds what you have not seen: {cells_en} ({persons}). Read the draft (version {actual}) and send again "
        "with draftVersion."
    )


class CommandIdReused(ReportingError):
    """facts: `command_id`."""

    code = "command_id_reused"
    template_ja = "同じ操作番号 {command_id} で別の内容が送られました。新しい操作番号で送り直してください。"
    template_en = "Command id {command_id} was already used for another content. Send again with a new id."


class NotAuthorised(ReportingError):
    """facts: `operation`, `office`, `needed`."""

    code = "not_authorised"
    template_ja = "{office} にはこの操作（{operation_ja}）の権限がありません。{needed} に依頼してください。"
    template_en = "{office} may not do this ({operation}). Ask {needed}."

    def __init__(self, **facts: Any) -> None:
        super().__init__(**{"operation_ja": facts.get("operation", "—"), **facts})


class NotNowSeen(NotAuthorised):
    """facts: as of NotAuthorised; `needed` says when, as “after release”: nobody need be asked."""

    template_ja = "{office} がこれを見られるのは、{needed}です。"
    template_en = "{office} may see this only {needed}."


class NotAuthenticated(ReportingError):
    """facts: `detail`."""

    code = "not_authenticated"
    template_ja = "ログインが必要です。{detail}"
    template_en = "Log in first. {detail}"


class CannotDecode(ReportingError):
    """A stored event nobody can read. facts: `position`, `type`, `type_version`, `detail`."""

    code = "cannot_decode"
    template_ja = "位置 {position} のイベント {type} v{type_version} を読めません。運用担当者に連絡してください。{detail}"
    template_en = (
        "Event {type} v{type_version} at position {position} cannot be read. Tell the operator. {detail}"
    )
    operator_ja = "位置 {position} のイベント {type} v{type_version} を読めません（{detail}）。このイベントを読める版のプログラムで実行してください。"
    operator_en = "Event {type} v{type_version} at position {position} cannot be read ({detail}). Run the build that reads it."


class HeldElsewhere(ReportingError):
    """facts: `election`, `log`, `address` (None where nobody said). Another log of the installation holds the election: sent again
    here it would never succeed; with the same command id there it counts once."""

    code = "held_elsewhere"
    template_ja = (
        "選挙 {election} は別の台帳 {log} にあります。同じ操作番号のまま、{address} へ送信してください。"
    )
    template_en = (
        "Election {election} is in another ledger, {log}. Send it with the same command id to {address}."
    )
    operator_ja = "選挙 {election} は別の台帳 {log}（{address}）にあります。REPORTING_LOG={log} とし、REPORTING_DATABASE_URL をその台帳のデータベースにして、もう一度実行してください。"
    operator_en = (
        "Election {election} is in another ledger, {log} ({address}). Run this again with REPORTING_LOG={log} and with the database of that "
        "ledger in REPORTING_DATABASE_URL."
    )


class BeingMoved(ReportingError):
    """facts: `election`, `log`, `address` (None where nobody said). It is on its way to another log of the installation: no log takes
    its events until it has arrived there. Safe to send again with the same command id."""

    code = "being_moved"
    template_ja = (
        "選挙 {election} は台帳 {log} への移動中で、いまはどこにも記録できません。入力したものはそのまま残し、数分たってから、"
        "同じ操作番号でもう一度送信してください。続くときは運用担当者に連絡してください。"
    )
    template_en = (
        "Election {election} is being moved to the ledger {log}; nobody can record anything of it right now. Keep what was typed and send "
        "it again in a few minutes, with the same command id. Tell the operator if this goes on."
    )
    operator_ja = (
        "選挙 {election} は台帳 {log} への移動中で、いまはどこにも記録できません。移動が途中で終わっているなら、同じ reporting logs move "
        "をもう一度実行してください。"
    )
    operator_en = (
        "Election {election} is being moved to the ledger {log}; nobody can record anything of it right now. If the move was ended in "
        "the middle, run the same `reporting logs move` again."
    )


class Unavailable(ReportingError):
    """facts: `detail`. Safe to send again with the same command id."""

    code = "unavailable"
    template_ja = "ただいま処理できません。同じ操作番号でもう一度送信してください。{detail}"
    template_en = "Not possible right now. Send again with the same command id. {detail}"
