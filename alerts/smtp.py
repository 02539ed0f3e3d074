"""Handing mails to a mail server with aiosmtplib, step by step, one recipient a transaction.

Only the separate steps tell what an error means: a dropped connection looks the same before and after DATA, and
sendmail() returns normally when one of several recipients is refused.
"""

import asyncio
import logging
import re
import socket
import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import aiosmtplib
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

from alerts.model import MailServer
from alerts.transport import Letter, Outcome, Result

logger = logging.getLogger(__name__)

NO_STARTTLS = (
    'it offers no STARTTLS, and mails do not go in clear: write mail.security = "tls" with the port for it (465 as a'
    ' rule), or "none" for a server on this machine'
)
AFTER_DOT = 600.0  # RFC 5321 section 4.5.3.2.6: at least 10 minutes for the reply to the final dot
START_MAIL_INPUT, COMPLETED, SERVICE_CLOSING = 354, 250, 421


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a reply, and for the reply after the mail's last byte, in seconds."""

    reply: float = 60.0
    after_dot: float = AFTER_DOT


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a server tells before it is given anything; `trouble` is why nothing can be given to it.

    `largest_mail` is in bytes, None when it sets no limit (RFC 1870).
    """

    trouble: str = ""
    secured_by: str = ""
    certified_until: datetime | None = None
    largest_mail: int | None = None


class SmtpTransport:
    """One connection to a submission server, opened when the first mail goes out, reopened when it broke or carried as
    many mails as one may."""

    def __init__(self, server: MailServer, patience: Patience | None = None) -> None:
        self._server = server
        self._patience = patience or Patience(reply=server.timeout)
        self._smtp: SMTP | None = None
        self._carried = 0

    async def send(self, letter: Letter) -> Outcome:
        """Hands one mail over. Never raises for what a server or a network does."""
        try:
            outcome = await self._tried(letter)
        except asyncio.CancelledError:
            self._hang_up()
            raise
        return replace(outcome, text=self._without_password(outcome.text))

    async def greeting(self) -> Greeting:
        """Connects, secures and logs in as for a mail, and says what the server told on the way."""
        try:
            smtp = await self._connected()
            await smtp.ehlo()
            return _greeting(smtp)
        except (SMTPException, OSError, ValueError) as error:
            return Greeting(trouble=self._without_password(_trouble(error)))
        finally:
            await self.close()

    async def close(self) -> None:
        """Says good-bye; a server that does not answer is left."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            await smtp.quit(timeout=5)
        except (SMTPException, OSError):
            smtp.close()

    def _hang_up(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    async def _tried(self, letter: Letter) -> Outcome:
        if self._carried >= self._server.mails_per_connection:
            await self.close()
        self._carried += 1
        used = self._smtp is not None
        failure = await self._introduced(letter)
        if used and failure is not None and failure.result is Result.SERVER:
            failure = await self._introduced(letter)  # servers end a connection after so many mails
        if failure is not None:
            return failure
        if not await letter.enter_data():
            await self.close()
            return Outcome(Result.LOST_LEASE)
        return await self._data(letter)

    async def _introduced(self, letter: Letter) -> Outcome | None:
        """Connection, MAIL and RCPT; None when the server took all. A mail that is larger than it says that it takes
        (RFC 1870) is rejected here."""
        phase = "connect"
        try:
            smtp = await self._connected()
            phase = "mail"
            await smtp.mail(letter.sender)
            if (largest := _largest_mail(smtp)) is not None and len(letter.mime) > largest:
                return await self._refused(_too_large(letter, largest), Result.REJECTED)
            phase = "rcpt"
            await smtp.rcpt(letter.recipient)
        except SMTPSenderRefused as error:
            return replace(await self._refused(error, Result.REJECTED), phase=phase)
        except SMTPRecipientRefused as error:
            return replace(await self._refused(error, Result.REFUSED), phase=phase)
        except (SMTPException, OSError, ValueError) as error:
            await self.close()
            return Outcome(Result.SERVER, getattr(error, "code", None), _words(error), phase)
        return None

    async def _connected(self) -> SMTP:
        if self._smtp is not None and self._smtp.is_connected:
            return self._smtp
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",  # never None: that sends in clear when none is offered
            timeout=self._patience.reply,
        )
        self._smtp, self._carried = smtp, 1
        await smtp.connect()
        if server.username is not None:
            await _log_in(smtp, server.username, server.password or "")
        return smtp

    async def _data(self, letter: Letter) -> Outcome:
        """DATA, and the mail when the server asks for it: until then it has nothing of it, and nothing is in doubt."""
        assert self._smtp is not None
        try:
            answer = await self._smtp.execute_command(b"DATA")
        except (SMTPException, OSError) as error:
            await self.close()
            return Outcome(Result.SERVER, getattr(error, "code", None), _words(error), "data")
        if 400 <= answer.code < 600:
            return await self._refused(SMTPDataError(*answer), Result.REJECTED)
        if answer.code != START_MAIL_INPUT:
            await self.close()
            return Outcome(Result.SERVER, answer.code, answer.message, "data")
        return await self._body(letter.mime)

    async def _body(self, mime: bytes) -> Outcome:
        assert self._smtp is not None
        try:
            if self._smtp.protocol is None:
                raise SMTPServerDisconnected("Connection lost")
            self._smtp.protocol.write(_transparent(mime))
            reply = await self._smtp.protocol.read_response(timeout=self._patience.after_dot)
        except (SMTPException, OSError) as error:
            self._hang_up()  # a reply that comes late would be taken for the next one
            return Outcome(Result.DOUBT, None, _words(error))
        if 400 <= reply.code < 600:
            return await self._refused(SMTPDataError(*reply), Result.REJECTED)
        if reply.code != COMPLETED:
            await self.close()
            return Outcome(Result.DOUBT, reply.code, reply.message)
        return Outcome(Result.SENT, reply.code, reply.message)

    async def _refused(self, error: SMTPResponseException, permanent: Result) -> Outcome:
        """A negative reply: for good (5xx), for now (4xx), or because the server closes."""
        if error.code == SERVICE_CLOSING:
            await self.close()
            return Outcome(Result.SERVER, error.code, error.message)
        if self._smtp is not None and self._smtp.is_connected:
            try:
                await self._smtp.rset()
            except (SMTPException, OSError):
                await self.close()
        result = permanent if 500 <= error.code < 600 else Result.DEFERRED
        return Outcome(result, error.code, error.message)

    def _without_password(self, text: str) -> str:
        return text.replace(self._server.password, "***") if self._server.password else text


