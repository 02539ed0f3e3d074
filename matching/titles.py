"""Where the words of a work's title stand in a folded text, in all the spellings that the press gives them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from matching.text import Folded, folded_text, has_accent, word_spans
from matching.topic import Work

NUMBER_WORDS = {
    "0": "zero", "1": "un", "2": "deux", "3": "trois", "4": "quatre", "5": "cinq", "6": "six", "7": "sept",
    "8": "huit", "9": "neuf", "10": "dix", "11": "onze", "12": "douze", "13": "treize",
}  # fmt: skip
_ROMAN = {2: "ii", 3: "iii", 4: "iv", 5: "v", 6: "vi", 7: "vii", 8: "viii", 9: "ix"}
_ORDINALS = {2: "second|seconde|deuxieme|2e|2eme|2nde?", 3: "troisieme|3e|3eme", 4: "quatrieme|4e|4eme"}
_PARTS = "partie|part|volet|chapitre|chapter|episode|acte|opus|volume|vol"

MOST_PLACES = 200  # of each title: an article that names it so often is on it
_BEFORE = r"(?<!\w)(?<!\d[.,])"
_GAP = r"(?:[ \n]{1,3}|-|_)"
# Not inside a longer number or word, not a rating, a unit, a version or a range; what may follow is a year, a list's
# number, and the number of a further part, of which no file tells yet.
_PART_TO_COME = r"[3-6](?!\w)(?![.,/]\d)(?! ?[%€$°]|[ -]?\d| (?:ans|fois|heures|min|jours|mois|euros)\b)"
_AFTER = (
    r"(?!\w)(?![.,:]\d)(?!/\d)(?!-\w)(?! ?[%€$°])"
    rf"(?! (?!(?:19|20)\d\d\b|4k\b|\d{{1,2}}[.)] |{_PART_TO_COME})\d)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A title's words at start..end of a folded text; `certain` when the form itself cannot be everyday words."""

    start: int
    end: int
    work: Work
    certain: bool


class TitleFinder:
    """Finds the titles of a topic's works; compiled once, linear in the text."""

    def __init__(self, works: Sequence[Work]) -> None:
        self._works = {work.id: work for work in works}
        self._patterns = [
            (work, re.compile(_pattern(title, _sequels(work, works)))) for work in works for title in work.titles
        ]

    def find(self, folded: Folded) -> list[Found]:
        """The first MOST_PLACES places of titles, each once, the longest form where several overlap."""
        found = sorted(self._all(folded), key=lambda each: (each.start, -each.end))
        kept: list[Found] = []
        for each in found:
            if not kept or each.start >= kept[-1].end:
                kept.append(each)
        return kept[:MOST_PLACES]

    def _all(self, folded: Folded) -> Iterator[Found]:
        for work, pattern in self._patterns:
            yield from islice(self._places(work, pattern, folded), MOST_PLACES)

    def _places(self, work: Work, pattern: re.Pattern[str], folded: Folded) -> Iterator[Found]:
        plain = not has_accent(work.title)
        for match in pattern.finditer(folded.text):
            if plain and has_accent(folded.source[slice(*folded.span(*match.span("base")))]):
                continue
            groups = [name for name, value in match.groupdict().items() if value is not None and name != "base"]
            named = self._works[groups[0].partition("__")[0].removeprefix("w_").replace("_h_", "-")] if groups else work
            certain = not named.ambiguous if not groups else groups[0].endswith("__certain")
            yield Found(match.start(), match.end(), named, certain)


def _sequels(work: Work, works: Sequence[Work]) -> list[Work]:
    return [other for other in works if other.sequel_of == work.id]


def _pattern(title: str, sequels: Sequence[Work]) -> str:
    base = f"{_BEFORE}(?P<base>{_title_words(title)})"
    if not sequels:
        return base + _AFTER
    suffixes = "|".join(form for sequel in sequels for form in _part_forms(sequel))
    return f"{base}(?:{suffixes}|{_AFTER})"


def _title_words(title: str) -> str:
    folded = folded_text(title)
    pieces = word_spans(folded)
    pattern = _spellings(pieces[0][0])
    for (before, _, end), (after, start, _) in pairwise(pieces):
        gap = _gap(glued=before.isdigit() or after.isdigit())
        pattern += f"(?:{gap}|{re.escape(folded[end:start])}){_spellings(after)}"  # or as in "L.A. Confidential"
    return pattern


def _gap(*, glued: bool) -> str:
    return f"{_GAP}?" if glued else r"(?:[ \n]{0,2}[:,-]?[ \n]{1,3}|-|_|')"


def _spellings(word: str) -> str:
    if word in NUMBER_WORDS:
        return f"(?:{word}|(?<=\\W){NUMBER_WORDS[word]})"
    return re.escape(word)


def _part_forms(sequel: Work) -> Iterator[str]:
    assert sequel.part is not None
    group = "w_" + sequel.id.replace("-", "_h_")
    number = f"(?:{sequel.part}|{_ROMAN[sequel.part]}|{NUMBER_WORDS[str(sequel.part)]}|two)"
    joint = r'"?[ \n]{0,2}[:,(/-]?[ \n]{0,2}"?'
    ordinal = _ORDINALS.get(sequel.part, f"{sequel.part}e")
    named = rf"(?:{_PARTS})\.?[ \n-]{{0,2}}{number}|(?:la |le )?(?:{ordinal}) (?:{_PARTS})"
    yield rf"(?P<{group}__certain>{joint}(?:{named})(?!\w))"
    alone = rf"[ \n-](?:{sequel.part}|{_ROMAN[sequel.part]})"
    yield rf"(?P<{group}__bare>{alone}(?!\w)(?![.,:]\d)(?!/\d)(?! \d)(?! ?[%€$°]))"
