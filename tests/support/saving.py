"""Pages in one file, in the form that Chromium saves them in."""

import base64
import quopri

_FORM = """From: <Saved by Blink>
Snapshot-Content-Location: {address}
Subject: =?utf-8?Q?Code=208?=
MIME-Version: 1.0
Content-Type: multipart/related;
\ttype="text/html";
\tboundary="----MultipartBoundary--x----"


------MultipartBoundary--x----
Content-Type: text/html{charset}
Content-ID: <frame-1@mhtml.blink>
Content-Transfer-Encoding: {encoding}
Content-Location: {address}

""".replace("\n", "\r\n")
_STYLES = b"""
------MultipartBoundary--x----
Content-Type: text/css
Content-Transfer-Encoding: quoted-printable
Content-Location: cid:css-1@mhtml.blink

p { color: red }
------MultipartBoundary--x------
""".replace(b"\n", b"\r\n")


def saved_by_a_browser(page: bytes, address: str, encoding: str = "quoted-printable", *, charset: str = "") -> bytes:
    """The page with a style sheet beside it, as one file."""
    written = {"quoted-printable": quopri.encodestring, "base64": base64.encodebytes}.get(encoding, bytes)(page)
    return _FORM.format(address=address, encoding=encoding, charset=charset).encode() + written + _STYLES
