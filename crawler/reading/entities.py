"""Entities of XML documents, resolved before a parser sees them: libxml2 gives a document up at a bomb of entities, and
with it all that follows."""

import re
from html.entities import html5

LONGEST_ENTITY = 200
_PREDEFINED = {b"amp", b"lt", b"gt", b"quot", b"apos"}
_BEFORE = rb"(?:[^<]|<\?.*?\?>|<!--.*?-->)*+"
_SUBSET = re.compile(
    _BEFORE + rb"(?P<doctype><!DOCTYPE[^>\[]{0,500}\[(?P<declared>.*?)\]\s*>)", re.DOTALL | re.IGNORECASE
)
_ENTITY = re.compile(rb"""<!ENTITY\s+([A-Za-z_][\w.-]{0,60})\s+(?:"([^"]{0,9999})"|'([^']{0,9999})')\s*>""")
_REFERENCE = re.compile(rb"&([A-Za-z_][\w.-]{0,60});")


def resolved(document: bytes) -> bytes:
    """The document without its own declarations, each reference to an entity of plain text replaced by that text.

    References to whatever else was declared (entities of entities, files, addresses, markup) are left out. For
    documents in UTF-8 and its kin; others come back as they are.
    """
    subset = _SUBSET.match(document[:200_000])
    if subset is None:
        return document
    declared = {found[1]: found[2] or found[3] or b"" for found in _ENTITY.finditer(subset["declared"])}
    room = len(document)

    def meant(reference: re.Match[bytes]) -> bytes:
        nonlocal room
        if reference[1] in _PREDEFINED:
            return reference[0]
        text = _plain(declared[reference[1]]) if reference[1] in declared else _of_html(reference[1])
        room -= len(text)
        return text if room > 0 else b""

    return document[: subset.start("doctype")] + _REFERENCE.sub(meant, document[subset.end() :])


def _plain(value: bytes) -> bytes:
    simple = len(value) <= LONGEST_ENTITY and b"<" not in value and not _REFERENCE.search(value)
    return value if simple else b""


def _of_html(name: bytes) -> bytes:
    letters = html5.get(f"{name.decode('ascii', 'replace')};", "")
    return "".join(f"&#{ord(letter)};" for letter in letters).encode()
