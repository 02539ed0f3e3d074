"""A rendered digest as a mail: headers, two parts, bytes that never change again."""

import re
import uuid
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from alerts.errors import AddressError
from alerts.model import Rendered, Sender

# Headers are never folded inside an address or a URL: a folded List-Unsubscribe becomes an encoded word and is dead.
POLICY = SMTP.clone(max_line_length=990)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def build_message(
    rendered: Rendered, *, sender: Sender, recipient: str, message_id: str, date: datetime, language: str
) -> bytes:
    """The mail's bytes with CRLF line ends; raises AddressError for an address that no mail server takes."""
    message = EmailMessage(policy=POLICY)
    name, address = parse_address(sender.address)
    _, to = parse_address(recipient)
    message["From"] = Address(display_name=header_text(name), addr_spec=address)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = header_text(rendered.subject)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id
    message["List-Unsubscribe"] = f"<{sender.unsubscribe}>"
    message["List-ID"] = f"Veilleur <digest.{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = language
    message.set_content(rendered.text, subtype="plain", charset="utf-8", cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", charset="utf-8", cte="quoted-printable")
    return message.as_bytes(policy=POLICY)


def new_message_id(sender: Sender) -> str:
    """A Message-ID of the sender's domain (RFC 5322 section 3.6.4)."""
    return f"<{uuid.uuid4()}@{parse_address(sender.address)[1].rpartition('@')[2]}>"


def header_text(text: str) -> str:
    """One line without control and direction characters."""
    return " ".join(_UNSAFE.sub(" ", text).split())


def parse_address(written: str) -> tuple[str, str]:
    """Name and address; the domain in ASCII (IDNA, since mail servers are not bound to take others)."""
    name, address = parseaddr(written)
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or not local.isascii() or re.search(r"\s", address):
        raise AddressError(
            f"{written!r} is no mail address that every server takes: write name@host, the name in ASCII"
        )
    try:
        host = domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise AddressError(f"{written!r}: {domain!r} is no domain name: {error}") from error
    return name, f"{local}@{host}"
