"""What the operating system, the network and the database say, in our words; theirs go beside a message, never into it."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Mapping

SYSTEM: Mapping[int, str] = {
    errno.ENOENT: "その名前のものがない / nothing of that name",
    errno.EACCES: "権限がない / no permission",
    errno.EPERM: "権限がない / no permission",
    errno.EISDIR: "ファイルでなくフォルダー / a folder, not a file",
    errno.ENOTDIR: "フォルダーでない / not a folder",
    errno.EEXIST: "既にある / it is there already",
    errno.ENOTEMPTY: "フォルダーが空でない / the folder is not empty",
    errno.ENOSPC: "空き容量がない / no space left",
    errno.EROFS: "書き込めない場所 / a place nobody can write to",
    errno.EFBIG: "大きすぎる / too large",
    errno.ENAMETOOLONG: "名前が長すぎる / the name is too long",
    errno.EMFILE: "開いているファイルが多すぎる / too many open files",
    errno.ENFILE: "開いているファイルが多すぎる / too many open files",
    errno.EADDRINUSE: "使用中 / in use",
    errno.EADDRNOTAVAIL: "この機械のアドレスでない / not an address of this machine",
    errno.ECONNREFUSED: "接続を受け付けていない / it takes no connections",
    errno.ECONNRESET: "接続が切れた / the connection was cut",
    errno.EPIPE: "接続が切れた / the connection was cut",
    errno.ETIMEDOUT: "時間内に応答がない / no answer in time",
    errno.EHOSTUNREACH: "届かないアドレス / an address out of reach",
    errno.ENETUNREACH: "届かないアドレス / an address out of reach",
}


def of_system(error: BaseException) -> str:
    """`日本語 / English` of an OSError or of what one is the reason of; an unforeseen one by its name."""
    cause = getattr(error, "reason", None)
    if isinstance(cause, BaseException):
        error = cause
    if isinstance(error, ssl.SSLError):
        return "暗号化通信の証明書か設定が合わない / the certificate or its settings do not fit (TLS)"
    if isinstance(error, socket.gaierror):
        return "その名前のアドレスが見つからない / no address of that name"
    if isinstance(error, TimeoutError):
        return SYSTEM[errno.ETIMEDOUT]
    number = (error.errno if isinstance(error, OSError) else None) or 0
    if number in SYSTEM:
        return SYSTEM[number]
    name = errno.errorcode.get(number, type(error).__name__)
    return f"原因の名前は {name} / known as {name}"


def of_database(error: BaseException | None) -> str:
    """`日本語 / English` of an error of the database driver: its SQLSTATE, where the server gave one."""
    state = getattr(error, "sqlstate", None)
    if state:
        return f"データベースの返事は SQLSTATE {state} / the database answers SQLSTATE {state}"
    name = type(error).__name__
    return f"データベースに接続できない（{name}） / no connection to the database ({name})"
