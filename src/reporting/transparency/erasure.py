"""Erase what stands about a person in the ledger's commands, and the files they sent; every proof stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from reporting.database.connect import Database
from reporting.errors import InvalidInput, ReportingError
from reporting.transparency.log import SQL
from reporting.transparency.messages import message

OWNER = "ledger_owner"


class NothingErased(ReportingError):
    """facts: none. A name that is spelled otherwise in the ledger must not pass for one that was erased."""

    code = "nothing_erased"
    template_ja = (
        "その氏名・操作番号の記録は残っていません。消去していません。綴りが記録どおりか確認してください。"
    )
    template_en = "Nothing stands under that name or command any more; nothing was erased. Check that it is spelled as in the ledger."


@dataclass(frozen=True, slots=True)
class Erased:
    """How many commands lost their words; how many files that waited, and addresses to be told at, are gone."""

    commands: int
    files: int
    addresses: int = 0


def erase(
    database: Database, person: str | None, commands: Sequence[UUID] = (), *, by: str, ground: str
) -> Erased:
    """Words and salts of every command the person sent or had sent for them, and of the commands named besides (a
    reason that mentions somebody); the files that the person sent and did not deal with, with their names; and where the
    person was told of what happened.
    Needs a login that may act as the owner.

    The deed is kept in `ledger.erasure`: who, when, why and which commands, never the words.
    """
    if not by.strip() or not ground.strip() or not (person or commands):
        raise InvalidInput(
            field="erase",
            found="—",
            expected=message("erasure_needs"),
        )
    with database.connect(OWNER) as connection:
        row = connection.execute(SQL["erase"], (person, list(commands), by, ground)).fetchone()
        files = connection.execute(SQL["erase_files"], (person,)).fetchone()
        addresses = connection.execute(SQL["erase_addresses"], (person,)).fetchone()
        assert row is not None
        assert files is not None
        assert addresses is not None
        if (files[0] or addresses[0]) and not row[0]:
            connection.execute(SQL["keep_erasure"], (by, ground))
    with database.connect(OWNER, autocommit=True) as connection:
        connection.execute(SQL["tidy"])
    return Erased(int(row[0]), int(files[0]), int(addresses[0]))
