"""Recording an article: judged against what is known, put into its story, stored; all in the caller's transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from matching.judge import Judge
from matching.model import Article, Judgement, Known, Verdict
from matching.revision import same_article
from matching.stories import WINDOW, Profile
from storage import articles, decisions, mentions, originals, revisits, stories
from storage.database import record_alone
from storage.model import StoredMention, StoryMember


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an article: the verdict for each topic that it may concern, and whether it was a mention before.

    `revision_id` is what it says, where that was stored now; `judged` are the judgements with their stories.
    """

    verdicts: tuple[str, ...]
    revised: bool = False
    revision_id: int | None = field(default=None, compare=False)
    judged: tuple[tuple[Judgement, int | None], ...] = field(default=(), compare=False, repr=False)

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
    tells_of_backfill: bool = False,
    next_visit: datetime | None = None,
) -> Recorded:
    """Stores the article if it concerns any topic; an article that is known already only gets a revision, and with
    `tells_of_backfill` digests tell of it too if it came as a backfill. What it says now is judged for the topics of
    which it was no mention.

    A page that names the address of a known article and tells something else is an article of its own. Where only the
    words of its source were known, whatever the page says is the article.
    """
    article = articles.storable(article)
    record_alone(connection)
    url_key = _own_key(connection, article, outlet, url_key, page_id)
    known = articles.find(connection, outlet, url_key)
    store = partial(_add_mention, connection, article, now=now, announce=announce)
    if known is not None:
        if tells_of_backfill:
            decisions.tell_of_backfill(connection, known.id, now)
        return _revised(connection, article, judges, known.id, store, next_visit if announce == "digest" else None, now)
    judgements = [(judge, _judged(connection, article, judge)) for judge in judges]
    telling = [(judge, judgement) for judge, judgement in judgements if judgement.topic is not None]
    if not telling:
        return Recorded((), judged=tuple((judgement, None) for _, judgement in judgements))
    mentioned = any(judgement.verdict is not Verdict.IRRELEVANT for _, judgement in telling)
    article_id, revision_id = articles.add(
        connection,
        article,
        outlet=outlet,
        url_key=url_key,
        page_id=page_id,
        now=now,
        next_visit=next_visit if mentioned and announce == "digest" else None,
    )
    story_ids = {judge.topic.id: store(judge, judgement, article_id, revision_id) for judge, judgement in telling}
    return Recorded(
        tuple(judgement.verdict for _, judgement in telling),
        revision_id=revision_id,
        judged=tuple((judgement, story_ids.get(judge.topic.id)) for judge, judgement in judgements),
    )


def _own_key(connection: Connection, article: Article, outlet: str, url_key: str, page_id: int | None) -> str:
    """The key, or one of the article's own where another article is known under it. Words of a source make no article
    of their own beside one that was read: each of its wordings would be one."""
    known = articles.find(connection, outlet, url_key)
    if known is None or articles.is_told_by_source(connection, known.id, page_id):
        return url_key
    said = articles.said(connection, known.id)
    if same_article(said, article) or (not article.text and said.text):
        return url_key
    return f"{url_key}#{articles.content_hash(article)[:16]}"


def _revised(
    connection: Connection,
    article: Article,
    judges: Iterable[Judge],
    article_id: int,
    store: Callable[[Judge, Judgement, int, int], int | None],
    next_visit: datetime | None,
    now: datetime,
) -> Recorded:
    """Keeps what a known article says now, and judges it for the topics of which it was no mention, and for those of
    which only its source's words made it one, where no digest has told it yet and it still is one; what was told stays
    so, and is known by its page from then on. Words of a source take the place of no text that was read."""
    told = mentions.topics_of(connection, article_id)
    was_read = bool(articles.said(connection, article_id).text)
    if told and was_read and not article.text:
        return Recorded((), revised=True)
    revision_id = articles.revise(connection, article_id, article, now)
    if revision_id is None:
        return Recorded((), revised=bool(told))
    verdicts = []
    for judge in filter(lambda each: each.concerns(article), judges):
        topic = judge.topic.id
        if topic not in told:
            judgement = _judged(connection, article, judge)
            decisions.forget_refusal(connection, article_id, topic)
            store(judge, judgement, article_id, revision_id)
            verdicts.append(judgement.verdict)
        elif not was_read and (own := mentions.untold(connection, article_id, topic)) is not None:
            _judge_anew(connection, article, judge, own, revision_id, now)
        elif not was_read:
            decisions.compare_by(connection, article_id, topic, revision_id, judge.weigh(article).marks)
    is_first_read = bool(told) and not was_read
    if next_visit is not None and (is_first_read or (verdicts and not told)):
        revisits.put_off(connection, [article_id], next_visit)
    return Recorded(tuple(verdicts), revised=bool(told), revision_id=revision_id)


