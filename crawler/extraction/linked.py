"""JSON-LD: what a page says of its article to search engines (schema.org, https://json-ld.org)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

ARTICLE_TYPES = frozenset(
    (
        "Article NewsArticle BlogPosting ReportageNewsArticle ReviewNewsArticle OpinionNewsArticle"
        " AnalysisNewsArticle BackgroundNewsArticle LiveBlogPosting Report Review WebPage SocialMediaPosting"
    ).split()
)
_WRAPPING = re.compile(r"^\s*(?:<!--|//<!\[CDATA\[)|(?:-->|//\]\]>)\s*$")
MOST_NODES = 200


def linked_data(scripts: Iterable[str]) -> dict[str, Any]:
    """The node that describes the article, of all in the page's scripts: the most telling type wins; {} without one."""
    nodes = [node for script in scripts for node in _nodes(script) if _types(node) & ARTICLE_TYPES]
    return max(nodes, key=lambda node: ("headline" in node, "WebPage" not in _types(node), len(node)), default={})


def is_article(node: Mapping[str, Any]) -> bool:
    """Whether the node says that the page is an article, and not just some page."""
    return bool(_types(node) & (ARTICLE_TYPES - {"WebPage"}))


def names(author: Any) -> Iterator[str]:
    """The names of authors; those of organisations only where no person is named."""
    authors = author if isinstance(author, list) else [author]
    people = [name for each in authors if not _is_organisation(each) for name in _names_of(each)]
    yield from people or (name for each in authors for name in _names_of(each))


def _names_of(author: Any) -> list[str]:
    name = author.get("name") if isinstance(author, dict) else author
    return [each for each in (name if isinstance(name, list) else [name]) if isinstance(each, str) and each.strip()]


def _is_organisation(author: Any) -> bool:
    """Whether the author is one, of any kind: NewsMediaOrganization is the usual one of the press."""
    return isinstance(author, dict) and any(kind.endswith("Organization") for kind in _types(author))


def _nodes(script: str) -> Iterator[dict[str, Any]]:
    try:
        pending = [json.loads(_WRAPPING.sub("", script), strict=False)]
    except (ValueError, RecursionError):
        return
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node[:MOST_NODES]
        elif isinstance(node, dict):
            yield node
            within = (node.get(key) for key in ("@graph", "mainEntity", "mainEntityOfPage"))
            pending += [each for each in within if isinstance(each, (dict, list))]


def _types(node: Mapping[str, Any]) -> set[str]:
    types = node.get("@type")
    return {str(each).rpartition("/")[2] for each in (types if isinstance(types, list) else [types])}
