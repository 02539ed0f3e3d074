"""Handing mails to a mail server with aiosmtplib, step by step, one recipient a transaction.

Only the separate steps tell what an error means: a dropped connection looks the same before and after DATA, and
sendmail() returns normally when one of several recipients is refused.
"""

import logging
from dataclasses import dataclass

import aiosmtplib
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from alerts.model import MailServer
from alerts.transport import Letter, Outcome, Result

logger = logging.getLogger(__name__)

AFTER_DOT = 600.0  # RFC 5321 section 4.5.3.2.6: at least 10 minutes for the reply to the final dot
SERVICE_CLOSING = 421


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a reply, and for the reply after the mail's last byte, in seconds."""

    reply: float = 60.0
    after_dot: float = AFTER_DOT


class SmtpTransport:
    """One connection to a submission server, opened when the first mail goes out, reopened when it broke."""

    def __init__(self, server: MailServer, patience: Patience | None = None) -> None:
        self._server = server
        self._patience = patience or Patience(reply=server.timeout)
        self._smtp: SMTP | None = None

    async def send(self, letter: Letter) -> Outcome:
        """Hands one mail over. Never raises for what a server or a network does."""
        try:
            smtp = await self._connected()
        except (SMTPException, OSError, ValueError) as error:
            await self.close()
            return Outcome(Result.SERVER, getattr(error, "code", None), _words(error))
        envelope = await self._envelope(smtp, letter)
        if envelope is not None:
            return envelope
        if not letter.enter_data():
            await self.close()
            return Outcome(Result.LOST_LEASE)
        return await self._data(smtp, letter)

    async def close(self) -> None:
        """Says good-bye; a server that does not answer is left."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            await smtp.quit(timeout=5)
        except (SMTPException, OSError):
            smtp.close()

    async def _connected(self) -> SMTP:
        if self._smtp is not None and self._smtp.is_connected:
            return self._smtp
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",  # never None: that sends in clear when none is offered
            timeout=self._patience.reply,
        )
        self._smtp = smtp
        await smtp.connect()
        return smtp

    async def _envelope(self, smtp: SMTP, letter: Letter) -> Outcome | None:
        """MAIL and RCPT; None when the server took both."""
        try:
            await smtp.mail(letter.sender)
            await smtp.rcpt(letter.recipient)
        except SMTPSenderRefused as error:
            return await self._refused(error, Result.REJECTED)
        except SMTPRecipientRefused as error:
            return await self._refused(error, Result.REFUSED)
        except (SMTPException, OSError) as error:
            await self.close()
            return Outcome(Result.SERVER, getattr(error, "code", None), _words(error))
        return None

    async def _data(self, smtp: SMTP, letter: Letter) -> Outcome:
        try:
            reply = await smtp.data(letter.mime, timeout=self._patience.after_dot)
        except SMTPDataError as error:
            return await self._refused(error, Result.REJECTED)
        except (SMTPException, OSError) as error:
            await self.close()
            return Outcome(Result.DOUBT, None, _words(error))
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


def _words(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"the server refuses the log-in: {error.code} {error.message}"
    return f"{type(error).__name__}: {error}"
