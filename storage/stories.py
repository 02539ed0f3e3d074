"""Stories: which mentions report the same event."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from storage.model import StoryMember
from storage.schema import article_revision, mention, story


def members_between(connection: Connection, topic: str, first: datetime, last: datetime) -> list[StoryMember]:
    """The mentions of stories that are not over before `first` nor begin after `last`; copies are not asked."""
    moment = func.coalesce(article_revision.c.published, mention.c.found_at).label("moment")
    query = (
        select(mention.c.id, mention.c.story_id, article_revision, moment)
        .join(story, story.c.id == mention.c.story_id)
        .join(article_revision, article_revision.c.id == mention.c.revision_id)
        .where(mention.c.topic == topic, mention.c.verdict == "new")
        .where(story.c.last_at >= first, story.c.first_at <= last)
        .order_by(mention.c.id)
    )
    return [
        StoryMember(row["id"], row["story_id"], row["title"], row["lead"], row["text"], row["moment"])
        for row in connection.execute(query).mappings()
    ]


def open_story(connection: Connection, topic: str, moment: datetime) -> int:
    opened = insert(story).values(topic=topic, first_at=moment, last_at=moment).returning(story.c.id)
    return int(connection.execute(opened).scalar_one())


def extend(connection: Connection, story_id: int, moment: datetime) -> None:
    """An article of that moment joins the story."""
    row = connection.execute(select(story).where(story.c.id == story_id)).one()
    values = {"first_at": min(row.first_at, moment), "last_at": max(row.last_at, moment)}
    connection.execute(update(story).where(story.c.id == story_id).values(values))


def merge(connection: Connection, kept: int, others: list[int]) -> None:
    """An article shows that several stories are one: their mentions move into `kept`."""
    for other in others:
        row = connection.execute(select(story).where(story.c.id == other)).one()
        connection.execute(update(mention).where(mention.c.story_id == other).values(story_id=kept))
        connection.execute(update(story).where(story.c.id == other).values(merged_into=kept))
        extend(connection, kept, row.first_at)
        extend(connection, kept, row.last_at)


def of_mention(connection: Connection, mention_id: int) -> int | None:
    return connection.execute(select(mention.c.story_id).where(mention.c.id == mention_id)).scalar_one_or_none()
