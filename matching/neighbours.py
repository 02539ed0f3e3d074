"""What stands right before and right after a title's words: what a film has there, and what an everyday code has."""

import re
from collections.abc import Iterable, Iterator

from matching.evidence import Beside
from matching.section import Section
from matching.text import has_accent, words
from matching.titles import Found
from matching.topic import Topic
from matching.vocabulary import (
    CODE_VERBS,
    DETERMINERS,
    FEMININE,
    FILM_VERBS,
    LEADS_IN,
    OTHER_THINGS,
    SHOWN_BY,
    UNITS,
)

Phrases = frozenset[tuple[str, ...]]
_ENDS_A_PHRASE = re.compile(r"[.!?;:,\n)]")
_PARTED = re.compile(r"[.!?;,\n)]")
_APPOSITION = re.compile(r' ?["»]? ?,? ?')


def phrase_set(phrases: Iterable[str]) -> Phrases:
    """Phrases as tuples of folded words."""
    return frozenset(tuple(words(phrase)) for phrase in phrases)


_LEADS_IN = phrase_set(LEADS_IN)
_OTHER_THINGS = phrase_set(OTHER_THINGS)
_SHOWN_BY = phrase_set(SHOWN_BY)
_FILM_VERBS = phrase_set(FILM_VERBS)
_CODE_VERBS = phrase_set(CODE_VERBS)
_UNITS = phrase_set(UNITS)


class Neighbours:
    """Weighs the words beside a place for one topic."""

    def __init__(self, topic: Topic) -> None:
        self._before = phrase_set(topic.counter.get("before", ()))
        self._people = phrase_set(topic.evidence.get("people", ()))

    def beside(self, section: Section, found: Found) -> Iterator[tuple[str, str]]:
        """The names of the signals that stand beside a place, each with the words as they are written."""
        beside = Beside(section.folded.text, section.words, found.start, found.end)
        yield from self._leading(section, beside)
        yield from _determined(section, beside)
        if not re.search(r"[.!?;:\n]", beside.gap_after()):
            yield from self._following(section, beside)

    def _leading(self, section: Section, beside: Beside) -> Iterator[tuple[str, str]]:
        before, gap = beside.before(4), beside.gap_before()
        plain = gap.strip(' "') == ""
        if not _ENDS_A_PHRASE.search(gap) and (count := _ends_with(before, self._before)):
            yield "everyday word before", _from(section, beside, count)
        elif plain and (count := _ends_with(before, _SHOWN_BY)):
            yield "shown or said by a device or a radio", _from(section, beside, count)
        elif not _PARTED.search(gap) and (count := _ends_with(before[-3:], _OTHER_THINGS)):
            yield "another kind of thing beside", _from(section, beside, count)
        elif count := _thing_after(beside):
            yield "another kind of thing beside", _up_to(section, beside, count)
        elif plain and (count := _ends_with(before, _LEADS_IN)):
            yield "film word before", _from(section, beside, count)

    def _following(self, section: Section, beside: Beside) -> Iterator[tuple[str, str]]:
        after, gap = beside.after(5), beside.gap_after().strip()
        if gap == "" and (count := _begins_with(after, _UNITS)):
            yield "unit after", _up_to(section, beside, count)
        elif gap in ("", '"') and (count := _begins_with(after, _CODE_VERBS) or _is_displayed(section, beside)):
            yield "everyday verb after", _up_to(section, beside, count)
        elif gap in ("", '"') and (count := _begins_with(after, _FILM_VERBS)):
            yield "film verb after", _up_to(section, beside, count)
        for skipped in (0, 1):
            if count := _begins_with(after[skipped:], self._people):
                yield "person beside", _up_to(section, beside, skipped + count)
                return


def _determined(section: Section, beside: Beside) -> Iterator[tuple[str, str]]:
    """What a common noun has before it: a hyphen, an article."""
    before, gap = beside.before(1), beside.gap_before()
    if gap.endswith("-") and section.written(beside.start, beside.end)[:1].islower():
        yield "part of an everyday compound", _from(section, beside, len(before))
    if gap.strip(' "') != "" or not before:
        return
    if before[0] in FEMININE:
        yield "feminine article before", _from(section, beside, 1)
    if before[0] in DETERMINERS and '"' not in gap:
        yield "article before", _from(section, beside, 1)


def _is_displayed(section: Section, beside: Beside) -> bool:
    """ "Code 8 affiché", with its accent: what a screen shows; a film's "affiche" is another word."""
    if beside.after(1) != ["affiche"]:
        return False
    return has_accent(section.written(beside.end, beside.end_after(1)))


def _thing_after(beside: Beside) -> int:
    """How many words after the place say that something else bears the name: "Code 8, le salon de coiffure"."""
    after, gap = beside.after(5), beside.gap_after()
    if not _APPOSITION.fullmatch(gap):
        return 0
    if after and after[0] in DETERMINERS | FEMININE:
        count = _begins_with(after[1:], _OTHER_THINGS)
        return count + 1 if count else 0
    return 0 if "," in gap else _begins_with(after, _OTHER_THINGS)


def _ends_with(before: list[str], phrases: Phrases) -> int:
    """How many of the last words are one of the phrases: the longest, 0 for none."""
    return next((count for count in range(len(before), 0, -1) if tuple(before[-count:]) in phrases), 0)


def _begins_with(after: list[str], phrases: Phrases) -> int:
    return next((count for count in range(len(after), 0, -1) if tuple(after[:count]) in phrases), 0)


def _from(section: Section, beside: Beside, count: int) -> str:
    """From the `count`-th word before the place to its end."""
    return section.written(beside.start_before(count), beside.end)


def _up_to(section: Section, beside: Beside, count: int) -> str:
    """From the place to the end of the `count`-th word after it."""
    return section.written(beside.start, beside.end_after(count))
