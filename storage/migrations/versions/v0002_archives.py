"""Web archives: where pages are kept, and how far replays got."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "kept_page",
        sa.Column("id", number, nullable=False),
        sa.Column("revision_id", number, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["article_revision.id"], name=op.f("fk_kept_page_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_page")),
    )
    op.create_index(op.f("ix_kept_page_revision_id"), "kept_page", ["revision_id"])
    op.create_index(op.f("ix_kept_page_file"), "kept_page", ["file"])
    op.create_table(
        "replay",
        sa.Column("id", number, nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("topics", sa.String(length=64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay")),
        sa.UniqueConstraint("identity", "topics", name=op.f("uq_replay_identity_topics")),
    )
    op.create_table(
        "replay_page",
        sa.Column("id", number, nullable=False),
        sa.Column("replay_id", number, nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("outlet", sa.String(length=80), nullable=True),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("article", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["replay_id"], ["replay.id"], name=op.f("fk_replay_page_replay_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay_page")),
    )
    op.create_index("ix_replay_page_replay_id_moment", "replay_page", ["replay_id", "moment"])


def downgrade() -> None:
    for table in ("replay_page", "replay", "kept_page"):
        op.drop_table(table)
