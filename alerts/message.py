"""A rendered digest as a mail: headers, two parts, bytes that never change again."""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, unquote
from functools import lru_cache
from typing import Any

from alerts.errors import AddressError
from alerts.leaving import Exit
from alerts.model import Rendered, Sender


class _Policy(EmailPolicy):
    """Most headers of a mail are those of the mail before, and to parse and fold them costs more than all else.

    Headers are never folded inside an address or a URL: a folded List-Unsubscribe becomes an encoded word and is
    dead. Free text is encoded here: the standard library loses spaces where it folds encoded words, and decodes what
    only looks like one."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        if name == "Subject":
            return name, value
        return _parsed(name, value) if type(value) is str else super().header_store_parse(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        return _folded(name, value)


@lru_cache(maxsize=200)
def _parsed(name: str, value: str) -> tuple[str, Any]:
    return _PLAIN.header_store_parse(name, value)


@lru_cache(maxsize=200)
def _folded(name: str, value: Any) -> bytes:
    if name == "Subject":
        return f"Subject: {_lines(value, name, 'us-ascii' if _is_plain(value) else 'utf-8')}\r\n".encode("ascii")
    if name == "From":
        return f"From: {_mailbox(value.addresses[0])}\r\n".encode("ascii")
    return _PLAIN.fold_binary(name, value)


def _mailbox(author: Address) -> str:
    name, written = author.display_name, str(author)
    if not name or (_is_plain(name) and len(written) <= _LONGEST_WORD):
        return written
    return f"{_lines(name, 'From', 'utf-8')}\r\n <{author.addr_spec}>"


def _lines(text: str, name: str, charset: str) -> str:
    """Free text as a header's value, in encoded words of at most 75 characters (RFC 2047 section 2) unless the charset
    is ASCII; they decode to exactly this text."""
    return Header(text, charset, maxlinelen=76, header_name=name).encode(linesep="\r\n")


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text and all(len(word) <= _LONGEST_WORD for word in text.split(" "))


_LONGEST_WORD = 60
_PLAIN = SMTP.clone(max_line_length=990)
POLICY = _Policy(linesep="\r\n", max_line_length=990)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAMED = re.compile(r"([^<>]*)<([^<>]*)>")
_LOCAL = re.compile(rf"(?=.{{1,64}}$){_ATOM}(?:\.{_ATOM})*")
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def build_message(
    rendered: Rendered,
    *,
    sender: Sender,
    recipient: str,
    message_id: str,
    date: datetime,
    language: str,
    leaving: Exit | None = None,
    references: Sequence[str] = (),
) -> bytes:
    """The mail's bytes with CRLF line ends. `references` are Message-IDs of earlier mails, of which it answers the last
    (RFC 5322 section 3.6.4). Raises AddressError for an address that no mail server takes."""
    message = EmailMessage(policy=POLICY)
    name, address = parse_address(sender.address)
    _, to = parse_address(recipient)
    message["From"] = Address(display_name=header_text(name), addr_spec=address)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = header_text(rendered.subject)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id
    if references:
        message["In-Reply-To"] = references[-1]
        message["References"] = " ".join(references)
    for header, value in (leaving or Exit((sender.unsubscribe,))).headers().items():
        message[header] = value
    message["List-ID"] = f"Veilleur <digest.{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(rendered.text, subtype="plain", charset="utf-8", cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", charset="utf-8", cte="quoted-printable")
    html = message.get_body(("html",))
    assert isinstance(html, EmailMessage)
    for each in rendered.pictures:
        name = f"{each.content_id.partition('@')[0]}.png"
        html.add_related(each.png, "image", "png", cid=f"<{each.content_id}>", filename=name, disposition="inline")
    message["Content-Language"] = language  # last: making alternatives moves every Content- header into a part
    return message.as_bytes(policy=POLICY)


def new_message_id(sender: Sender) -> str:
    """A Message-ID of the sender's domain (RFC 5322 section 3.6.4)."""
    return f"<{uuid.uuid4()}@{parse_address(sender.address)[1].rpartition('@')[2]}>"


def header_text(text: str) -> str:
    """One line without control and direction characters; no-break spaces stay."""
    return re.sub(" +", " ", _UNSAFE.sub(" ", text)).strip(" ")


def parse_address(written: str) -> tuple[str, str]:
    """Name and address of `name@host` or `Name <name@host>`; the domain in ASCII (IDNA, since mail servers are not
    bound to take others)."""
    named = _NAMED.fullmatch(written.strip())
    name, address = (named[1].strip(), named[2]) if named else ("", written.strip())
    local, _, domain = address.rpartition("@")
    try:
        host = domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise AddressError(f"{written!r}: {domain!r} is no domain name: {error}") from error
    if not _LOCAL.fullmatch(local) or not _HOST.fullmatch(host):
        raise AddressError(
            f"{written!r} is no mail address that every server takes: write name@host, the name in ASCII"
        )
    return unquote(name), f"{local}@{host}"
