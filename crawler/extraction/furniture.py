"""Page furniture: what surrounds an article on its page, known by the names that sites give it."""

import re
from functools import lru_cache

from lxml.html import HtmlElement

TAGS = (
    "script",
    "style",
    "noscript",
    "nav",
    "aside",
    "footer",
    "form",
    "button",
    "iframe",
    "template",
    "svg",
    "dialog",
)
_WORDS = frozenset(
    (
        "share sharing partage partager social related relateds similaire similaires newsletter comment comments"
        " commentaire commentaires reactions reac trending populaires paywall wall promo pub pubs ad ads advert sidebar"
        " breadcrumb breadcrumbs ariane tags cookie cookies consent outbrain taboola alert alerts widget modal popup"
        " teaser teasers card cards recirculation aussi footer menu navigation hint status subscribe abonnement"
        " disqus forum recommend recommended recommandations plus-lus most-read"
    ).split()
)
_TOKEN = re.compile(r"[a-z]+")
_DESCRIBES_THE_POST = re.compile(
    r"(?:category|tag|status|post|postid|type|format|page|single|hentry)[-_]\S*"
)  # WordPress
LARGEST_SHARE = 0.4
MOST_NAMES = 4096


def is_furniture(element: HtmlElement) -> bool:
    """Whether an element's class or id calls it something other than the article."""
    return _calls_furniture(element.get("class") or "", element.get("id") or "")


@lru_cache(MOST_NAMES)
def _calls_furniture(classes: str, name: str) -> bool:
    named = f"{classes} {name}".lower()
    return not _WORDS.isdisjoint(_TOKEN.findall(_DESCRIBES_THE_POST.sub("", named)))


def prune(tree: HtmlElement) -> None:
    """Takes the furniture out of the tree; what holds the headline or much of the page's text stays."""
    body = tree.find(".//body")
    if body is None:
        return
    most = LARGEST_SHARE * max(1, len(body.text_content()))
    for element in list(body.iter()):
        if not isinstance(element.tag, str) or element.getparent() is None:
            continue
        if element.tag in TAGS or is_furniture(element):
            holds_article = element.find(".//h1") is not None or len(element.text_content()) > most
            if element.tag in ("script", "style", "template", "svg") or not holds_article:
                element.drop_tree()
