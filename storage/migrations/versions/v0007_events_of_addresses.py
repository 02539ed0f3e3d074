"""Who unsubscribed and came back, and what bounced, is on record."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = "kind in ('unsubscribed', 'resumed', 'hard', 'soft', 'delayed', 'complaint')"


def upgrade() -> None:
    op.create_table(
        "address_event",
        sa.Column("id", ID, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("via", sa.String(length=20), nullable=False),
        sa.Column("delivery_id", ID, nullable=True),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_address_event_kind")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_address_event_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_event")),
        sa.UniqueConstraint("source", name=op.f("uq_address_event_source")),
    )
    op.create_index(op.f("ix_address_event_address"), "address_event", ["address"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_address_event_address"), "address_event")
    op.drop_table("address_event")
