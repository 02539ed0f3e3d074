"""Web pages as browsers save them into one file: MHTML (RFC 2557), a mail's parts with the page among them."""

import codecs
import email
import quopri
import re
from dataclasses import dataclass
from email.message import Message

from crawler.errors import UnreadablePage

_HEAD = re.compile(rb"\s*(?:[a-z][\w-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}\r?\n", re.IGNORECASE)
_MIME = re.compile(rb"^(?:mime-version|content-transfer-encoding|content-type:\s*multipart/)", re.IGNORECASE | re.M)
_BOUNDARY = re.compile(rb"\bboundary\s*=(?!3D)", re.IGNORECASE)
_PAGES = ("text/html", "application/xhtml+xml")
_LONGEST_HEAD = 16_384
_MOST_BOUNDARIES = 100  # each is looked for in every line
PAGELESS = "MHTML without a page in it: save the page again, as HTML"


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A page's own bytes, and the address that it was saved from; None where that is not said."""

    raw: bytes
    location: str | None = None


def unwrapped(raw: bytes) -> Unwrapped:
    """The page in a saved file: the first HTML part of MHTML, anything else as it is, and neither as quoted-printable.

    Raises UnreadablePage for MHTML in which there is no page.
    """
    head = _HEAD.match(raw[:_LONGEST_HEAD])
    if head and _MIME.search(head.group()):
        return _page(raw)
    return Unwrapped(quopri.decodestring(raw) if _is_quoted(raw) else raw)


def _page(raw: bytes) -> Unwrapped:
    if len(_BOUNDARY.findall(raw)) > _MOST_BOUNDARIES:
        raise UnreadablePage(f"MHTML with more than {_MOST_BOUNDARIES} boundaries: save the page again, as HTML")
    whole = email.message_from_bytes(raw.lstrip())
    page = next((part for part in whole.walk() if part.get_content_type() in _PAGES), None)
    if page is None:
        raise UnreadablePage(PAGELESS)
    location = _location(page, "Content-Location") or _location(whole, "Snapshot-Content-Location")
    return Unwrapped(_payload(page), location)


def _payload(page: Message) -> bytes:
    """The part's bytes, in UTF-8 where the part itself says in what charset it is."""
    payload = page.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        charset = codecs.lookup(page.get_content_charset() or "").name
        return raw.decode(charset, "replace").encode()
    except (LookupError, UnicodeError):  # none is said, or none that is known: the page itself shows it
        return raw


def _location(part: Message, name: str) -> str | None:
    written = re.sub(r"\s", "", str(part.get(name, ""))).partition("#")[0]
    return written if re.match(r"https?://[^/?#]", written) else None


def _is_quoted(raw: bytes) -> bool:
    """Whether HTML is quoted-printable throughout: its attributes' equals signs are."""
    quoted = raw.count(b'=3D"')
    return quoted > 2 and quoted > raw.count(b'="')
