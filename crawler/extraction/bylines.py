"""Signatures: the names in "Par Jeanne Dupont et Paul Martin, le 3 mars"."""

import re
from collections.abc import Collection, Iterable

_BY = re.compile(r"^\s*(?:par|de|by|r[ée]dig[ée] par|publi[ée] par|texte\s*:|propos recueillis par)\s+", re.IGNORECASE)
_NO_AUTHOR = re.compile(r"https?://|@|^\W*$|\d", re.IGNORECASE)
_NAME = r"[A-ZÀ-Ý][\w’'.-]*(?: [A-ZÀ-Ý][\w’'.-]*){1,3}"
_OF_WORDS = re.compile(r"[A-ZÀ-Ý][\w’'.-]*(?: [\w’'.-]+)+$")
SIGNED = re.compile(rf"(?:[Pp]ar|[Tt]exte\s?:|[Rr]édigé par) ({_NAME}(?:(?:, | et ){_NAME})*)\s*(?:[,|–·-]|le \d|$)")
LONGEST_NAME = 80
LONGEST_BYLINE = 300
MOST_NAMES = 20


def presentable(names: Iterable[str]) -> tuple[str, ...]:
    """The names that can be names, each once, without what leads in; the first MOST_NAMES of them."""
    cleaned = (_BY.sub("", each).strip(" \xa0.,|·-") for each in names)
    possible = (name for name in cleaned if 2 <= len(name) <= LONGEST_NAME and not _NO_AUTHOR.search(name))
    return tuple(dict.fromkeys(possible))[:MOST_NAMES]


def parted(byline: str) -> list[str]:
    """The names of a byline: parted at commas, and at "et" where names of at least two words stand on both sides."""
    plain = " ".join(_BY.sub("", byline[:LONGEST_BYLINE]).split())
    names = [each.strip() for each in re.split(r"[,;&|•·]", plain) if each.strip()]
    return [part for name in names for part in _parted_at_et(name)]


def is_byline(line: str, authors: Collection[str]) -> bool:
    """Whether a line names some of the authors and holds nothing else."""
    names = set(parted(line)) if len(line) <= LONGEST_BYLINE else set()
    return bool(names) and names <= set(authors)


def _parted_at_et(name: str) -> list[str]:
    parts = [part.strip() for part in name.split(" et ")]
    return parts if all(map(_OF_WORDS.match, parts)) else [name]
