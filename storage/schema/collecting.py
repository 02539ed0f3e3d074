"""What is read, when, and how it went: sources, their days and incidents, rounds, the frontier of pages, replays."""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.schema.columns import Id, Moment, metadata

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
    Column("readings", Integer, nullable=False, server_default="0"),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("error", Text),
    Column("told_title", Text),
    Column("told_summary", Text),
    Column("told_published", Moment),
    Column("told_digest", String(16)),
    CheckConstraint("state in ('discovered', 'no_mention', 'mention', 'gone', 'refused', 'quarantined')", name="state"),
    Index("ix_page_state_outlet", "state", "outlet"),
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