def _transparent(mime: bytes) -> bytes:
    """The mail with its end, each dot at a line's start doubled (RFC 5321 section 4.5.2), each line's end CRLF.

    aiosmtplib does the same by regular expressions, which costs more than the rest of a transaction.
    """
    if not mime.count(b"\n") == mime.count(b"\r") == mime.count(b"\r\n"):
        mime = re.sub(rb"\r\n?|\n", b"\r\n", mime)
    if not mime.endswith(b"\r\n"):
        mime += b"\r\n"
    if mime.startswith(b"."):
        mime = b"." + mime
    return mime.replace(b"\n.", b"\n..") + b".\r\n"


async def _log_in(smtp: SMTP, username: str, password: str) -> None:
    """Logs in once, by the first method that both know: wrong passwords in a row lock accounts."""
    await smtp.ehlo()
    ways = {"plain": smtp.auth_plain, "login": smtp.auth_login, "cram-md5": smtp.auth_crammd5}
    known = [way for name, way in ways.items() if name in smtp.server_auth_methods]
    if not known:
        raise SMTPException("the server offers no log-in that Veilleur knows (PLAIN, LOGIN, CRAM-MD5)")
    await known[0](username, password)


def _greeting(smtp: SMTP) -> Greeting:
    certificate = smtp.get_transport_info("peercert") or {}
    ends = certificate.get("notAfter")
    cipher = smtp.get_transport_info("cipher")
    return Greeting(
        secured_by=str(cipher[1]) if cipher else "",
        certified_until=datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None,
        largest_mail=_largest_mail(smtp),
    )


def _largest_mail(smtp: SMTP) -> int | None:
    size = smtp.esmtp_extensions.get("size", "")
    return int(size) or None if size.isascii() and size.isdigit() else None


def _too_large(letter: Letter, largest: int) -> SMTPResponseException:
    """What the server would have said."""
    return SMTPResponseException(552, f"5.3.4 the mail has {len(letter.mime)} bytes, the server takes {largest}")


def _trouble(error: Exception) -> str:
    """Why a server cannot be used, for a person who can mend it."""
    if isinstance(error, SMTPResponseException) or not isinstance(error, aiosmtplib.SMTPConnectError):
        return _words(error)
    cause = error.__cause__
    if isinstance(cause, socket.gaierror):
        return "its name cannot be resolved: is it written right, and is this machine on the network?"
    if isinstance(cause, ssl.SSLError):
        return f'no TLS ({cause.reason or cause}): ports with "tls" and with "starttls" are different ones'
    if isinstance(error, aiosmtplib.SMTPTimeoutError):
        return "no answer in time: does a firewall keep the port closed, or does the server want another security?"
    if isinstance(cause, OSError) and not isinstance(cause, SMTPException):
        reason = "connection refused" if isinstance(cause, ConnectionRefusedError) else cause.strerror or str(cause)
        return f"cannot be reached ({reason}): does it run, and does it listen at this port?"
    return "it hangs up at once: is this the port of a mail server, and this its security?"


def _words(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"the server refuses the log-in: {error.code} {error.message}"
    if isinstance(error, SMTPResponseException):
        return error.message
    if type(error) is SMTPException and "STARTTLS" in str(error):
        return NO_STARTTLS
    return f"{type(error).__name__}: {error}"
