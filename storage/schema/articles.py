"""Articles with what they were and became, mentions of a topic in them, and stories."""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.schema.columns import Id, Moment, metadata

article = Table(
    "article",
    metadata,
    Column("id", Id, primary_key=True),
    Column("outlet", String(80), nullable=False),
    Column("url_key", Text, nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("page_id", Id, ForeignKey("page.id")),
    Column("first_seen", Moment, nullable=False),
    Column("next_visit", Moment, index=True),
    Column("missed_at", Moment),
    UniqueConstraint("outlet", "url_key"),
)

article_revision = Table(
    "article_revision",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article_id", Id, ForeignKey("article.id"), nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("title", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("published", Moment),
    Column("modified", Moment),
    Column("authors", JSON, nullable=False),
    Column("language", String(20)),
    Column("content_hash", String(64), nullable=False),
    UniqueConstraint("article_id", "content_hash"),
)

article_change = Table(
    "article_change",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article_id", Id, ForeignKey("article.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    CheckConstraint(
        "kind in ('retitled', 'corrected', 'walled', 'moved', 'gone', 'restored', 'unmentioned', 'mentioned')",
        name="kind",
    ),
)

kept_page = Table(
    "kept_page",
    metadata,
    Column("id", Id, primary_key=True),
    Column("revision_id", Id, ForeignKey("article_revision.id"), nullable=False, index=True),
    Column("file", Text, nullable=False, index=True),
    Column("offset", BigInteger, nullable=False),
)

story = Table(
    "story",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", String(80), nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("merged_into", Id, ForeignKey("story.id")),
    Index("ix_story_topic_last_at", "topic", "last_at"),
)

mention = Table(
    "mention",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article_id", Id, ForeignKey("article.id"), nullable=False),
    Column("revision_id", Id, ForeignKey("article_revision.id"), nullable=False),
    Column("topic", String(80), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("found_at", Moment, nullable=False, index=True),
    Column("score", Float, nullable=False),
    Column("occurrences", JSON, nullable=False),
    Column("passages", JSON, nullable=False),
    Column("resemblance", Float, nullable=False),
    Column("containment", Float, nullable=False),
    Column("novelty", Float, nullable=False),
    Column("added", JSON, nullable=False),
    Column("reference_id", String(80)),
    Column("original_id", Id, ForeignKey("mention.id"), index=True),
    Column("story_id", Id, ForeignKey("story.id"), index=True),
    Column("announce", String(20), nullable=False, server_default="digest"),
    UniqueConstraint("article_id", "topic"),
    CheckConstraint("verdict in ('new', 'duplicate', 'irrelevant')", name="verdict"),
    CheckConstraint("announce in ('digest', 'baseline', 'backfill')", name="announce"),
)

fingerprint = Table(
    "fingerprint",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("mention_id", Id, ForeignKey("mention.id"), primary_key=True),
    sqlite_with_rowid=False,
)
