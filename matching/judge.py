"""The verdict on an article: mentioned or not, copy or not, and what it adds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from matching.duplicates import NOVELTY_OF_NEWS, closest, prepare
from matching.fingerprints import fingerprints
from matching.kept import Kept
from matching.mentions import Detector
from matching.model import Article, Assessment, Comparison, Judgement, Known, KnownId, Occurrence, Passage, Verdict
from matching.passages import passage
from matching.stories import StoryTeller
from matching.topic import Topic

Lookup = Callable[[Sequence[int]], Iterable[Known]]
MOST_PASSAGES = 3
WEIGHED = 256  # articles whose weighing is kept, some 15 kB each


@dataclass(frozen=True, slots=True)
class Weighed:
    """What an article is by itself, whatever is known of others: the part of a verdict that can be had beforehand.

    `beside` is its comparison with the closest of the topic's references; without a mention there is none, and no
    `marks`.
    """

    assessment: Assessment
    marks: tuple[int, ...] = ()
    beside: Comparison | None = None


class Judge:
    """Judges articles for one topic; holds what is prepared once: the detector and the references."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.teller = StoryTeller(topic)
        self._detector = Detector(topic)
        self._references = [
            (Known("reference", each.id, each.title, None, each.text), prepare(_without_title(each.text, each.title)))
            for each in topic.references
        ]
        self._kept = Kept[Weighed](WEIGHED)

    def weigh(self, article: Article) -> Weighed:
        """Weighs the article; those weighed last are kept, so that judging one of them, and finding its story, takes
        half the time."""
        weighed = self._by_itself(article)
        if weighed.assessment.mentioned:
            self.teller.terms(article.title, article.lead, article.text)
        return weighed

    def _by_itself(self, article: Article) -> Weighed:
        return self._kept.of(repr(article), lambda: self._weighed(article))

    def _weighed(self, article: Article) -> Weighed:
        assessment = self._detector.assess(article)
        if not assessment.mentioned:
            return Weighed(assessment)
        text = prepare(article.compared)
        return Weighed(assessment, fingerprints(text.words), closest(text, self._references))

    def concerns(self, article: Article) -> bool:
        """Whether the article names a watched work; only then is it compared with others."""
        return self._detector.assess(article).mentioned

    def judge(self, article: Article, resembling: Lookup) -> Judgement:
        """Decides on the article; `resembling` gives the stored articles that share fingerprints with it."""
        weighed = self._by_itself(article)
        assessment = weighed.assessment
        if not assessment.mentioned:
            topic = self.topic.id if assessment.refused else None
            return Judgement(Verdict.IRRELEVANT, topic, assessment.score, refused=assessment.refused)
        nearest = _nearer(weighed.beside, _beside(article, resembling(weighed.marks)))
        copied = nearest is not None and nearest.novelty < NOVELTY_OF_NEWS and len(weighed.marks) > 0
        return Judgement(
            verdict=Verdict.DUPLICATE if copied else Verdict.NEW,
            topic=self.topic.id,
            score=assessment.score,
            mentions=assessment.mentions,
            refused=assessment.refused,
            passages=_passages(article, assessment),
            closest=nearest,
            duplicate_of=self._root(nearest.known) if copied and nearest else None,
            fingerprints=weighed.marks,
        )

    def _root(self, known: Known) -> KnownId:
        """What a copy of `known` is a copy of: the article that `known` itself was copied from, if it was."""
        root = known.root or KnownId(known.kind, known.id, known.title, known.url)
        if root.kind == "reference":
            title = next((each.title for each in self.topic.references if each.id == root.id), root.title)
            return KnownId("reference", root.id, title, None)
        return root


def _beside(article: Article, known: Iterable[Known]) -> Comparison | None:
    texts = [(each, prepare(each.text)) for each in known]
    return closest(prepare(article.compared), texts) if texts else None


def _without_title(text: str, title: str) -> str:
    stripped = text.lstrip()
    return stripped.removeprefix(title) if stripped.startswith(title) and len(title) < 250 else text


def _nearer(one: Comparison | None, other: Comparison | None) -> Comparison | None:
    """The comparison with less novelty; the first where both are alike."""
    if one is None or other is None:
        return one or other
    return min(one, other, key=lambda each: (each.novelty, -each.resemblance))


def _passages(article: Article, assessment: Assessment) -> tuple[Passage, ...]:
    """Quotations for the reader: body before lead before headline, the surest mention of each sentence first."""
    order = {"body": 0, "lead": 1, "title": 2}
    ranked = sorted(assessment.mentions, key=lambda each: (order[each.where], -each.score, each.start))
    found: dict[str, Passage] = {}
    for occurrence in ranked:
        quoted = _quoted(article, occurrence)
        found.setdefault(quoted.text, quoted)
    return tuple(found.values())[:MOST_PASSAGES]


def _quoted(article: Article, occurrence: Occurrence) -> Passage:
    return passage(article.section(occurrence.where), occurrence)
