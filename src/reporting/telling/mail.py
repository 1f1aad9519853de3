"""E-mail by the server that the operator names, through aiosmtplib (the extra `mail`)."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from reporting.errors import InvalidInput
from reporting.outside import of_system
from reporting.telling.letter import Letter, NotDelivered
from reporting.telling.messages import message
from reporting.words import in_both

if TYPE_CHECKING:
    import aiosmtplib

WITHIN_S = 20.0
"""For one message, from the connection to the server's word that it has it."""
PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}
"""By how it is spoken to: TLS from the start; STARTTLS, demanded; in clear, for a server on this machine or an inner line."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
MOST_ADDRESS = 254


@dataclass(frozen=True, slots=True)
class MailServer:
    """`spoken`: a key of PORTS. `sender`: whom messages are from."""

    spoken: str
    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def check_address(text: str, name: str = "address") -> str:
    """InvalidInput for what is no e-mail address of the usual form: one address, nothing that could begin another header."""
    if len(text) > MOST_ADDRESS or not _ADDRESS.fullmatch(text):
        raise InvalidInput.at(name, text, message("a_mail_address"))
    return text


def read_server(url: str, sender: str, password: str | None = None) -> MailServer:
    """Of `smtps://user@host:465`, `smtp://user@host:587` or `smtp+plain://localhost:25`. InvalidInput."""
    check_address(sender, "REPORTING_MAIL_FROM")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        host, port = "", 0
    if not host or not port or parts.password or parts.path.strip("/") or parts.scheme not in PORTS:
        raise InvalidInput.at("REPORTING_MAIL_SERVER", url, message("a_mail_server"))
    if find_spec("aiosmtplib") is None:
        raise InvalidInput.at("REPORTING_MAIL_SERVER", url, message("the_extra_mail"))
    user = unquote(parts.username) if parts.username else None
    return MailServer(parts.scheme, host, port, sender, user, password)


class Mail:
    def __init__(self, server: MailServer, clock: Callable[[], datetime]) -> None:
        self._server, self._clock = server, clock

    def __call__(self, letter: Letter) -> None:
        """NotDelivered unless the server has it."""
        asyncio.run(self._send(letter))

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """Whom this machine trusts, read once: reading it costs more than the message."""
        return ssl.create_default_context()

    async def _send(self, letter: Letter) -> None:
        import aiosmtplib

        server = self._server
        try:
            async with asyncio.timeout(WITHIN_S):
                await aiosmtplib.send(
                    written(letter, server.sender, self._clock()),
                    hostname=server.host,
                    port=server.port,
                    username=server.user,
                    password=server.password,
                    use_tls=server.spoken == "smtps",
                    start_tls=server.spoken == "smtp",
                    tls_context=None if server.spoken == "smtp+plain" else self._trusted,
                    timeout=WITHIN_S,
                )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise _refused(refused.recipients[0], final=True) from refused
        except aiosmtplib.SMTPDataError as refused:
            raise _refused(refused, final=True) from refused
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as away:
            raise NotDelivered(_why_nobody(away), all_of_channel=True, said=str(away)) from away


def written(letter: Letter, sender: str, at: datetime) -> EmailMessage:
    """The message. Its Message-ID is the delivery's: a second copy is known as one."""
    told = letter.told()
    mail = EmailMessage()
    mail["Subject"] = f"{told['ja']} / {told['en']}"
    mail["From"], mail["To"] = sender, letter.address
    mail["Date"] = at
    mail["Message-ID"] = f"<{letter.delivery_id}@{Address(addr_spec=sender).domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    lines = [told["ja"], told["en"], "", letter.place, *([letter.look] if letter.look else [])]
    mail.set_content("\n".join(lines) + "\n", cte="base64")
    return mail


def _why_nobody(away: BaseException) -> str:
    """What the operator puts right: a password, a sender, a way of speaking, a server that is not there."""
    import aiosmtplib

    if isinstance(away, aiosmtplib.SMTPAuthenticationError):
        return message("mail_login_refused", status=away.code)
    if isinstance(away, aiosmtplib.SMTPSenderRefused):
        return message("mail_sender_refused", status=away.code)
    if isinstance(away, aiosmtplib.SMTPResponseException):
        return message("mail_server_answers", status=away.code)
    if isinstance(away, TimeoutError):
        return message("mail_server_silent")
    if isinstance(away, aiosmtplib.SMTPServerDisconnected):
        return message("mail_server_cuts_off")
    reason = away.__cause__ if isinstance(away.__cause__, OSError) else away
    if not isinstance(reason, OSError):
        return message("mail_server_lacks")
    why = in_both(of_system(reason))
    return message("no_mail_server", why_ja=why.ja, why_en=why.en)


def _refused(said: aiosmtplib.SMTPResponseException, *, final: bool) -> NotDelivered:
    """5xx of a recipient or a message is for good, 4xx is not (RFC 5321, 4.2.1)."""
    detail = message("answered", status=said.code)
    return NotDelivered(detail, final=final and said.code >= 500, said=str(said.message))