def _judge_anew(
    connection: Connection, article: Article, judge: Judge, own: StoredMention, revision_id: int, now: datetime
) -> None:
    """Judges a mention by what is read now, beside the others that are known."""

    def is_another(other: StoredMention) -> bool:
        return own.id not in (other.id, other.original_id)

    topic = judge.topic.id
    judgement = judge.judge(article, lambda marks: mentions.resembling(connection, topic, marks, is_another))
    story_id = _story(connection, article, judge, judgement, now, own.story_id)
    decisions.decide_anew(connection, own.id, revision_id=revision_id, judgement=judgement, story_id=story_id)
    originals.put_first(connection, own.id, article, judge)


def _add_mention(
    connection: Connection,
    article: Article,
    judge: Judge,
    judgement: Judgement,
    article_id: int,
    revision_id: int,
    *,
    now: datetime,
    announce: str,
) -> int | None:
    """Stores what was decided for one topic; returns the mention's story."""
    story_id = _story(connection, article, judge, judgement, now)
    mention_id = decisions.add(
        connection,
        article_id=article_id,
        revision_id=revision_id,
        judgement=judgement,
        story_id=story_id,
        now=now,
        announce=announce,
    )
    originals.put_first(connection, mention_id, article, judge)
    return story_id


def judged_again(
    connection: Connection, article: Article, judges: Iterable[Judge], url_key: str
) -> list[tuple[Judgement, int | None]]:
    """The judgements on an article that is stored already, beside what was found before it."""
    judged = []
    stored = {each.topic: each for each in mentions.of_page(connection, [url_key])}
    for judge in judges:
        own = stored.get(judge.topic.id)
        judgement = judge.judge(article, partial(known_before, connection, judge.topic.id, own))
        judged.append((judgement, own.story_id if own else None))
    return judged


def known_before(
    connection: Connection,
    topic: str,
    own: StoredMention | None,
    marks: Sequence[int],
    is_itself: Callable[[StoredMention], bool] = lambda _: False,
) -> list[Known]:
    """The stored mentions that resemble an article, without itself, its copies, and what was found or published after
    it; what it is stored as a copy of stays, whenever that came."""

    def wanted(other: StoredMention) -> bool:
        return not is_itself(other) and (own is None or _is_before(other, own))

    return mentions.resembling(connection, topic, marks, wanted)


def _is_before(other: StoredMention, own: StoredMention) -> bool:
    if other.id == own.original_id:
        return True
    if other.id >= own.id or other.original_id == own.id:
        return False
    return other.published is None or own.published is None or other.published <= own.published


def _judged(connection: Connection, article: Article, judge: Judge) -> Judgement:
    return judge.judge(article, lambda marks: mentions.resembling(connection, judge.topic.id, marks))


def _story(
    connection: Connection,
    article: Article,
    judge: Judge,
    judgement: Judgement,
    now: datetime,
    before: int | None = None,
) -> int | None:
    """A mention's story: its original's, else that of articles which report the same event, else a new one. The story
    that it had `before` becomes one with it."""
    original = judgement.duplicate_of
    if original is not None and original.kind == "mention":
        story_id = stories.of_mention(connection, int(original.id))
        if story_id is not None and before is not None and before != story_id:
            stories.merge(connection, story_id, [before])
        return story_id
    if judgement.verdict is not Verdict.NEW:
        return None
    moment = article.published or now
    mine = judge.teller.profile(article.title, article.lead, article.text, moment)
    near = _near(connection, judge, moment)
    same = {each.story_id for each in near if judge.teller.same_event(mine, _profile(judge, each))}
    linked = sorted(same if before is None else same | {before})
    if not linked:
        return stories.open_story(connection, judge.topic.id, moment)
    stories.merge(connection, linked[0], linked[1:])
    stories.extend(connection, linked[0], moment)
    return linked[0]


def _near(connection: Connection, judge: Judge, moment: datetime) -> list[StoryMember]:
    return stories.members_between(connection, judge.topic.id, moment - WINDOW, moment + WINDOW)


def _profile(judge: Judge, member: StoryMember) -> Profile:
    return judge.teller.profile(member.title, member.lead, member.text, member.moment)
