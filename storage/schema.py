"""The tables. Uniqueness is a constraint here, never an `if` elsewhere; nothing that PostgreSQL or SQLite lacks."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Moment(TypeDecorator[datetime]):
    """An instant: aware when it enters, UTC in the database, aware UTC when it leaves."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without zone cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY counts up by itself in SQLite

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

source = Table(
    "source",
    metadata,
    Column("id", Id, primary_key=True),
    Column("outlet", String(80), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("url", Text, nullable=False, unique=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("next_due", Moment),
    Column("not_before", Moment),
    Column("fails", Integer, nullable=False, server_default="0"),
    Column("last_tried", Moment),
    Column("last_ok", Moment),
    Column("last_items", Integer),
    Column("last_error", Text),
    Column("first_ok", Moment),
    Column("paced_from", Moment),
    Column("paced_items", Integer),
    Column("failing_since", Moment),
    Column("hindrance", String(20)),
    Column("status", Integer),
    Column("samples", JSON),
    CheckConstraint("kind in ('feed', 'news_sitemap', 'listing')", name="kind"),
)

crawl_round = Table(
    "crawl_round",
    metadata,
    Column("id", Id, primary_key=True),
    Column("started_at", Moment, nullable=False, index=True),
    Column("ended_at", Moment),
    Column("outcome", String(20)),
    Column("sources_ok", Integer, nullable=False, server_default="0"),
    Column("sources_failed", Integer, nullable=False, server_default="0"),
    Column("pages", Integer, nullable=False, server_default="0"),
    Column("mentions", Integer, nullable=False, server_default="0"),
    Column("detail", Text),
)

page = Table(
    "page",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url_key", Text, nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("outlet", String(80), nullable=False),
    Column("source_id", Id, ForeignKey("source.id")),
    Column("state", String(20), nullable=False),
    Column("discovered_at", Moment, nullable=False),
    Column("fetched_at", Moment, index=True),
    Column("next_try", Moment),
    Column("status", Integer),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("error", Text),
    CheckConstraint("state in ('discovered', 'no_mention', 'mention', 'gone', 'refused', 'quarantined')", name="state"),
    Index("ix_page_state_outlet", "state", "outlet"),
)

article = Table(
    "article",
    metadata,
    Column("id", Id, primary_key=True),
    Column("outlet", String(80), nullable=False),
    Column("url_key", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("page_id", Id, ForeignKey("page.id")),
    Column("first_seen", Moment, nullable=False),
    Column("next_visit", Moment, index=True),
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
    CheckConstraint("kind in ('retitled', 'corrected', 'walled', 'moved', 'gone', 'restored')", name="kind"),
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
    Column("original_id", Id, ForeignKey("mention.id")),
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

kept_page = Table(
    "kept_page",
    metadata,
    Column("id", Id, primary_key=True),
    Column("revision_id", Id, ForeignKey("article_revision.id"), nullable=False, index=True),
    Column("file", Text, nullable=False, index=True),
    Column("offset", BigInteger, nullable=False),
)

replay = Table(
    "replay",
    metadata,
    Column("id", Id, primary_key=True),
    Column("identity", String(64), nullable=False),
    Column("topics", String(64), nullable=False),
    Column("path", Text, nullable=False),
    Column("offset", BigInteger),
    Column("counts", JSON, nullable=False),
    Column("began_at", Moment, nullable=False),
    UniqueConstraint("identity", "topics"),
)

replay_page = Table(
    "replay_page",
    metadata,
    Column("id", Id, primary_key=True),
    Column("replay_id", Id, ForeignKey("replay.id"), nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("url", Text, nullable=False),
    Column("outlet", String(80)),
    Column("moment", Moment, nullable=False),
    Column("article", JSON),
    Column("error", Text, nullable=False),
    Index("ix_replay_page_replay_id_moment", "replay_id", "moment"),
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Id, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("since", Moment, nullable=False),
    Column("registered_at", Moment, nullable=False),
)

digest_run = Table(
    "digest_run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber_id", Id, ForeignKey("subscriber.id"), nullable=False),
    Column("slot", Moment, nullable=False),
    Column("state", String(20), nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("topics", JSON, nullable=False),
    UniqueConstraint("subscriber_id", "slot"),
    CheckConstraint("state in ('planned', 'empty', 'folded')", name="state"),
)

digest_item = Table(
    "digest_item",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", Id, ForeignKey("digest_run.id"), nullable=False),
    Column("subscriber_id", Id, ForeignKey("subscriber.id"), nullable=False),
    Column("mention_id", Id, ForeignKey("mention.id"), nullable=False),
    Column("story_id", Id, ForeignKey("story.id")),
    Column("position", Integer, nullable=False),
    UniqueConstraint("subscriber_id", "mention_id"),
    UniqueConstraint("run_id", "position"),
)

digest_change = Table(
    "digest_change",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", Id, ForeignKey("digest_run.id"), nullable=False),
    Column("subscriber_id", Id, ForeignKey("subscriber.id"), nullable=False),
    Column("change_id", Id, ForeignKey("article_change.id"), nullable=False),
    UniqueConstraint("subscriber_id", "change_id"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", Id, ForeignKey("digest_run.id"), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("message_id", Text, unique=True),
    Column("sha256", String(64)),
    Column("size", Integer),
    Column("created_at", Moment, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("doubt_resends", Integer, nullable=False, server_default="0"),
    Column("lease_owner", Text),
    Column("lease_until", Moment),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("last_code", Integer),
    Column("last_text", Text),
    Column("settled_at", Moment),
    Column("held_why", String(20)),
    UniqueConstraint("run_id", "recipient"),
    CheckConstraint(
        "state in ('pending', 'attempting', 'deferred', 'unknown', 'sent', 'failed', 'held', 'expired')", name="state"
    ),
    Index("ix_delivery_state_next_at", "state", "next_at"),
)

source_day = Table(
    "source_day",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", Id, ForeignKey("source.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("items", Integer, nullable=False),
    UniqueConstraint("source_id", "day", name="uq_source_day_source_id_day"),
)

incident = Table(
    "incident",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", Id, ForeignKey("source.id"), nullable=False),
    Column("state", String(20), nullable=False),
    Column("hindrance", String(20), nullable=False),
    Column("status", Integer),
    Column("items", Integer),
    Column("usual", Integer),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("told_in", Id, ForeignKey("digest_run.id")),
    Column("end_told_in", Id, ForeignKey("digest_run.id")),
    CheckConstraint("state in ('degraded', 'silent')", name="state"),
)
Index(
    "uq_incident_open",
    incident.c.source_id,
    unique=True,
    sqlite_where=incident.c.ended_at.is_(None),
    postgresql_where=incident.c.ended_at.is_(None),
)

delivery_attempt = Table(
    "delivery_attempt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery_id", Id, ForeignKey("delivery.id"), nullable=False, index=True),
    Column("fence", Integer, nullable=False),
    Column("phase", String(20), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("outcome", String(20)),
    Column("code", Integer),
    Column("text", Text),
    UniqueConstraint("delivery_id", "fence"),
)

suppression = Table(
    "suppression",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address", Text, nullable=False, unique=True),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

address_event = Table(
    "address_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address", Text, nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Column("via", String(20), nullable=False),
    Column("delivery_id", Id, ForeignKey("delivery.id")),
    Column("status", String(20)),
    Column("text", Text, nullable=False),
    Column("source", String(64), unique=True),
    CheckConstraint("kind in ('unsubscribed', 'resumed', 'hard', 'soft', 'delayed', 'complaint')", name="kind"),
)

# Apart from its delivery: every step of a delivery would otherwise write its bytes anew.
delivery_mail = Table(
    "delivery_mail",
    metadata,
    Column("delivery_id", Id, ForeignKey("delivery.id"), primary_key=True, autoincrement=False),
    Column("mime", LargeBinary, nullable=False),
)

delivery_action = Table(
    "delivery_action",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", String(20), nullable=False),
    Column("delivery_id", Id, ForeignKey("delivery.id"), index=True),
    Column("detail", Text, nullable=False),
)

digest_missed = Table(
    "digest_missed",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", Id, ForeignKey("digest_run.id"), nullable=False),
    Column("subscriber_id", Id, ForeignKey("subscriber.id"), nullable=False),
    Column("mention_id", Id, ForeignKey("mention.id"), nullable=False),
    UniqueConstraint("run_id", "mention_id"),
    Index("ix_digest_missed_subscriber_id_mention_id", "subscriber_id", "mention_id"),
)

mail_route = Table(
    "mail_route",
    metadata,
    Column("id", Id, primary_key=True),
    Column("route", Text, nullable=False, unique=True),
    Column("fails", Integer, nullable=False, server_default="0"),
    Column("failing_since", Moment),
    Column("closed_until", Moment),
    Column("rejected", Integer, nullable=False, server_default="0"),
    Column("last_code", Integer),
    Column("last_text", Text),
)

mail_hold = Table(
    "mail_hold",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("route", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("told_at", Moment),
    Column("lifted_at", Moment),
    CheckConstraint("kind in ('restored', 'rejected', 'operator')", name="kind"),
)
Index(
    "uq_mail_hold_open",
    mail_hold.c.kind,
    mail_hold.c.route,
    unique=True,
    sqlite_where=mail_hold.c.lifted_at.is_(None),
    postgresql_where=mail_hold.c.lifted_at.is_(None),
)

mail_epoch = Table(
    "mail_epoch",
    metadata,
    Column("id", Id, primary_key=True),
    Column("identity", String(32), nullable=False),
    Column("epoch", BigInteger, nullable=False),
)
