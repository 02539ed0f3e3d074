"""What a message that came back says: a bounce, a wish to leave, or nothing that concerns us. Pure, and trusts no body.

Whom a message is about comes from its token alone, which stands in the address that it was sent to, or, of a wish to
leave, in its subject. What it says besides (RFC 3464, RFC 3463) decides only how bad a bounce is.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from enum import StrEnum
from hashlib import sha256

from alerts.leaving import PLACE
from alerts.tokens import LENGTH

LARGEST = 1024 * 1024  # of a message that is read; reports stand before the mail that they return
SENT_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To")
_TOKEN = rf"[A-Za-z2-7]{{{LENGTH}}}"
_WISH = re.compile(rf"\bunsubscribe[\s:+_-]+({_TOKEN})\b", re.IGNORECASE)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_MAILER = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon)@", re.IGNORECASE)


class Kind(StrEnum):
    """What a message is: FAILED and DELAYED are bounces, REPLY an automatic or human answer, OTHER none of ours."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"
    LEAVE = "leave"
    REPLY = "reply"
    OTHER = "other"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Returned:
    """One message: what it is, the token that it came with, a status (RFC 3463) and its words; `source` is its own."""

    kind: Kind
    source: str
    token: str = ""
    status: str = ""
    text: str = ""


def read_returned(raw: bytes, bounces: str | None) -> Returned:
    """What the message is; `bounces` is the address of envelope senders, with the token's place. Never raises."""
    try:
        return _read(raw[:LARGEST], bounces)
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return Returned(Kind.UNREADABLE, sha256(raw).hexdigest(), text=f"{type(error).__name__}: {error}"[:200])


def _read(raw: bytes, bounces: str | None) -> Returned:
    message = message_from_bytes(raw)
    if not message.keys():
        return Returned(Kind.UNREADABLE, sha256(raw).hexdigest(), text="no headers")
    wish = _WISH.search(_words(message, "Subject")) or _in_address(message, "u")
    if wish is not None:
        return Returned(Kind.LEAVE, _identity(message, raw, wish[1]), wish[1].lower())
    token = _bounced_to(message, bounces)
    if not token:
        return Returned(Kind.OTHER, _identity(message, raw), text="it came to no address of ours")
    kind, status, text = _said(message)
    return Returned(kind, _identity(message, raw, token), token, status, text)


def _identity(message: Message, raw: bytes, token: str = "") -> str:
    """The same for a message that was delivered twice."""
    own = str(message.get("Message-ID", "")).strip()
    return sha256(f"{token.lower()} {own}".encode("utf-8", "replace") if own else raw).hexdigest()


def _in_address(message: Message, mark: str) -> re.Match[str] | None:
    pattern = re.compile(rf"[+-]{mark}[-_]?({_TOKEN})@")
    return next((found for each in _recipients(message) if (found := pattern.search(each))), None)


def _bounced_to(message: Message, bounces: str | None) -> str:
    if bounces is None:
        return ""
    before, after = map(re.escape, bounces.split(PLACE))
    pattern = re.compile(rf"{before}({_TOKEN}){after}", re.IGNORECASE)
    for each in _recipients(message):
        if found := pattern.fullmatch(each):
            return found[1].lower()
    return ""


def _recipients(message: Message) -> list[str]:
    written = [str(value) for name in SENT_TO for value in message.get_all(name, [])[:10]]
    return [address for _, address in getaddresses([each[:2000] for each in written])]


def _said(message: Message) -> tuple[Kind, str, str]:
    """A report first, for bounces too say that they are automatic (RFC 3834 section 2)."""
    kind = str(message.get_param("report-type", "")).lower() if message.get_content_type() == "multipart/report" else ""
    if kind == "feedback-report":
        return Kind.COMPLAINT, "", "marked as unwanted (RFC 5965)"
    report = _delivery_status(message)
    if report is not None:
        return _verdict(report)
    if kind or not _is_from_a_mailer(message):
        return Kind.REPLY, "", ""
    text = _first_text(message)
    found = _STATUS.search(text)
    return Kind.FAILED, found[1] if found else "", " ".join(text.split())[:200]


def _is_from_a_mailer(message: Message) -> bool:
    path = message.get("Return-Path")
    if path is not None and str(path).strip() == "<>":
        return str(message.get("Auto-Submitted", "")).lower().partition(";")[0].strip() != "auto-replied" or bool(
            _MAILER.search(str(message.get("From", "")))
        )
    return bool(_MAILER.search(str(message.get("From", ""))))


def _delivery_status(message: Message) -> list[Message] | None:
    """The fields of each recipient of an RFC 3464 report; its first block is about the message."""
    for part in message.walk():
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            blocks = part.get_payload()
            if isinstance(blocks, list):
                return [each for each in blocks if isinstance(each, Message) and ("Action" in each or "Status" in each)]
    return None


def _verdict(recipients: list[Message]) -> tuple[Kind, str, str]:
    kinds = {"failed": Kind.FAILED, "delayed": Kind.DELAYED}
    for action in ("failed", "delayed"):
        for each in recipients:
            if str(each.get("Action", "failed")).strip().lower() == action:
                found = _STATUS.search(str(each.get("Status", "")))
                diagnosis = " ".join(str(each.get("Diagnostic-Code", "")).split())[:200]
                told = _STATUS.search(diagnosis)
                return kinds[action], (found or told or [""])[0], diagnosis
    return Kind.DELIVERED, "", ""


def _first_text(message: Message) -> str:
    for part in message.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            return payload[:20_000].decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return ""


def _words(message: Message, name: str) -> str:
    written = str(message.get(name, ""))[:2000]
    try:
        return str(make_header(decode_header(written)))
    except (MessageError, ValueError, LookupError):
        return written
