"""Erase names and reasons that two people disposed of, and a person's files; every proof stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.errors import InsufficientPrivilege

from reporting.database.connect import Database
from reporting.errors import InvalidInput, ReportingError
from reporting.transparency.log import SQL
from reporting.transparency.messages import message

OWNER = "ledger_owner"
REFUSES = "retention: "
"""How a refusal of the database's own gate begins; a code follows."""


class NothingErased(ReportingError):
    """facts: none. A name that is spelled otherwise in the ledger must not pass for one that was erased."""

    code = "nothing_erased"
    template_ja = (
        "その氏名・操作番号の記録は残っていません。消去していません。綴りが記録どおりか確認してください。"
    )
    template_en = "Nothing stands under that name or command any more; nothing was erased. Check that it is spelled as in the ledger."


class NotDisposable(ReportingError):
    """facts: `disposal`. What the database says whatever way it is asked; `why` is its word for the logs."""

    code = "not_disposable"
    template_ja = "{disposal} は消去できません: {why_ja}。「reporting retention due」で保存期間と廃棄停止を確かめてください。"
    template_en = (
        "{disposal} cannot be erased: {why_en}. Look at periods and holds with `reporting retention due`."
    )


@dataclass(frozen=True, slots=True)
class Erased:
    """How many commands lost their words; how many files that waited, and addresses to be told at, are gone."""

    commands: int
    files: int
    addresses: int = 0


def erase(
    database: Database,
    disposal: str,
    person: str | None,
    commands: Sequence[UUID] = (),
    *,
    by: str,
    ground: str,
) -> Erased:
    """Words and salts of every command that a disposal is about, and the files its person sent and did not deal with, with their
    names, and where the person was told of what happened. Needs a login that may act as the owner. NotDisposable where two
    people have not decided it, its time has not come, it is under hold, or these are not the commands they meant: the database decides, not who calls. A second call answers the first.

    The deed is kept in `ledger.erasure`: who, when, why and which commands, never the words.
    """
    if not by.strip() or not ground.strip():
        raise InvalidInput(field="erase", found="—", expected=message("erasure_needs"))
    try:
        with database.connect(OWNER) as connection:
            row = connection.execute(SQL["erase"], (disposal, person, list(commands), by, ground)).fetchone()
    except InsufficientPrivilege as refused:
        why = (refused.diag.message_primary or "").removeprefix(REFUSES)
        if why == refused.diag.message_primary:
            raise
        raise NotDisposable(disposal=disposal, **message.table("not_disposable")[why].named("why")) from None
    assert row is not None
    with database.connect(OWNER, autocommit=True) as connection:
        connection.execute(SQL["tidy"])
    return Erased(*map(int, row))
