"""Does an article mention a topic: every place where a title's words stand is weighed as evidence.

The score of a place is the logistic function of a sum of log-odds: a prior for the form of the title, and the weights
of WEIGHTS for what stands beside it, in its sentence and in the rest of the article. The weights go in steps of one
half, so that a reader can follow every verdict with `veilleur explain`; benchmarks/weights.py tells how they were set.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from matching.evidence import Beside, Hit, Lexicon, Word
from matching.model import Article, Assessment, Occurrence, Passage, Prominence, Signal, Where
from matching.residue import article_lines
from matching.text import Folded, fold, sentences, word_spans, words
from matching.titles import Found, TitleFinder
from matching.topic import Topic
from matching.vocabulary import (
    CODE_VERBS,
    DETERMINERS,
    EVERYDAY,
    FEMININE,
    FILM,
    FILM_VERBS,
    LEADS_IN,
    OTHER_THINGS,
    SHOWN_BY,
    UNITS,
)

WEIGHTS: Final = {
    # the form
    "ambiguous title": -1.5,
    "unmistakable title": 3.0,
    "sequel's full title": 3.0,
    "number in words": 1.0,
    "hashtag": 2.5,
    "glued": 0.5,
    "quoted as a title": 0.5,
    "capital within a sentence": 3.5,
    "capital at a sentence's start": 1.5,
    "capitals among capitals": 0.0,
    "lower case": -1.5,
    "year in brackets": 2.5,
    "in a list of titles": 1.0,
    # right beside
    "film word before": 3.5,
    "film verb after": 1.5,
    "person beside": 1.5,
    "everyday word before": -4.5,
    "part of an everyday compound": -4.5,
    "quoted with more words": -1.0,
    "shown or said by a device or a radio": -4.0,
    "another kind of thing beside": -4.5,
    "feminine article before": -2.5,
    "another numbered code in the article": -4.0,
    "everyday verb after": -2.5,
    "unit after": -6.0,
    "article before": -2.5,
    # in the sentence, each further one counts half of the one before
    "person in the sentence": 2.5,
    "character in the sentence": 2.0,
    "company in the sentence": 0.5,
    "film words in the sentence": 1.5,
    "genre words in the sentence": 2.0,
    "everyday words in the sentence": -1.5,
    "another kind of thing in the sentence": -1.0,
    # in the rest of the article
    "person in the article": 1.5,
    "character in the article": 1.0,
    "company in the article": 0.5,
    "film words in the article": 1.0,
    "genre words in the article": 0.5,
    "everyday words in the article": -1.5,
    "another kind of thing in the article": -2.5,
    "named beyond doubt elsewhere": 2.0,
}
NEAR_KINDS = {
    "people": "person",
    "characters": "character",
    "places": "character",
    "companies": "company",
    "genre": "genre words",
    "film": "film words",
    "words": "film words",
    "near": "everyday words",
    "other": "another kind of thing",
}
MOST_OCCURRENCES = 200
SENTENCE_REACH = 2000
SUBJECT_FROM = 3
BEYOND_DOUBT = 0.95
LONGEST_PASSAGE = 300
_SENTENCE_OPENERS = re.compile(r"(?:^|[.!?…\n•]|\n-)[\s\"'(«–-]*$")
_ITEM = r"[\"«“]? ?[A-ZÀ-Ý0-9][\w'’.:&-]*(?: [\w'’.:&-]+){0,4} ?[\"»”]?"
_BETWEEN = r" ?(?:,|;| et| ou|/)(?: à| de| dans)? "
_LIST_BEFORE = re.compile(rf"{_ITEM}{_BETWEEN}[\"«“]? ?$")
_LIST_AFTER = re.compile(rf"[\"»”]?{_BETWEEN}{_ITEM}(?=,|;| et | ou |\.|\)| \()")
_NUMBERED_BEFORE = re.compile(r"(?:^|[\s(])\d{1,2}[.)] [\"«“]? ?$")
_NUMBERED_AFTER = re.compile(r"[\"»”]?[,;.]? ?\d{1,2}[.)] |\s*$")


@dataclass(frozen=True, slots=True)
class _Section:
    """A part of the article, folded, with its words and the phrases of evidence in it."""

    where: Where
    source: str
    folded: Folded
    words: list[Word]
    hits: list[Hit]
    places: list[int]
    found: list[Found]


class Detector:
    """Finds and weighs the mentions of one topic; compiled once, used for every article."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self._titles = TitleFinder(topic.works)
        own_words = {piece for work in topic.works for title in work.titles for piece in words(title)}
        film = [phrase for phrase in FILM if phrase not in own_words]
        near = (*topic.counter.get("near", ()), *EVERYDAY)
        self._near = Lexicon({"film": film, "near": near, "other": OTHER_THINGS, **topic.evidence})
        self._before = _phrase_set(topic.counter.get("before", ()))
        self._other_codes = _numbered_alike(topic)
        self._people = _phrase_set(topic.evidence.get("people", ()))

    def assess(self, article: Article) -> Assessment:
        """Weighs every place of the article where a title's words stand."""
        sections = [self._section(where, article.section(where)) for where in ("title", "lead", "body")]
        if not any(section.found for section in sections):
            return Assessment(self.topic.id, 0.0, (), ())
        whole = Counter(hit.kind for section in sections for hit in section.hits)
        whole["other codes"] = sum(len(self._other_codes.findall(section.folded.text)) for section in sections)
        weighed = [self._weigh(section, found, whole) for section in sections for found in section.found]
        return self._concluded(weighed)

    def _concluded(self, weighed: list[Occurrence]) -> Assessment:
        surest = max(each.score for each in weighed)
        if surest >= BEYOND_DOUBT:
            weighed = [each if each.score >= BEYOND_DOUBT else _backed(each) for each in weighed]
        accepted = [each for each in weighed if each.accepted]
        mentions = tuple(replace(each, prominence=_prominence(each, accepted)) for each in accepted)
        refused = tuple(each for each in weighed if not each.accepted)
        return Assessment(self.topic.id, max(each.score for each in weighed), mentions, refused)

    def _section(self, where: Where, source: str) -> _Section:
        lines = list(article_lines(source)) if where == "body" else [(0, len(source))]
        folded = fold(source)
        found = [
            each
            for each in self._titles.find(folded)[:MOST_OCCURRENCES]
            if _within(folded.span(each.start, each.end), lines)
        ]
        spans = word_spans(folded.text)
        hits = self._near.hits(spans)
        places = [folded.span(hit.start, hit.end)[0] for hit in hits] if found else []
        return _Section(where, source, folded, spans, hits, places, found)

    def _weigh(self, section: _Section, found: Found, whole: Counter[str]) -> Occurrence:
        start, end = section.folded.span(found.start, found.end)
        first, last = _sentence_around(section.source, start, end)
        beside = Beside(section.folded.text, section.words, found.start, found.end)
        names = [*self._form(section, found, start, end), *self._beside(beside, section.source[start:end])]
        signals = [Signal(name, detail, WEIGHTS[name]) for name, detail in names]
        signals += _context(section, (first, last), (found.start, found.end), whole)
        score = _logistic(sum(signal.weight for signal in signals))
        text = section.source[start:end].strip(" \n(,:;-")
        return Occurrence(text, section.where, found.work.id, start, end, score, tuple(signals))

    def _form(self, section: _Section, found: Found, start: int, end: int) -> Iterator[tuple[str, str]]:
        source, written = section.source, section.source[start:end]
        is_sequel = found.work.sequel_of is not None
        if found.certain:
            yield ("sequel's full title" if is_sequel else "unmistakable title"), written
        else:
            yield "ambiguous title", written
        folded = section.folded.text[found.start : found.end]
        if not any(char.isdigit() for char in folded) and any(char.isdigit() for char in found.work.title):
            yield "number in words", written
        if source[:start].endswith(("#", "@")):
            yield "hashtag", "#" + written
        elif " " not in folded and "-" not in folded:
            yield "glued", written
        if _quoted(section.folded.text, found.start, found.end):
            yield "quoted as a title", source[max(0, start - 2) : end + 2].strip()
        elif _opens_a_quotation(section.folded.text, found.start, found.end):
            yield "quoted with more words", source[start : end + 20]
        yield _case(source, start, written), written
        if re.match(r'["»”]?\s?\(\s?(?:film,? )?(?:19|20)\d\d\b', section.folded.text[found.end : found.end + 16]):
            yield "year in brackets", source[start : end + 8]
        if _in_list(source, start, end):
            yield "in a list of titles", source[max(0, start - 25) : end + 25].replace("\n", " ")

    def _beside(self, beside: Beside, written: str) -> Iterator[tuple[str, str]]:
        adjoining = not re.search(r"[.!?;:,\n)]", beside.gap_before())
        plain_gap = beside.gap_before().strip(' "') == ""
        before = beside.before(4)
        if adjoining and (phrase := _ends_with(before, self._before)):
            yield "everyday word before", f"{phrase} {written}"
        elif plain_gap and (phrase := _ends_with(before, _SHOWN_BY)):
            yield "shown or said by a device or a radio", f"{phrase} {written}"
        elif phrase := self._other_thing(beside):
            yield "another kind of thing beside", f"{phrase} … {written}"
        elif plain_gap and (phrase := _ends_with(before, _LEADS_IN)):
            yield "film word before", f"{phrase} {written}"
        if beside.gap_before().endswith("-") and written[:1].islower():
            yield "part of an everyday compound", f"{before[-1:]}-{written}"
        if plain_gap and before and before[-1] in FEMININE:
            yield "feminine article before", f"{before[-1]} {written}"
        if plain_gap and before and before[-1] in DETERMINERS and '"' not in beside.gap_before():
            yield "article before", f"{before[-1]} {written}"
        if re.search(r"[.!?;:\n]", beside.gap_after()):
            return
        after = beside.after(5)
        touching = beside.gap_after().strip() in ("", '"')
        if beside.gap_after().strip() == "" and (phrase := _begins_with(after, _UNITS)):
            yield "unit after", f"{written} {phrase}"
        elif touching and (phrase := _begins_with(after, _CODE_VERBS)):
            yield "everyday verb after", f"{written} {phrase}"
        elif touching and (phrase := _begins_with(after, _FILM_VERBS)):
            yield "film verb after", f"{written} {phrase}"
        if any(_begins_with(after[skip:], self._people) for skip in (0, 1)):
            yield "person beside", f"{written} … {' '.join(after[:4])}"

    @staticmethod
    def _other_thing(beside: Beside) -> str | None:
        """What else bears the name: "le trio Code 8", "Danse : « Code 8 »", "Code 8, le salon de coiffure"."""
        if not re.search(r"[.!?;,\n)]", beside.gap_before()) and (
            phrase := _ends_with(beside.before(3), _OTHER_THINGS)
        ):
            return phrase
        after, gap = beside.after(5), beside.gap_after()
        if re.fullmatch(r' ?["»]? ?,? ?', gap) is None:
            return None
        skipped = after[1:] if after[:1] and after[0] in DETERMINERS | FEMININE else after if "," not in gap else []
        return _begins_with(skipped, _OTHER_THINGS)


