"""Digests and the ledger of deliveries: whom something is told, what, and every step of the way there."""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.schema.columns import Id, Moment, metadata

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
    Column("kind", String(20), nullable=False, server_default="digest"),
    UniqueConstraint("subscriber_id", "slot"),
    CheckConstraint("state in ('planned', 'empty', 'folded')", name="state"),
    CheckConstraint("kind in ('digest', 'alert')", name="kind"),
)

digest_item = Table(
    "digest_item",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", Id, ForeignKey("digest_run.id"), nullable=False),
    Column("subscriber_id", Id, ForeignKey("subscriber.id"), nullable=False),
    Column("mention_id", Id, ForeignKey("mention.id"), nullable=False, index=True),
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

digest_missed_change = Table(
    "digest_missed_change",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", Id, ForeignKey("digest_run.id"), nullable=False),
    Column("subscriber_id", Id, ForeignKey("subscriber.id"), nullable=False),
    Column("change_id", Id, ForeignKey("article_change.id"), nullable=False),
    UniqueConstraint("run_id", "change_id"),
)

# What a filter left out when it was found: a filter that is changed later brings back nothing.
digest_left_out = Table(
    "digest_left_out",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber_id", Id, ForeignKey("subscriber.id"), nullable=False),
    Column("mention_id", Id, ForeignKey("mention.id"), nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("subscriber_id", "mention_id"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", Id, ForeignKey("digest_run.id"), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("message_id", Text, unique=True),
    Column("subject", Text),
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
    Column("told_in", Id),
    UniqueConstraint("run_id", "recipient"),
    CheckConstraint(
        "state in ('pending', 'attempting', 'deferred', 'unknown', 'sent', 'failed', 'held', 'expired')", name="state"
    ),
    Index("ix_delivery_state_next_at", "state", "next_at"),
)

# Apart from its delivery: every step of a delivery would otherwise write its bytes anew.
delivery_mail = Table(
    "delivery_mail",
    metadata,
    Column("delivery_id", Id, ForeignKey("delivery.id"), primary_key=True, autoincrement=False),
    Column("mime", LargeBinary, nullable=False),
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
