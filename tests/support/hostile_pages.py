"""Pages that break parsers, each with the film named in one readable sentence."""

from collections.abc import Callable

MENTION = "<p>Voici le film Hublot, qui fait depuis hier un carton dans toutes les salles du pays.</p>"
FILLER = "<p>Une phrase assez longue pour compter comme un paragraphe de texte dans un article.</p>" * 3


def page_with(body: str, head: str = "") -> str:
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>La traversée</title>{head}</head>'
        f"<body><h1>La traversée</h1>{FILLER}{body}</body></html>"
    )


def _nested(depth: int, tag: str = "div") -> bytes:
    return page_with(f"<{tag}>" * depth + MENTION + f"</{tag}>" * depth).encode()


def _links() -> bytes:
    return page_with(MENTION + "".join(f'<li><a href="/{n}">Lien numéro {n}</a></li>' for n in range(50_000))).encode()


def _attributes() -> bytes:
    return page_with(f"<div {' '.join(f'a{n}={n}' for n in range(50_000))}>{MENTION}</div>").encode()


def _paragraph(size: int) -> bytes:
    sentence = "Une phrase de plus. "
    return page_with("<p>" + sentence * (size // len(sentence)) + MENTION[3:]).encode()


HUGE: dict[str, Callable[[], bytes]] = {
    "55 MB in paragraphs": lambda: page_with(MENTION + FILLER * 200_000).encode(),
    "a paragraph of 52 MB": lambda: _paragraph(52_000_000),
}
PAGES: dict[str, Callable[[], bytes]] = {
    "nested 260": lambda: _nested(260),
    "nested 2,100": lambda: _nested(2_100),
    "nested 200,000": lambda: _nested(200_000),
    "nested 50,000 svg": lambda: _nested(50_000, "svg"),
    "50,000 links": _links,
    "50,000 attributes": _attributes,
    "5 MB in paragraphs": lambda: page_with(MENTION + FILLER * 18_000).encode(),
    "a paragraph of 10 MB": lambda: _paragraph(10_000_000),
    "unclosed": lambda: page_with("<div><b><i><p>mot " * 20_000 + MENTION[:-4]).encode(),
    "unclosed tables": lambda: page_with("<table><tr><td>" * 3_000 + MENTION).encode(),
    "opened and never more": lambda: page_with(MENTION + "<" * 1_000_000).encode(),
    "comments never closed": lambda: page_with(MENTION + "<!--" * 100_000).encode(),
    "JSON-LD nested 200,000": lambda: page_with(
        MENTION, f'<script type="application/ld+json">{"[" * 200_000}</script>'
    ).encode(),
    "NUL": lambda: page_with(MENTION.replace("film", "fi\0lm").replace(" qui", " \0qui")).encode(),
    "UTF-8 that is windows-1252": lambda: page_with(MENTION).encode("cp1252"),
    "windows-1252 that is UTF-8": lambda: page_with(MENTION).replace('"utf-8"', '"windows-1252"').encode(),
    "half of each": lambda: page_with(MENTION).encode() + "<p>déjà</p>".encode("cp1252"),
}
