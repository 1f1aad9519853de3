"""What a person at the terminal reads when something does not work: one message, Japanese then English."""

from __future__ import annotations

import errno
import re
import shutil
import traceback
from pathlib import Path
from typing import IO, Any, ClassVar, TypeGuard

import click
import psycopg

from api.cli.messages import message
from reporting.errors import ReportingError, Unavailable
from reporting.files.problems import SHOWN, FileRefused
from reporting.outside import FULL_HOUSE, of_database, of_system

NO_ROLE = re.compile(r'"reporting_(writer|projector|reader|signer|copier)"(?: does not exist|は存在しません)')
"""Migrations make these. A connection that is refused has no SQLSTATE, only words, in the language of the server (`lc_messages`)."""
OTHER_DUTY = re.compile(
    r'permission denied to set role "|ロール"\w+"を設定する権限がありません|(?:role |ロール)"reporting_|CONNECT privilege|CONNECT権限'
)
UNMIGRATED = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.UndefinedFunction,
)


class Failure(click.ClickException):
    """Exit code 1 with a `ReportingError`'s two sentences."""

    exit_code = 1

    def __init__(self, error: ReportingError) -> None:
        self.error = error
        super().__init__(str(error))

    def show(self, file: IO[Any] | None = None) -> None:
        if isinstance(self.error, FileRefused):
            for problem in self.error.problems[:SHOWN]:
                click.echo(str(problem), file=file, err=file is None)
        if said := self.error.facts.get("said"):
            click.echo(f"{message('as_told')}: {said}", file=file, err=file is None)
        told = self.error.for_operator
        error = message.words("error", said_ja=told.ja.rstrip(), said_en=told.en.rstrip())
        click.echo(error.ja, file=file, err=file is None)
        click.echo(f"{error.en} [{self.error.code}]", file=file, err=file is None)


class NotMigrated(ReportingError):
    """facts: none."""

    code = "not_migrated"
    template_ja = "データベースの準備ができていません。先に reporting migrate を実行してください。"
    template_en = "The database is not prepared. Run `reporting migrate` first."


class NotPermitted(ReportingError):
    """facts: `detail`. The database's grants, not this product's offices."""

    code = "not_permitted"
    template_ja = "データベースの URL（REPORTING_DATABASE_URL、または --server）のログインにはこの操作の権限がありません。deploy/README.md の表にあるログインで実行し、新しいデータベースでは deploy/roles.sql も実行してください。（{detail}）"
    template_en = (
        "The login of the database's address (REPORTING_DATABASE_URL, or --server) may not do this ({detail}). Use the one that deploy/README.md names for it; "
        "in a new database run deploy/roles.sql too."
    )


class DatabaseLost(ReportingError):
    """facts: `detail`. `Unavailable` as it is told at a terminal, where nobody has a command id to send again with."""

    code = Unavailable.code
    template_ja = "データベースを使えません。動いているか、接続先の設定が正しいかを確認し、もう一度実行してください。（{detail}）"
    template_en = "The database cannot be used ({detail}). See whether it runs and is the one meant, then run the command again."


class DatabaseReadsAlone(ReportingError):
    """facts: none. A standby, or a login that reads alone."""

    code = "read_only"
    template_ja = (
        "データベースの URL（REPORTING_DATABASE_URL、または --server）の先は待機系か閲覧専用で、変更を受け付けません。何も変えていません。主系の URL を指定するか、"
        "postgresql://利用者@a,b/reporting?target_session_attrs=read-write のように両方を書いてください。"
    )
    template_en = (
        "The database of that address (REPORTING_DATABASE_URL, or --server) is a standby or read-only and takes no changes. Nothing was changed. Name the primary, or "
        "both as in postgresql://user@a,b/reporting?target_session_attrs=read-write."
    )


class FileUnusable(ReportingError):
    """facts: `path`, `detail`."""

    code = "file_problem"
    template_ja = "ファイル {path} を扱えません。場所と権限を確認してください。（{detail}）"
    template_en = "The file {path} cannot be used ({detail}). Check its place and permissions."


class DiskFull(ReportingError):
    """facts: `path`, empty where the system did not say."""

    code = "disk_full"
    template_ja = "書き込み先のディスクに空き容量がありません。空きを作り、もう一度実行してください。{path}"
    template_en = (
        "No space is left on the disk that this is written to. Make room, then run the command again. {path}"
    )


class Internal(ReportingError):
    """facts: `detail`."""

    code = "internal"
    template_ja = "プログラムの誤りです。REPORTING_DEBUG=1 を付けて再実行し、その出力を開発者に送ってください。（{detail}）"
    template_en = (
        "This is a fault of the program ({detail}). Run again with REPORTING_DEBUG=1 and send the output."
    )


class Different(ReportingError):
    """facts: `detail`. The views do not say what the ledger says."""

    code: ClassVar[str] = "different"
    template_ja = "集計が記録と一致しません。reporting projections rebuild を実行してください。（{detail}）"
    template_en = "The views differ from the ledger ({detail}). Run `reporting projections rebuild`."


def as_failure(error: Exception) -> Failure:
    """Any exception as a message; what nobody foresaw is an `Internal`, never a traceback."""
    if type(error) is Unavailable:  # what is derived from it has words of its own
        if isinstance(error.__cause__, psycopg.OperationalError) or _of_a_standby(error.__cause__):
            return as_failure(error.__cause__)
        return Failure(DatabaseLost(**error.facts))
    if isinstance(error, ReportingError):
        return Failure(error)
    if not isinstance(error, psycopg.Error) and isinstance(error.__cause__, psycopg.Error):
        return as_failure(error.__cause__)  # in the words of a library that the log is read with
    if _of_a_standby(error):
        return Failure(DatabaseReadsAlone(said=first_line(error)))
    if isinstance(error, UNMIGRATED) or NO_ROLE.search(str(error)):
        return Failure(NotMigrated())
    if isinstance(error, psycopg.errors.InsufficientPrivilege) or (
        OTHER_DUTY.search(str(error)) and not FULL_HOUSE.search(str(error))  # a login's limit names its role
    ):
        return Failure(NotPermitted(detail=of_database(error), said=first_line(error)))
    if isinstance(error, psycopg.ProgrammingError) and error.sqlstate is None:
        # Its words quote an address, and the password in it.
        return Failure(DatabaseLost(detail=of_database(error)))
    if isinstance(error, psycopg.Error):
        return Failure(DatabaseLost(detail=of_database(error), said=first_line(error)))
    if isinstance(error, shutil.Error):
        return as_failure(_first_of(error))
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failure(DiskFull(path=error.filename or ""))
    if isinstance(error, OSError):
        return Failure(FileUnusable(path=error.filename or "—", detail=of_system(error)))
    return Failure(Internal(detail=_where(error), said=first_line(error)))


def _first_of(copy: shutil.Error) -> OSError:
    """What the copy of a folder met first: the library tells each as source, target and words."""
    (_, target, words), *_ = copy.args[0]
    number = re.match(r"\[Errno (\d+)\]", str(words))
    return OSError(int(number[1]) if number else 0, str(words), str(target))


def _of_a_standby(error: BaseException | None) -> TypeGuard[Exception]:
    """By itself or as a library tells it."""
    return isinstance(error, psycopg.errors.ReadOnlySqlTransaction) or (
        error is not None and isinstance(error.__cause__, psycopg.errors.ReadOnlySqlTransaction)
    )


def _where(error: Exception) -> str:
    """The kind of error and the last place of our code that it came through."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename
    ]
    at = f" {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{at}"


def first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
