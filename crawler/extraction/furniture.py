"""Page furniture: what surrounds an article on its page, known by the names that sites give it."""

import re
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement
from trafilatura.settings import CUT_EMPTY_ELEMS

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
_AMBIGUOUS = frozenset("alert alerts card cards forum hint menu modal promo social status tags wall widget".split())
_TOKEN = re.compile(r"[a-z]+")
_DESCRIBES_THE_POST = re.compile(
    r"(?:category|tag|status|post|postid|type|format|page|single|hentry)[-_]\S*"  # WordPress
    r"|\b(?:elementor|et_pb|fusion|wpb|vc|td|tdb|wp-block)[-_]\S*"  # its page builders call every part so
)
_NEVER_READ = frozenset(("script", "style", "template", "svg"))
_SUSPECTS = etree.XPath(f".//*[@class or @id or {' or '.join(f'self::{tag}' for tag in TAGS)}]")
LARGEST_SHARE = 0.4
LONG_PARAGRAPH = 200
MOST_NAMES = 4096


def is_furniture(element: HtmlElement) -> bool:
    """Whether an element's class or id calls it something other than the article."""
    return bool(called(element))


def called(element: HtmlElement) -> frozenset[str]:
    """The kinds of furniture that an element's class or id calls it."""
    return _called(element.get("class") or "", element.get("id") or "")


@lru_cache(MOST_NAMES)
def _called(classes: str, name: str) -> frozenset[str]:
    named = f"{classes} {name}".lower()
    return _WORDS.intersection(_TOKEN.findall(_DESCRIBES_THE_POST.sub("", named)))


def prune(tree: HtmlElement) -> None:
    """Takes the furniture out of the tree; what holds the headline or much of the page's text stays."""
    body = tree.find(".//body")
    if body is None:
        return
    most = LARGEST_SHARE * max(1, len(body.text_content()))
    dropped: set[HtmlElement] = set()
    for element in _suspects(body):
        parent = element.getparent()
        if parent is None or not (element.tag in TAGS or is_furniture(element)):
            continue
        if any(above in dropped for above in element.iterancestors()):
            continue
        if element.tag in _NEVER_READ or not _holds_article(element, most):
            dropped.add(element)
    for element in dropped:
        element.drop_tree()
    _drop_empty(body)


def _drop_empty(body: HtmlElement) -> None:
    """Takes out elements that hold nothing (icons, anchors, emptied advertisements), innermost first, and leaves the
    text after them: trafilatura's precise mode drops that text with them."""
    for element in reversed(list(body.iterdescendants("a", *CUT_EMPTY_ELEMS))):
        if len(element) == 0 and not (element.text or "").strip():
            element.drop_tree()


def _suspects(body: HtmlElement) -> list[HtmlElement]:
    found = _SUSPECTS(body)
    return [each for each in found if isinstance(each, HtmlElement)] if isinstance(found, list) else []


def _holds_article(element: HtmlElement, most: float) -> bool:
    if element.find(".//h1") is not None or len(element.text_content()) > most:
        return True
    may_hold_prose = element.tag not in TAGS and called(element) <= _AMBIGUOUS
    return may_hold_prose and any(len(each.text_content()) >= LONG_PARAGRAPH for each in element.iter("p"))
