"""Articles are visited again; what became of them is kept, and told once to each subscriber."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = "kind in ('retitled', 'corrected', 'walled', 'moved', 'gone', 'restored')"


def upgrade() -> None:
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_visit", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_article_next_visit"), ["next_visit"], unique=False)
    op.create_table(
        "article_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("article_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_article_change_kind")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_article_change_article_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_change")),
    )
    op.create_index(op.f("ix_article_change_article_id"), "article_change", ["article_id"])
    op.create_table(
        "digest_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("change_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["digest_run.id"], name=op.f("fk_digest_change_run_id")),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name=op.f("fk_digest_change_subscriber_id")),
        sa.ForeignKeyConstraint(["change_id"], ["article_change.id"], name=op.f("fk_digest_change_change_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_change")),
        sa.UniqueConstraint("subscriber_id", "change_id", name=op.f("uq_digest_change_subscriber_id_change_id")),
    )


def downgrade() -> None:
    op.drop_table("digest_change")
    op.drop_index(op.f("ix_article_change_article_id"), "article_change")
    op.drop_table("article_change")
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_article_next_visit"))
        batch_op.drop_column("next_visit")
