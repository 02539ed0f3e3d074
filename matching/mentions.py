"""Does an article mention a topic: every place where a title's words stand is weighed as evidence.

The score of a place is the logistic function of a sum of log-odds: a prior for the form of the title, and the weights
of WEIGHTS for what stands beside it, in its sentence and in the rest of the article. The weights go in steps of one
half, so that a reader can follow every verdict with `veilleur explain`; benchmarks/weights.py tells how they were set.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from matching.context import Evidence, context, gathered
from matching.evidence import Hit, Lexicon
from matching.form import form_of
from matching.model import Article, Assessment, Occurrence, Prominence, Signal, Where
from matching.neighbours import Neighbours
from matching.passages import sentence_around
from matching.residue import article_lines
from matching.section import Section
from matching.text import Folded, fold, has_accent, word_spans, words
from matching.titles import Found, TitleFinder
from matching.topic import Topic
from matching.vocabulary import ACCENTS_CHANGE, EVERYDAY, FILM, OTHER_THINGS
from matching.weights import WEIGHTS

WHERE: tuple[Where, ...] = ("title", "lead", "body")
SUBJECT_FROM = 3
BEYOND_DOUBT = 0.95


class Detector:
    """Finds and weighs the mentions of one topic; compiled once, used for every article."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self._titles = TitleFinder(topic.works)
        own_words = {piece for work in topic.works for title in work.titles for piece in words(title)}
        film = [phrase for phrase in FILM if phrase not in own_words]
        near = (*topic.counter.get("near", ()), *EVERYDAY)
        self._near = Lexicon({"film": film, "near": near, "other": OTHER_THINGS, **topic.evidence})
        self._neighbours = Neighbours(topic)
        self._other_codes = _numbered_alike(topic)

    def assess(self, article: Article) -> Assessment:
        """Weighs every place of the article where a title's words stand."""
        sections = [self._section(where, article.section(where)) for where in WHERE]
        if not any(section.found for section in sections):
            return Assessment(self.topic.id, 0.0, (), ())
        codes = [
            section.written(*found.span())
            for section in sections
            for found in self._other_codes.finditer(section.folded.text)
        ]
        evidence = gathered(sections, codes)
        weighed = [self._weigh(section, found, evidence) for section in sections for found in section.found]
        return self._concluded(weighed)

    def _concluded(self, weighed: list[Occurrence]) -> Assessment:
        surest = max(each.score for each in weighed)
        if surest >= BEYOND_DOUBT:
            weighed = [each if each.score >= BEYOND_DOUBT else _backed(each) for each in weighed]
        accepted = [each for each in weighed if each.accepted]
        mentions = tuple(replace(each, prominence=_prominence(each, accepted)) for each in accepted)
        refused = tuple(each for each in weighed if not each.accepted)
        return Assessment(self.topic.id, max(each.score for each in weighed), mentions, refused)

    def _section(self, where: Where, source: str) -> Section:
        lines = list(article_lines(source)) if where == "body" else [(0, len(source))]
        folded = fold(source)
        found = [each for each in self._titles.find(folded) if _within(folded.span(each.start, each.end), lines)]
        spans = word_spans(folded.text)
        hits = [hit for hit in self._near.hits(spans) if not _is_other_word(folded, hit)]
        places = [folded.span(hit.start, hit.end)[0] for hit in hits] if found else []
        return Section(where, source, folded, spans, hits, places, found)

    def _weigh(self, section: Section, found: Found, evidence: Evidence) -> Occurrence:
        start, end = section.folded.span(found.start, found.end)
        names = [*form_of(section, found, start, end), *self._neighbours.beside(section, found)]
        signals = [Signal(name, detail, WEIGHTS[name]) for name, detail in names]
        sentence = sentence_around(section.source, start, end)
        signals += context(section, sentence, (found.start, found.end), evidence)
        score = _logistic(sum(signal.weight for signal in signals))
        text = section.source[start:end].strip(" \n(,:;-")
        return Occurrence(text, section.where, found.work.id, start, end, score, tuple(signals))


def _is_other_word(folded: Folded, hit: Hit) -> bool:
    """Whether an accent makes it another word than the phrase: "affiché" is no poster."""
    return hit.phrase in ACCENTS_CHANGE and has_accent(folded.source[slice(*folded.span(hit.start, hit.end))])


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
