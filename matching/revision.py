"""Whether two readings of a page are the same article, and what changed between them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from matching.model import Article
from matching.residue import without_residue
from matching.text import sentences, words

Change = Literal["retitled", "corrected", "walled", "moved", "gone", "restored", "unmentioned", "mentioned"]

RUN = 3  # words of a shingle
SAME = 0.5  # share of the shorter text's shingles that both have
FEWEST = 3  # words by which a correction differs
LEAST = 0.01  # of its words
LONG = 60  # words from which a text can be lost behind a wall
LOST = 0.4  # of its words are left then


@dataclass(frozen=True, slots=True)
class Rewriting:
    """The sentences that an article lost and those that it gained, each in their order."""

    removed: tuple[str, ...]
    added: tuple[str, ...]


def same_article(one: Article, other: Article) -> bool:
    """Whether the two tell the same text, whole or in part; what is too short to say is told by its title."""
    shared = [set(_shingles(words(f"{each.lead}\n{each.text}"))) for each in (one, other)]
    shortest = min(map(len, shared))
    if shortest < RUN * 2:
        return words(one.title) == words(other.title)
    return len(shared[0] & shared[1]) >= SAME * shortest


def is_lost(before: Article, after: Article) -> bool:
    """Whether most of the text is gone: a wall stands before it now."""
    had, has = len(words(before.text)), len(words(after.text))
    return had >= LONG and has < LOST * had


def changes(before: Article, after: Article) -> list[Change]:
    """What an article's headline and text have become; spelling of spaces, case and punctuation does not count, nor
    what is not the article: the hour of its last change, say."""
    found: list[Change] = []
    if words(before.title) != words(after.title):
        found.append("retitled")
    old, new = (Counter(words(_told(each))) for each in (before, after))
    differing = (old - new).total() + (new - old).total()
    if differing >= max(FEWEST, LEAST * old.total()):
        found.append("corrected")
    return found


def rewriting(before: Article, after: Article) -> Rewriting:
    """The sentences that are gone and those that have come; one that only moved, or was only typed otherwise, is
    neither."""
    old, new = (list(_sentences(each)) for each in (before, after))
    return Rewriting(tuple(_missing(old, new)), tuple(_missing(new, old)))


def _sentences(article: Article) -> Iterator[tuple[list[str], str]]:
    """The folded words of each sentence, and the sentence as it is written."""
    text = _told(article)
    for start, end in sentences(text):
        if found := words(text[start:end]):
            yield found, text[start:end]


def _told(article: Article) -> str:
    return without_residue(f"{article.lead}\n\n{article.text}")


def _missing(those: list[tuple[list[str], str]], others: list[tuple[list[str], str]]) -> Iterator[str]:
    """The sentences that stand nowhere in the others, which may be divided otherwise: not all of their runs do. To
    look for each whole sentence in the whole text would be quadratic."""
    whole = [word for found, _ in others for word in found]
    known = {size: set(_shingles(whole, size)) for size in range(1, RUN + 1)}
    for found, sentence in those:
        size = min(len(found), RUN)
        if not known[size].issuperset(_shingles(found, size)):
            yield sentence


def _shingles(text: list[str], size: int = RUN) -> Iterable[tuple[str, ...]]:
    return (tuple(text[start : start + size]) for start in range(len(text) - size + 1))
