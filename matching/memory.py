"""What is known, kept in memory: the double of the database's index for replays, and for tests."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from matching.judge import Judge
from matching.model import Article, Judgement, Known, Verdict
from matching.stories import WINDOW, Profile

CANDIDATES = 8


class Memory:
    """The articles judged so far, for one topic; an article's number is its place in the order of arrival."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._known: dict[str, Known] = {}
        self._by_fingerprint: dict[int, list[str]] = {}
        self._stories: dict[str, int] = {}
        self._profiles: list[tuple[Profile, str]] = []  # in the order of their moments
        self._opened = 0

    def weigh(self, article: Article) -> None:
        """Weighs an article that is judged later."""
        self._judge.weigh(article)

    def judge(self, article: Article, moment: datetime) -> tuple[Judgement, int | None]:
        """The verdict, and the story's number; the article is known from then on."""
        url = article.canonical or article.url
        judgement = self._judge.judge(article, lambda marks: self._resembling(marks, url))
        if not judgement.mentions:
            return judgement, None
        self._remember(url, article, judgement)
        story = self._story(url, article, judgement, moment)
        if story is not None:
            self._stories[url] = story
        return judgement, story

    def _resembling(self, marks: Sequence[int], own: str) -> list[Known]:
        """What shares fingerprints with the article; not itself, which an archive may hold more than once."""
        shared = Counter(url for mark in set(marks) for url in self._by_fingerprint.get(mark, ()) if url != own)
        return [self._known[url] for url, _ in shared.most_common(CANDIDATES)]

    def _remember(self, url: str, article: Article, judgement: Judgement) -> None:
        root = judgement.duplicate_of
        self._known[url] = Known("mention", url, article.title, url, article.compared, root)
        for mark in judgement.fingerprints:
            self._by_fingerprint.setdefault(mark, []).append(url)

    def _story(self, url: str, article: Article, judgement: Judgement, moment: datetime) -> int | None:
        original = judgement.duplicate_of
        if original is not None:
            return self._stories.get(original.id)
        if judgement.verdict is not Verdict.NEW:
            return None
        teller = self._judge.teller
        mine = teller.profile(article.title, article.lead, article.text, moment)
        linked = {self._stories[url] for profile, url in self._within(moment) if teller.same_event(mine, profile)}
        insort(self._profiles, (mine, url), key=_moment)
        if not linked:
            self._opened += 1
            return self._opened
        kept = min(linked)
        self._stories |= {url: kept for url, story in self._stories.items() if story in linked}
        return kept

    def _within(self, moment: datetime) -> list[tuple[Profile, str]]:
        """What was reported so near to then that it may be the same event."""
        first = bisect_left(self._profiles, moment - WINDOW, key=_moment)
        return self._profiles[first : bisect_right(self._profiles, moment + WINDOW, key=_moment)]


def _moment(told: tuple[Profile, str]) -> datetime:
    return told[0].moment
