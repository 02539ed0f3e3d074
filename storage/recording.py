"""Recording an article: judged against what is known, put into its story, stored; all in the caller's transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from matching.judge import Judge
from matching.model import Article, Judgement, Verdict
from matching.stories import WINDOW, Profile
from storage import articles, mentions, stories
from storage.model import StoryMember


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an article: the verdict for each topic that it may concern, and whether it was known."""

    verdicts: tuple[str, ...]
    revised: bool = False

    @property
    def mentioned(self) -> bool:
        return any(verdict != Verdict.IRRELEVANT for verdict in self.verdicts) or self.revised


def prepare(connection: Connection, article: Article, judges: Iterable[Judge], now: datetime) -> None:
    """Does beforehand what would take long in the transaction of `record`: profiles the articles near in time, whose
    terms the judges' story tellers keep."""
    article = articles.storable(article)
    for judge in judges:
        if judge.concerns(article):
            for each in _near(connection, judge, article.published or now):
                _profile(judge, each)


def record(
    connection: Connection,
    article: Article,
    judges: Iterable[Judge],
    *,
    outlet: str,
    url_key: str,
    page_id: int | None,
    now: datetime,
    announce: str = "digest",
) -> Recorded:
    """Stores the article if it concerns any topic; an article that is known already only gets a revision."""
    article = articles.storable(article)
    known = articles.find(connection, outlet, url_key)
    if known is not None:
        articles.revise(connection, known.id, article, now)
        return Recorded((), revised=True)
    judgements = [(judge, _judged(connection, article, judge)) for judge in judges]
    telling = [(judge, judgement) for judge, judgement in judgements if judgement.topic is not None]
    if telling:
        article_id, revision_id = articles.add(
            connection, article, outlet=outlet, url_key=url_key, page_id=page_id, now=now
        )
        for judge, judgement in telling:
            mention_id = mentions.add(
                connection,
                article_id=article_id,
                revision_id=revision_id,
                judgement=judgement,
                story_id=_story(connection, article, judge, judgement, now),
                now=now,
                announce=announce,
            )
            if judgement.verdict is Verdict.DUPLICATE and article.published is not None:
                mentions.put_first(connection, mention_id, article.published)
    return Recorded(tuple(judgement.verdict for _, judgement in telling))


def _judged(connection: Connection, article: Article, judge: Judge) -> Judgement:
    return judge.judge(article, lambda marks: mentions.resembling(connection, judge.topic.id, marks))


def _story(connection: Connection, article: Article, judge: Judge, judgement: Judgement, now: datetime) -> int | None:
    """A mention's story: its original's, else that of articles which report the same event, else a new one."""
    original = judgement.duplicate_of
    if original is not None and original.kind == "mention":
        return stories.of_mention(connection, int(original.id))
    if judgement.verdict is not Verdict.NEW:
        return None
    moment = article.published or now
    mine = judge.teller.profile(article.title, article.lead, article.text, moment)
    near = _near(connection, judge, moment)
    linked = sorted({each.story_id for each in near if judge.teller.same_event(mine, _profile(judge, each))})
    if not linked:
        return stories.open_story(connection, judge.topic.id, moment)
    stories.merge(connection, linked[0], linked[1:])
    stories.extend(connection, linked[0], moment)
    return linked[0]


def _near(connection: Connection, judge: Judge, moment: datetime) -> list[StoryMember]:
    return stories.members_between(connection, judge.topic.id, moment - WINDOW, moment + WINDOW)


def _profile(judge: Judge, member: StoryMember) -> Profile:
    return judge.teller.profile(member.title, member.lead, member.text, member.moment)
