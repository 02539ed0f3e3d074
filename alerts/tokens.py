"""Tokens: who may unsubscribe, and which mail came back, proven by a signature and by nothing else.

A token is 32 letters and digits: a row's number (5 bytes) and an HMAC-SHA256 (15 bytes, RFC 2104) over purpose, number
and address, in base32 without regard to case, since mail servers may change the case of a local part. It says nothing
about the address, cannot be made without the key, and serves one purpose only.
"""

import base64
import hmac
import re
from enum import StrEnum

LENGTH = 32
_NUMBER, _SIGNATURE = 5, 15
_TOKEN = re.compile(r"[a-z2-7]{32}", re.ASCII)


class Purpose(StrEnum):
    """What a token is good for: LEAVE names a subscriber, BOUNCE a delivery."""

    LEAVE = "unsubscribe"
    BOUNCE = "bounce"


class Tokens:
    """Makes tokens and tells genuine ones; the key stays inside."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, purpose: Purpose, number: int, address: str) -> str:
        packed = number.to_bytes(_NUMBER) + self._signature(purpose, number, address)
        return base64.b32encode(packed).decode("ascii").lower()

    def is_genuine(self, token: str, purpose: Purpose, number: int, address: str) -> bool:
        """Whether the token was made for this; in a time that does not tell how nearly."""
        return hmac.compare_digest(self.make(purpose, number, address).encode(), token.lower().encode())

    def _signature(self, purpose: Purpose, number: int, address: str) -> bytes:
        said = f"{purpose}\0{number}\0{address.lower()}".encode()
        return hmac.digest(self._key, said, "sha256")[:_SIGNATURE]


def claimed_number(token: str) -> int | None:
    """The row that a token claims to be about; None when it has not even the form of one."""
    if not _TOKEN.fullmatch(token.lower()):
        return None
    return int.from_bytes(base64.b32decode(token.upper())[:_NUMBER])
