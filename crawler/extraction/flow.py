"""The text of elements as it flows: a block begins and ends a line, also where none is written."""

import re
from collections.abc import Callable, Iterator

from lxml.html import HtmlElement

BLOCKS = frozenset(
    "p h1 h2 h3 h4 h5 h6 li blockquote pre dt dd td th figcaption div section br figure ul ol table tr article header"
    " main hr address".split()
)
_ON_ONE_LINE = re.compile(r"[ \t\r\n]+")
_UNSAID = ("script", "style", "template", "noscript")


def is_unsaid(element: HtmlElement) -> bool:
    """Whether the text of an element is for the browser, and not for a reader."""
    return element.tag in _UNSAID


def flowing(root: HtmlElement, is_left_out: Callable[[HtmlElement], bool] = is_unsaid) -> Iterator[str]:
    """The text in pieces, with a line break at each border of a block and nowhere else.

    Iterative, for trees deeper than Python's stack, and lazy.
    """
    stack: list[HtmlElement | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
            continue
        following = None if node is root else node.getnext()
        if following is not None:
            stack.append(following)
        ending = "" if node is root else (node.tail or "").replace("\n", " ")
        if not isinstance(node.tag, str) or (node is not root and is_left_out(node)):
            yield ending
            continue
        border = "\n" if node.tag in BLOCKS else ""
        yield border + (node.text or "").replace("\n", " ")
        stack.append(border + ending)
        if len(node):
            stack.append(node[0])


def content(element: HtmlElement) -> str:
    """The text of an element on one line."""
    return _ON_ONE_LINE.sub(" ", "".join(flowing(element))).strip()


def beginning(element: HtmlElement, length: int) -> str:
    """The first characters of an element's text on one line, without a walk through the rest of it."""
    gathered = ""
    for piece in flowing(element):
        text = _ON_ONE_LINE.sub(" ", piece)
        gathered += text.lstrip(" ") if not gathered or gathered.endswith(" ") else text
        if len(gathered) > length:
            break
    return gathered[:length].strip()