def _context(
    section: _Section, sentence: tuple[int, int], place: tuple[int, int], whole: Counter[str]
) -> Iterator[Signal]:
    """What speaks for or against in the place's sentence and in the rest of the article."""
    near: dict[str, list[str]] = {}
    kinds: Counter[str] = Counter()
    inside = bisect_left(section.places, sentence[0]), bisect_left(section.places, sentence[1])
    for hit in section.hits[inside[0] : inside[1]]:
        if not (hit.start < place[1] and place[0] < hit.end):
            near.setdefault(NEAR_KINDS[hit.kind], []).append(hit.phrase)
            kinds[hit.kind] += 1
    for kind, phrases in near.items():
        yield _graded(f"{kind} in the sentence", phrases)
    if whole["other codes"]:
        name = "another numbered code in the article"
        yield Signal(name, f"{whole['other codes']} more", WEIGHTS[name])
    elsewhere: Counter[str] = Counter()
    for kind, count in whole.items():
        if kind not in NEAR_KINDS:
            continue
        elsewhere[NEAR_KINDS[kind]] += count - kinds[kind]
    for_film = sum(elsewhere[kind] for kind in ("film words", "genre words", "person", "character"))
    for kind, count in elsewhere.items():
        outweighed = WEIGHTS[f"{kind} in the article"] < 0 and for_film >= 2 * count
        if count > 0 and not outweighed:
            yield _graded(f"{kind} in the article", [f"{count} in the rest of the article"], count)


