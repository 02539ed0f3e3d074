"""What stands where an article should: consent wall, log-in page, challenge, a "not found" that says 200, nothing.

Judged by the words that stand outside links and furniture; one pass over the bytes, no tree.
"""

import re
from collections.abc import Iterator
from typing import Literal

Kind = Literal["article", "consent", "login", "challenge", "soft_404", "empty"]

WALLS = {
    "consent": "a consent page",
    "login": "a log-in page",
    "challenge": "a challenge page",
    "soft_404": "a page that says “not found”",
}
OF_THE_SITE = ("consent", "challenge")  # they say nothing of the article

LARGEST = 300_000  # bytes that are looked at
FEW_WORDS = 80  # most articles have more
ENOUGH = 250  # characters of running text that make an article
SHORTEST = 60  # shorter runs of text are labels
_SKIPPED = frozenset("a script style noscript nav footer button select option title svg template label form".split())
_INLINE = frozenset("a b i em strong span u q cite small sup sub abbr mark time wbr font s".split())
_TAG = re.compile(r"/?[a-zA-Z][a-zA-Z0-9]*")
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_BODY = re.compile(r'"articleBody"\s*:\s*"([^"]{250})', re.IGNORECASE)
_NOT_FOUND = re.compile(
    r"\b404\b|(?:page|article|contenu)s? (?:introuvable|non trouv|not found|inexistant|supprim)"
    r"|n['’]existe (?:pas|plus)|not found|plus disponible",
    re.IGNORECASE,
)
_CHALLENGE_TITLE = re.compile(
    r"just a moment|attention required|access denied|are you (?:a )?(?:human|robot)|(?:un )?robot\s*\?|un instant"
    r"|vérification|checking your browser|accès refusé|captcha",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"cf-chl|challenge-platform|captcha-delivery|px-captcha|geo\.captcha|hcaptcha\.com|g-recaptcha|_incapsula_"
    r"|vous n['’]êtes pas un robot|you are not a robot|verify you are human",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"cookies?\b|consent|traceurs?\b|nos \d* ?partenaires|our \d* ?partners|vie privée|privacy|données personnelles",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"""type\s*=\s*["']?password""", re.IGNORECASE)
_LOGIN_TITLE = re.compile(
    r"connexion|se connecter|connectez-vous|identifi|sign in|log ?in|réservé aux abonnés", re.IGNORECASE
)


def what_is(body: bytes) -> Kind:
    """What a page is; never raises, in time linear in its length."""
    page = body[:LARGEST].decode("utf-8", "replace")
    found = _TITLE.search(page)
    title = found[1].strip() if found else ""
    runs, prose = list[str](), 0
    for run in _runs(page):
        if len(run) >= SHORTEST:
            runs.append(run)
            prose += 0 if _CONSENT.search(run) else len(run)
            if prose >= ENOUGH * 4:  # whatever else stands there
                return "article"
    if (prose >= ENOUGH and not _suspicious(title)) or _BODY.search(page):
        return "article"
    return _wall(page, title, runs)


def wall_in(body: bytes, words: int = 0) -> str | None:
    """The wall that stands in an article's place, where so many words were read; None where none does.

    Beside much text it can only be one of the site's, which ask for something.
    """
    kind = what_is(body)
    return kind if kind in OF_THE_SITE or (kind in WALLS and words < FEW_WORDS) else None


def hides(kind: str, body: bytes) -> bool:
    """Whether a page that is of this kind is not the article: a wall, a "not found" that says 200, nothing to read."""
    return kind in WALLS or (kind == "empty" and not _has_text(body))  # a short article is one


def in_words(kind: str) -> str:
    """Why a page that is of this kind is none to judge, for a person."""
    return f"the answer is no article but {WALLS.get(kind, kind)}"


def _has_text(body: bytes) -> bool:
    """Whether a page shows any running text, however short."""
    return any(len(run) >= SHORTEST for run in _runs(body[:LARGEST].decode("utf-8", "replace")))


def _suspicious(title: str) -> bool:
    return bool(_NOT_FOUND.search(title) or _CHALLENGE_TITLE.search(title) or _LOGIN_TITLE.search(title))


def _wall(page: str, title: str, runs: list[str]) -> Kind:
    text = " ".join(runs)
    if _CHALLENGE.search(page) or _CHALLENGE_TITLE.search(title):
        return "challenge"
    if _NOT_FOUND.search(title) or _NOT_FOUND.search(text):
        return "soft_404"
    if _LOGIN.search(page) or _LOGIN_TITLE.search(title):
        return "login"
    return "consent" if _CONSENT.search(text) or _CONSENT.search(title) else "empty"


def _runs(page: str) -> Iterator[str]:
    """Runs of text between block tags, without what stands in links and furniture."""
    skipping, run = "", list[str]()
    for piece in page.split("<"):
        named = _TAG.match(piece)
        tag = named[0].lower() if named else ""
        text = piece.partition(">")[2] if tag or piece.startswith("!") else ""
        if skipping:
            if tag != "/" + skipping:
                continue
            skipping = ""
        elif tag in _SKIPPED:
            skipping = tag
            continue
        if tag.lstrip("/") not in _INLINE and run:
            yield " ".join(" ".join(run).split())
            run = []
        run.append(text)
    yield " ".join(" ".join(run).split())
