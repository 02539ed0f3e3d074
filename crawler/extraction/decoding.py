"""From a page's bytes to its text: charset by byte order mark, header, meta, or the bytes themselves.

What is sound UTF-8 is read so. Else the order is that of the HTML standard's encoding sniffing; labels are read as
browsers read them (iso-8859-1 is windows-1252). A page that says UTF-8 and carries single windows-1252
bytes gets both right.
"""

import codecs
import re

from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
)

# Python knows further "encodings" (hex, zlib, punycode, ...) that a page may name and that are none.
_WEB_CODEC = re.compile(
    r"(?:utf[-_]?(?:8|16|32)|cp|windows|iso|latin|ascii|koi8|mac|big5|gb|shift|sjis|euc|johab|tis|hz)[\w-]*",
    re.IGNORECASE,
)
_CONTROLS = bytes({*range(0x20), 0xFE, 0xFF} - set(b"\t\n\r"))
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def decode(raw: bytes, content_type: str | None = None) -> str:
    """The text of the page; characters that no page may hold (NUL and other controls) are dropped."""
    text = _decoded(raw, content_type)
    return text if _is_all_text(raw) else _NOT_TEXT.sub("", text)


def is_wide(raw: bytes) -> bool:
    """Whether the bytes show themselves that a character takes more than one: UTF-16 or UTF-32."""
    return raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _wide(raw) is not None


def _decoded(raw: bytes, content_type: str | None) -> str:
    if not raw.startswith(codecs.BOM_UTF8) and (text := _sound_utf8(raw)) is not None:
        return text
    marked, mark = read_bom(raw)
    if marked is not None and mark is not None:
        return raw[len(mark) :].decode(marked, "replace")
    declared = http_content_type_encoding(content_type) if content_type else None
    for encoding in (declared, html_body_declared_encoding(raw)):
        if encoding and (codec := resolve_encoding(encoding)) and _WEB_CODEC.fullmatch(codec) and _fits(raw, codec):
            return raw.decode(codec, _MENDED if codec == "utf-8" else "replace")
    wide = _wide(raw)
    if wide:
        return raw.decode(wide, "replace")
    mostly_utf8 = len(re.findall(rb"[\xc3\xc2\xe2][\x80-\xbf]", raw)) > len(re.findall(rb"[\x80-\xff]", raw)) / 4
    return raw.decode("utf-8", _MENDED) if mostly_utf8 else raw.decode("cp1252", "replace")


def _fits(raw: bytes, codec: str) -> bool:
    """Whether the declaration can be believed: a wide charset needs zero bytes, UTF-8 not a page full of errors."""
    if codec.startswith(("utf-16", "utf-32")):
        return b"\x00" in raw[:512]
    if codec == "utf-8":
        odd = len(re.findall(rb"[\x80-\xff]", raw))
        sound = sum(
            map(len, re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", raw))
        )
        return odd == 0 or sound * 2 >= odd
    return True


def _sound_utf8(raw: bytes) -> str | None:
    """The text if all of it is sound UTF-8, whatever is declared: no text of another charset is that by chance."""
    if b"\x00" in raw[:512]:
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _is_all_text(raw: bytes) -> bool:
    """Whether none of the bytes can stand for what is no text; quicker than looking at the characters."""
    return len(raw.translate(None, _CONTROLS)) == len(raw) and b"\xef\xbf\xbe" not in raw and b"\xef\xbf\xbf" not in raw


def _wide(raw: bytes) -> str | None:
    head = raw[:512]
    if head[1::2].count(0) * 10 > len(head) * 4:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) * 10 > len(head) * 4 else None


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


_MENDED = "veilleur-mended"
codecs.register_error(_MENDED, _as_windows_1252)