def _graded(name: str, phrases: list[str], count: int | None = None) -> Signal:
    """The first piece of evidence counts whole, each further different one half of the one before."""
    distinct = list(dict.fromkeys(phrases))
    number = len(distinct) if count is None else count
    weight = WEIGHTS[name] * (2 - 0.5 ** (min(number, 4) - 1))
    return Signal(name, ", ".join(distinct[:4]), weight)


def _case(source: str, start: int, written: str) -> str:
    if written[:1].islower():
        return "lower case"
    around = source[max(0, start - 60) : start] + source[start + len(written) : start + len(written) + 60]
    letters = [char for char in around if char.isalpha()]
    if written.isupper() and letters and sum(char.isupper() for char in letters) > 0.7 * len(letters):
        return "capitals among capitals"
    if _SENTENCE_OPENERS.search(source[max(0, start - 12) : start]):
        return "capital at a sentence's start"
    return "capital within a sentence"


def _quoted(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 2) : start].rstrip(), text[end : end + 2].lstrip()
    marks = ('"', "'")
    return before.endswith(marks) and after.startswith(marks) and text[start:end].count('"') % 2 == 0


def _opens_a_quotation(text: str, start: int, end: int) -> bool:
    """Somebody says it, rather than names it: « Code 8, porte nord »."""
    return (
        text[max(0, start - 2) : start].rstrip().endswith('"') and re.match(r"[^\"\n]{2,60}\"", text[end:]) is not None
    )


