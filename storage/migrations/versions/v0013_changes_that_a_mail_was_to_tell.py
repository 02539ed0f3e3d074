"""Changes that a mail was to tell and that was given up."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "digest_missed_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("change_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["digest_run.id"], name=op.f("fk_digest_missed_change_run_id_digest_run")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_digest_missed_change_subscriber_id_subscriber")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["article_change.id"], name=op.f("fk_digest_missed_change_change_id_article_change")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_missed_change")),
        sa.UniqueConstraint("run_id", "change_id", name=op.f("uq_digest_missed_change_run_id_change_id")),
    )


def downgrade() -> None:
    op.drop_table("digest_missed_change")
