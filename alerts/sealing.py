"""DKIM: a mail's bytes are signed once, when they are made (RFC 6376, RFC 8463), with the optional extra `dkim`.

List-Unsubscribe and List-Unsubscribe-Post are among the signed headers, as RFC 8058 section 4 asks.
"""

import base64
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from alerts.errors import SecretError
from alerts.extras import require_dkim
from alerts.keys import read_secret
from alerts.model import DkimOrder, Seal

SHORTEST_RSA = 1024  # RFC 8301 section 3.2: verifiers take no shorter key
SIGNED = (
    *("from", "to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version", "content-type"),
    *("content-language", "list-unsubscribe", "list-unsubscribe-post", "list-id", "auto-submitted"),
)


def sealed_by(order: DkimOrder) -> Seal:
    """What puts the signature before a mail. Raises MissingExtra, or SecretError for a key that is none."""
    require_dkim()
    import dkim

    algorithm, key = _for_dkimpy(_private_key(order.key_file))

    def seal(mime: bytes) -> bytes:
        there = {line.partition(b":")[0].lower() for line in mime.partition(b"\r\n\r\n")[0].split(b"\r\n")}
        signature = dkim.sign(
            mime,
            order.selector.encode("ascii"),
            order.domain.encode("ascii"),
            key,
            canonicalize=(b"relaxed", b"relaxed"),
            signature_algorithm=algorithm,
            include_headers=[name.encode() for name in SIGNED if name.encode() in there],
            linesep=b"\r\n",
        )
        return bytes(signature) + mime

    return seal


def public_record(order: DkimOrder) -> str:
    """The TXT record that lets others verify: for whoever sets up the domain, and to compare with the one there is."""
    key = _private_key(order.key_file)
    if isinstance(key, Ed25519PrivateKey):
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def _private_key(path: Path) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        key = load_pem_private_key(read_secret(path), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SecretError(
            f"{path}: this is no private key in PEM without a passphrase: `openssl genpkey -algorithm ed25519`"
        ) from error
    if isinstance(key, Ed25519PrivateKey):
        return key
    if isinstance(key, RSAPrivateKey) and key.key_size >= SHORTEST_RSA:
        return key
    raise SecretError(f"{path}: DKIM takes an RSA key of {SHORTEST_RSA} bits or more, or an Ed25519 key")


def _for_dkimpy(key: RSAPrivateKey | Ed25519PrivateKey) -> tuple[bytes, bytes]:
    """The algorithm, and the key in the form that dkimpy takes: PKCS#1 in PEM, or an Ed25519 seed in base64."""
    if isinstance(key, Ed25519PrivateKey):
        seed = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        return b"ed25519-sha256", base64.b64encode(seed)
    return b"rsa-sha256", key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
