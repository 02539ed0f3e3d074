"""A run is a digest or an alert beside it; what a subscriber's filter left out stays left out."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("digest_run", sa.Column("kind", sa.String(20), nullable=False, server_default="digest"))
    op.create_table(
        "digest_left_out",
        sa.Column("id", ID, nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_digest_left_out_mention_id_mention")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_digest_left_out_subscriber_id_subscriber")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_left_out")),
        sa.UniqueConstraint("subscriber_id", "mention_id", name=op.f("uq_digest_left_out_subscriber_id_mention_id")),
    )


def downgrade() -> None:
    op.drop_table("digest_left_out")
    op.drop_column("digest_run", "kind")
