"""What the operating system, the network and the database say, in our words; theirs go beside a message, never into it."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Mapping

from reporting.messages import message

SYSTEM: Mapping[int, str] = {
    errno.ENOENT: message("nothing_of_that_name"),
    errno.EACCES: message("no_permission"),
    errno.EPERM: message("no_permission"),
    errno.EISDIR: message("a_folder_not_a_file"),
    errno.ENOTDIR: message("not_a_folder"),
    errno.EEXIST: message("it_is_there_already"),
    errno.ENOTEMPTY: message("the_folder_is_not_empty"),
    errno.ENOSPC: message("no_space_left"),
    errno.EROFS: message("a_place_nobody_can_write"),
    errno.EFBIG: message("too_large"),
    errno.ENAMETOOLONG: message("the_name_is_too_long"),
    errno.EMFILE: message("too_many_open_files"),
    errno.ENFILE: message("too_many_open_files"),
    errno.EADDRINUSE: message("in_use"),
    errno.EADDRNOTAVAIL: message("not_an_address_of_this_machine"),
    errno.ECONNREFUSED: message("it_takes_no_connections"),
    errno.ECONNRESET: message("the_connection_was_cut"),
    errno.EPIPE: message("the_connection_was_cut"),
    errno.ETIMEDOUT: message("no_answer_in_time"),
    errno.EHOSTUNREACH: message("an_address_out_of_reach"),
    errno.ENETUNREACH: message("an_address_out_of_reach"),
}

DATABASE: Mapping[str, str] = {
    "53100": message("the_databases_disk_is_full"),
    "53200": message("the_database_has_no_memory_left"),
    "53300": message("the_database_takes_no_more_connections"),
}
"""By SQLSTATE: what its operator alone can mend, and would else look for in the settings."""
FULL_HOUSE = re.compile(
    r"too many (?:connections|clients)|connection slots|\u304c\u591a\u3059\u304e\u307e\u3059|\u63a5\u7d9a\u30b9\u30ed\u30c3\u30c8"
)
"""The same of a connection that is refused, which has no SQLSTATE: the words of a server, which may speak Japanese."""


def of_system(error: BaseException) -> str:
    """`日本語 / English` of an OSError or of what one is the reason of; an unforeseen one by its name."""
    cause = getattr(error, "reason", None)
    if isinstance(cause, BaseException):
        error = cause
    if isinstance(error, ssl.SSLError):
        return message("the_certificate_or_its_settings_do")
    if isinstance(error, socket.gaierror):
        return message("no_address_of_that_name")
    if isinstance(error, TimeoutError):
        return SYSTEM[errno.ETIMEDOUT]
    number = (error.errno if isinstance(error, OSError) else None) or 0
    if number in SYSTEM:
        return SYSTEM[number]
    name = errno.errorcode.get(number, type(error).__name__)
    return message("known_as", name=name)


def of_database(error: BaseException | None) -> str:
    """`日本語 / English` of an error of the database driver: its SQLSTATE, where the server gave one."""
    state = getattr(error, "sqlstate", None)
    if state:
        if state in DATABASE:
            return f"{DATABASE[state]} (SQLSTATE {state})"
        return message("the_database_answers_sqlstate", state=state)
    if FULL_HOUSE.search(str(error)):
        return DATABASE["53300"]
    name = type(error).__name__
    if name == "PoolTimeout":
        return message("all_connections_in_use")
    return message("no_connection_to_the_database", name=name)
