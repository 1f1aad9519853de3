"""`/sign-in`: to the identity provider, or, where there is none, a choice among practice people."""

from __future__ import annotations

from pathlib import Path

from api.console.page import Page
from api.console.words import said

ROLES = {
    "ward": said("区の選挙管理委員会"),
    "municipality": said("市区町村の選挙管理委員会"),
    "prefecture": said("都道府県の選挙管理委員会"),
    "ministry": said("総務省"),
    "auditor": said("監査"),
    "analyst": said("分析"),
    "system": said("システム"),
}

PAGE = Page(
    folder=Path(__file__).parent,
    address="/sign-in",
    title=lambda asked, answer: asked.words.of("ログイン"),
    show=lambda asked, answer: {"roles": ROLES},
)