def _in_list(source: str, start: int, end: int) -> bool:
    """Whether capitalised neighbours, parted by commas or numbers, make a list of titles of the place."""
    before, after = source[max(0, start - 60) : start], source[end : end + 60]
    if _NUMBERED_BEFORE.search(before) and _NUMBERED_AFTER.match(after):
        return True
    follows = _LIST_AFTER.match(after) is not None
    return follows or (
        _LIST_BEFORE.search(before) is not None and re.match(r"[\"»”]? ?(?:[,.;)]| (?:et|ou)\b)", after) is not None
    )


def _sentence_around(source: str, start: int, end: int) -> tuple[int, int]:
    """The sentence of a place, as far as it lies within SENTENCE_REACH of it."""
    reach = max(0, start - SENTENCE_REACH), min(len(source), end + SENTENCE_REACH)
    line = source.rfind("\n", reach[0], start) + 1 or reach[0], source.find("\n", end, reach[1])
    piece = source[line[0] : line[1] if line[1] >= 0 else reach[1]]
    for first, last in sentences(piece):
        if first <= start - line[0] < last:
            return line[0] + first, max(line[0] + last, end)
    return start, end


def _within(span: tuple[int, int], lines: Sequence[tuple[int, int]]) -> bool:
    """Whether a span lies in one of the lines, which are in order."""
    index = bisect_right(lines, span[0], key=lambda line: line[0]) - 1
    return index >= 0 and lines[index][0] <= span[0] and span[1] <= lines[index][1]


def _backed(occurrence: Occurrence) -> Occurrence:
    """The same place, in an article that names the work beyond doubt elsewhere."""
    name = "named beyond doubt elsewhere"
    signals = (*occurrence.signals, Signal(name, "another place in the article", WEIGHTS[name]))
    return replace(occurrence, signals=signals, score=_logistic(sum(signal.weight for signal in signals)))


def _prominence(occurrence: Occurrence, mentions: list[Occurrence]) -> Prominence:
    """An article is on a film whose title stands in its headline or lead, or is named again and again."""
    if occurrence.where == "title":
        return "headline"
    if any(signal.name == "in a list of titles" for signal in occurrence.signals):
        return "list"
    about = len(mentions) >= SUBJECT_FROM or any(each.where != "body" for each in mentions)
    return "subject" if about else "passing"


def _logistic(log_odds: float) -> float:
    return round(1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds)))), 4)


def _numbered_alike(topic: Topic) -> re.Pattern[str]:
    """The word of a title that ends in a number, with another number: it is one of a row of codes, not a film."""
    rows = [words(title) for work in topic.works if work.ambiguous for title in work.titles]
    forms = [rf"{re.escape(row[-2])} (?!{row[-1]}\b)\d{{1,3}}" for row in rows if len(row) == 2 and row[-1].isdigit()]
    return re.compile(rf"\b(?:{'|'.join(forms)})\b") if forms else re.compile(r"(?!)")


def _phrase_set(phrases: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(words(phrase)) for phrase in phrases)


def _ends_with(before: list[str], phrases: frozenset[tuple[str, ...]]) -> str | None:
    return next((" ".join(before[-n:]) for n in range(len(before), 0, -1) if tuple(before[-n:]) in phrases), None)


def _begins_with(after: list[str], phrases: frozenset[tuple[str, ...]]) -> str | None:
    return next((" ".join(after[:n]) for n in range(len(after), 0, -1) if tuple(after[:n]) in phrases), None)


_LEADS_IN = _phrase_set(LEADS_IN)
_OTHER_THINGS = _phrase_set(OTHER_THINGS)
_SHOWN_BY = _phrase_set(SHOWN_BY)
_FILM_VERBS = _phrase_set(FILM_VERBS)
_CODE_VERBS = _phrase_set(CODE_VERBS)
_UNITS = _phrase_set(UNITS)


def passage(section: str, occurrence: Occurrence) -> Passage:
    """The sentence around a mention, at most LONGEST_PASSAGE characters, cut at words."""
    first, last = _sentence_around(section, occurrence.start, occurrence.end)
    if last - first > LONGEST_PASSAGE:
        spare = LONGEST_PASSAGE - (occurrence.end - occurrence.start) - 4
        first = max(first, occurrence.start - spare // 2)
        last = min(last, first + LONGEST_PASSAGE - 4)
        while first > 0 and first < occurrence.start and section[first - 1].isalnum():
            first += 1
        while last < len(section) and last > occurrence.end and section[last].isalnum():
            last -= 1
    return Passage(section[first:last], occurrence.start - first, occurrence.end - first, occurrence.where)
